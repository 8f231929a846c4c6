import { XSD } from '../../generate/wsdl/documents.ts';
import { childrenNamed, type QName, qnameOf, specErrorAt, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { isKnownAnywhere, keyOf, type TypeRef, typeNamed, type Wsdl, wireName } from './read-wsdl.ts';

/** How often something may come. */
interface Occurrence {
  readonly min: number;
  readonly max: number;
}

/** What the content of a type is made of. */
export type Particle = Occurrence & { readonly node: XmlNode } & (
    | { readonly kind: 'element'; readonly name: QName; readonly declared: XmlNode }
    | { readonly kind: 'any' }
    | { readonly kind: Model; readonly items: readonly Particle[] }
  );

/** How elements combine. */
type Model = 'sequence' | 'choice' | 'all';

/** One attribute of a type. */
export interface Attribute {
  readonly name: QName;
  /** Where the type has it, and where it is declared. */
  readonly node: XmlNode;
  readonly declared: XmlNode | undefined;
  readonly isRequired: boolean;
}

/** What a complex type says, with groups, references and bases followed. */
export interface ComplexView {
  readonly node: XmlNode;
  readonly isAbstract: boolean;
  readonly isMixed: boolean;
  /** Where the text inside is described, for a type with simple content. */
  readonly text: TypeRef | undefined;
  readonly content: Particle | undefined;
  /** By key of the name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly anyAttribute: XmlNode | undefined;
}

const MODELS: readonly string[] = ['sequence', 'choice', 'all'] satisfies Model[];

/** Groups that hold groups can stand for more elements than any memory has; no type has as many as this. */
const MOST_ELEMENTS = 200_000;

const known = new WeakMap<Wsdl, Map<XmlNode, ComplexView | 'being read'>>();

/** Reads a complex type, once. @throws SpecError for a type or group that is made of itself, and for one that is too large */
export function complexView(wsdl: Wsdl, node: XmlNode): ComplexView {
  const views = known.get(wsdl) ?? new Map<XmlNode, ComplexView | 'being read'>();
  known.set(wsdl, views);
  const before = views.get(node);
  if (before === 'being read') throw specErrorAt(node, 'the type is its own base');
  if (before !== undefined) return before;
  views.set(node, 'being read');
  const view = readComplex(wsdl, node);
  views.set(node, view);
  return view;
}

function readComplex(wsdl: Wsdl, node: XmlNode): ComplexView {
  const holder = childrenNamed(node, XSD, 'complexContent')[0] ?? childrenNamed(node, XSD, 'simpleContent')[0];
  const derivation = holder?.children.find(
    ({ uri, local }) => uri === XSD && (local === 'extension' || local === 'restriction'),
  );
  const own = derivation ?? node;
  const written = derivation?.attributes.get('base');
  const baseRef = derivation === undefined || written === undefined ? undefined : typeNamed(wsdl, written, derivation);
  const base =
    baseRef?.kind === 'declared' && baseRef.node.local === 'complexType' ? complexView(wsdl, baseRef.node) : undefined;
  const isExtension = derivation?.local === 'extension';
  const isSimple = holder?.local === 'simpleContent';
  const attributes = new Map(base?.attributes);
  const groupsRead = new Set<XmlNode>();
  let anyAttribute = base !== undefined && isExtension ? base.anyAttribute : undefined;
  readAttributes(own, []);
  return {
    node,
    isAbstract: isTrue(node, 'abstract'),
    isMixed:
      isTrue(node, 'mixed') ||
      (holder !== undefined && isTrue(holder, 'mixed')) ||
      (isExtension && base?.isMixed === true),
    text: isSimple ? textOf() : undefined,
    content: isSimple ? undefined : contentOf(),
    attributes,
    anyAttribute,
  };

  function textOf(): TypeRef | undefined {
    const inherited = base === undefined ? baseRef : base.text;
    // A restriction adds facets to what it restricts, as a simple type does.
    return derivation?.local === 'restriction' ? { kind: 'declared', node: derivation } : inherited;
  }

  function contentOf(): Particle | undefined {
    const model = own.children.find(({ uri, local }) => uri === XSD && (MODELS.includes(local) || local === 'group'));
    const added = model === undefined ? undefined : particleOf(wsdl, model, [], { elements: 0 });
    const before = isExtension ? base?.content : undefined;
    const items = [before, added].filter((one) => one !== undefined);
    if (items.length < 2) return items[0];
    return simplified({ kind: 'sequence', node: own, min: 1, max: 1, items });
  }

  function readAttributes(from: XmlNode, groups: readonly XmlNode[]): void {
    for (const child of from.children) {
      if (child.uri !== XSD) continue;
      const ref = child.attributes.get('ref');
      if (child.local === 'anyAttribute') anyAttribute = child;
      if (child.local === 'attributeGroup' && ref !== undefined) {
        const group = wsdl.index.find('attributeGroup', qnameOf(child, ref), child).node;
        if (groups.includes(group)) throw specErrorAt(child, 'the attribute group is made of itself');
        // To have the same attributes twice is to have them; groups of groups would double with each step.
        if (!groupsRead.has(group)) readAttributes(group, [...groups, group]);
        groupsRead.add(group);
      }
      if (child.local !== 'attribute') continue;
      const isKnown = ref !== undefined && isKnownAnywhere(child, ref);
      const declared = isKnown
        ? undefined
        : ref === undefined
          ? child
          : wsdl.index.find('attribute', qnameOf(child, ref), child).node;
      const name = declared === undefined ? qnameOf(child, ref ?? '') : wireName(declared);
      const use = child.attributes.get('use');
      if (use === 'prohibited') attributes.delete(keyOf(name));
      else attributes.set(keyOf(name), { name, node: child, declared, isRequired: use === 'required' });
    }
  }
}

function particleOf(
  wsdl: Wsdl,
  node: XmlNode,
  groups: readonly XmlNode[],
  count: { elements: number },
): Particle | undefined {
  count.elements++;
  if (count.elements > MOST_ELEMENTS) throw specErrorAt(node, `the type comes to more than ${MOST_ELEMENTS} elements`);
  const { min, max } = occurrenceOf(node);
  const ref = node.attributes.get('ref');
  if (max === 0) return undefined;
  if (node.local === 'any') return { kind: 'any', node, min, max };
  if (node.local === 'element') {
    const declared = ref === undefined ? node : wsdl.index.find('element', qnameOf(node, ref), node).node;
    return { kind: 'element', node, min, max, name: wireName(declared), declared };
  }
  if (node.local === 'group') {
    if (ref === undefined) throw specErrorAt(node, 'the group names no group');
    const group = wsdl.index.find('group', qnameOf(node, ref), node).node;
    if (groups.includes(group)) throw specErrorAt(node, 'the group is made of itself');
    const model = group.children.find(({ uri, local }) => uri === XSD && MODELS.includes(local));
    const inner = model && particleOf(wsdl, model, [...groups, group], count);
    return inner === undefined ? undefined : simplified({ kind: 'sequence', node, min, max, items: [inner] });
  }
  const kind = node.local as Model; // callers pass only particles; all others are named above
  const children = node.children.filter(({ uri, local }) => uri === XSD && PARTICLES.includes(local));
  const items = children.flatMap((child) => particleOf(wsdl, child, groups, count) ?? []);
  // An empty choice can never be met, so it is kept.
  if (items.length === 0 && kind !== 'choice') return undefined;
  return simplified({ kind, node, min, max, items });
}

const PARTICLES = [...MODELS, 'element', 'group', 'any'];

/** Takes out the brackets that make no difference: `(a, (b, c))`, `(a | (b | c))`, and those around one thing. */
function simplified(particle: Particle): Particle {
  if (particle.kind === 'element' || particle.kind === 'any') return particle;
  const isOnce = ({ min, max }: Occurrence) => min === 1 && max === 1;
  const { kind, node, min, max } = particle;
  const items = particle.items.flatMap((item) =>
    item.kind === kind && kind !== 'all' && isOnce(item) ? item.items : [item],
  );
  const [only, second] = items;
  if (only === undefined || second !== undefined) return { kind, node, min, max, items };
  if (isOnce(particle)) return only;
  // Only one of the two may repeat or be left out, else the numbers would not multiply.
  return isOnce(only) ? { ...only, min, max } : { kind, node, min, max, items };
}

function occurrenceOf(node: XmlNode): Occurrence {
  const read = (key: string): number => {
    const written = node.attributes.get(key)?.trim() ?? '1';
    if (key === 'maxOccurs' && written === 'unbounded') return Number.POSITIVE_INFINITY;
    if (!/^\d+$/.test(written)) throw specErrorAt(node, `${key} is no number: ${JSON.stringify(written.slice(0, 80))}`);
    return Number(written);
  };
  return { min: read('minOccurs'), max: read('maxOccurs') };
}

/** Whether a boolean attribute says yes. */
export function isTrue({ attributes }: XmlNode, key: string): boolean {
  return /^\s*(?:true|1)\s*$/.test(attributes.get(key) ?? '');
}
