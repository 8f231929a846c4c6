import { type Schema, WSDL, XML, XSD } from './documents.ts';
import { childrenNamed, isTrue, nameOf, type QName, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

type ComponentKind = 'type' | 'element' | 'group' | 'attributeGroup' | 'attribute';

const KIND_OF: Readonly<Record<string, ComponentKind>> = {
  complexType: 'type',
  simpleType: 'type',
  element: 'element',
  group: 'group',
  attributeGroup: 'attributeGroup',
  attribute: 'attribute',
};
/** What a schema may hold besides: other files are read already, and notations and documentation declare nothing. */
const NO_COMPONENTS = new Set(['annotation', 'import', 'include', 'notation']);

/** A global declaration of a schema. */
export interface Component {
  readonly node: XmlNode;
  readonly schema: XmlNode;
  readonly uri: string;
}

export interface SchemaIndex {
  /** All named types in document order. */
  readonly types: readonly Component[];
  /** All global elements in document order. */
  readonly elements: readonly Component[];
  /** @throws SpecError at `from` when nothing of that name is declared. */
  find(kind: ComponentKind, name: QName, from: XmlNode): Component;
  /** The elements that may stand in place of another, itself first unless it is abstract. */
  substitutes(element: Component): readonly Component[];
}

/** Finds the global declarations of all schemas. @throws SpecError for what is declared twice, and for what is not known */
export function indexSchemas(schemas: readonly Schema[]): SchemaIndex {
  const namespaces = new Set(schemas.map(({ uri }) => uri));
  const components = new Map<string, Component>();
  const types: Component[] = [];
  const elements: Component[] = [];
  for (const { node: schema, uri } of schemas) {
    if (schema.attributes.has('defaultAttributes')) {
      throw specErrorAt(schema, 'defaultAttributes of a schema are not supported: name them in each type');
    }
    for (const node of schema.children) {
      if (node.uri !== XSD || NO_COMPONENTS.has(node.local)) continue;
      const kind = KIND_OF[node.local];
      if (kind === undefined) throw specErrorAt(node, `${node.local} is not supported in a schema`);
      const name = { uri, local: nameOf(node) };
      const key = keyOf(kind, name);
      if (components.has(key)) throw specErrorAt(node, `${describe(kind, name)} is declared twice`);
      const component = { node, schema, uri };
      components.set(key, component);
      if (kind === 'type') types.push(component);
      if (kind === 'element') elements.push(component);
    }
  }
  const members = substitutionGroups();
  return {
    types,
    elements,
    find,
    substitutes(element) {
      const found = new Set<Component>([element]);
      // Whoever may stand for one of them may stand for all above it; a set that grows while it is walked is walked to its end.
      for (const one of found) for (const member of members.get(one) ?? []) found.add(member);
      return [...found].filter(({ node }) => !isTrue(node, 'abstract'));
    },
  };

  function find(kind: ComponentKind, name: QName, from: XmlNode): Component {
    const component = components.get(keyOf(kind, name));
    if (component !== undefined) return component;
    const hint = namespaces.has(name.uri) ? '' : '; there is no schema for that namespace';
    throw specErrorAt(from, `${describe(kind, name)} is not declared${hint}`);
  }

  function substitutionGroups(): ReadonlyMap<Component, readonly Component[]> {
    const found = new Map<Component, Component[]>();
    for (const element of elements) {
      const head = element.node.attributes.get('substitutionGroup');
      if (head === undefined) continue;
      const component = find('element', qnameOf(element.node, head), element.node);
      const others = found.get(component);
      if (others === undefined) found.set(component, [element]);
      else others.push(element);
    }
    return found;
  }
}

function keyOf(kind: ComponentKind, name: QName): string {
  return `${kind} {${name.uri}}${name.local}`;
}

function describe(kind: ComponentKind, name: QName): string {
  return `${kind === 'attributeGroup' ? 'attribute group' : kind} "${name.local}" of namespace "${name.uri}"`;
}

const docs = new WeakMap<XmlNode, { readonly text: string | undefined }>();

/** Text of the documentation of a schema or WSDL node, with its paragraphs kept. */
export function docOf(node: XmlNode): string | undefined {
  // Groups are read wherever they are referred to, and are not to have a text of their own in each place.
  let doc = docs.get(node);
  if (doc === undefined) {
    doc = { text: readDoc(node) };
    docs.set(node, doc);
  }
  return doc.text;
}

function readDoc(node: XmlNode): string | undefined {
  const holders = [node, ...childrenNamed(node, XSD, 'annotation')];
  const text = holders
    .flatMap((holder) => holder.children)
    .filter((child) => child.local === 'documentation' && (child.uri === XSD || child.uri === WSDL))
    .map(textOf)
    .join('\n\n');
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim());
  const kept = paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
  return kept === '' ? undefined : kept;
}

/** Elements of HTML and DocBook that are paragraphs; others are words of one. */
const PARAGRAPHS = /^(?:p|para|div|br|ul|ol|li|pre|table|tr|td|th|h\d)$/i;

function textOf(node: XmlNode): string {
  let text = '';
  let at = 0;
  for (const child of node.children) {
    const inner = textOf(child);
    text += node.text.slice(at, child.textBefore) + (PARAGRAPHS.test(child.local) ? `\n\n${inner}\n\n` : inner);
    at = child.textBefore;
  }
  return text + node.text.slice(at);
}

/** The attributes that every document may have, which no schema need declare. */
export const XML_ATTRIBUTES: ReadonlySet<string> = new Set(
  ['lang', 'space', 'base', 'id'].map((name) => `${XML} ${name}`),
);
