import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import { canonicalNode } from './canonical.ts';
import { compareDocumentation, keyNow, quoted, tell, type Walk, who } from './compared.ts';
import { type Attribute, type ComplexView, isTrue } from './content.ts';
import { globalName, keyOf, type TypeRef, typeNamed, typeOf, type Wsdl } from './read-wsdl.ts';

/** Compares values that are always the same, and those that stand for nothing. */
export function compareFixed(
  walk: Walk,
  nodes: { old: XmlNode; new: XmlNode },
  direction: Direction,
  label: string,
  absent: string,
): void {
  const text = (key: string) => ({ was: nodes.old.attributes.get(key), is: nodes.new.attributes.get(key) });
  const fixed = text('fixed');
  if (fixed.was !== fixed.is) {
    const start = `In ${direction}, \`${label}\``;
    if (fixed.was === undefined)
      tell(walk, 'enum-added', direction, nodes, `${start} can only be ${quoted(fixed.is)}.`);
    else if (fixed.is === undefined)
      tell(walk, 'enum-dropped', direction, nodes, `${start} is no longer limited to listed values.`);
    else
      tell(
        walk,
        'const-changed',
        direction,
        nodes,
        `${start} is now always ${quoted(fixed.is)}; it was ${quoted(fixed.was)}.`,
      );
  }
  const usual = text('default');
  if (usual.was === usual.is) return;
  const rule =
    usual.was === undefined ? 'default-added' : usual.is === undefined ? 'default-removed' : 'default-changed';
  const word = (value: string | undefined) => (value === undefined ? 'no certain value' : quoted(value));
  tell(
    walk,
    rule,
    direction,
    nodes,
    `${absent} ${direction}, \`${label}\` now means ${word(usual.is)}; it was ${word(usual.was)}.`,
  );
}

/** Compares the attributes of two types. */
export function compareAttributes(
  walk: Walk,
  views: Readonly<Record<'old' | 'new', Pick<ComplexView, 'attributes' | 'anyAttribute'>>>,
  direction: Direction,
  label: string,
): void {
  const old = new Map([...views.old.attributes.values()].map((attribute) => [keyNow(walk, attribute.name), attribute]));
  const next = views.new.attributes;
  for (const [key, attribute] of old) {
    const same = next.get(key);
    const name = nameOf(attribute, label);
    if (same !== undefined) compareAttribute(walk, attribute, same, direction, name);
    else
      tell(
        walk,
        'field-removed',
        direction,
        { old: attribute.node },
        direction === 'requests' ? `Requests can no longer hold \`${name}\`.` : `Answers no longer hold \`${name}\`.`,
      );
  }
  for (const [key, attribute] of next) {
    if (old.has(key)) continue;
    const name = nameOf(attribute, label);
    if (!attribute.isRequired)
      tell(walk, 'field-added', direction, { new: attribute.node }, `${who(direction)} may now hold \`${name}\`.`);
    else
      tell(
        walk,
        'field-added-required',
        direction,
        { new: attribute.node },
        direction === 'requests'
          ? `Requests must now hold \`${name}\`, which is new.`
          : `Answers now always hold \`${name}\`, which is new.`,
      );
  }
  const any = { old: views.old.anyAttribute, new: views.new.anyAttribute };
  if (any.old !== undefined && any.new === undefined) {
    tell(
      walk,
      'content-closed',
      direction,
      { old: any.old },
      `In ${direction}, \`${label}\` can no longer hold attributes that are not named.`,
    );
  } else if (any.old === undefined && any.new !== undefined) {
    tell(
      walk,
      'content-opened',
      direction,
      { new: any.new },
      `In ${direction}, \`${label}\` may now hold attributes that are not named.`,
    );
  } else if (any.old !== undefined && any.new !== undefined && canonicalNode(any.old) !== canonicalNode(any.new)) {
    tell(
      walk,
      'constraint-changed',
      direction,
      any,
      `In ${direction}, other attributes are allowed where \`${label}\` is open.`,
    );
  }
}

function compareAttribute(walk: Walk, old: Attribute, next: Attribute, direction: Direction, label: string): void {
  const nodes = { old: old.node, new: next.node };
  if (!old.isRequired && next.isRequired) {
    tell(
      walk,
      'field-required',
      direction,
      nodes,
      direction === 'requests'
        ? `Requests must now hold \`${label}\`, which could be left out.`
        : `Answers now always hold \`${label}\`, which could be left out.`,
    );
  } else if (old.isRequired && !next.isRequired) {
    tell(walk, 'field-optional', direction, nodes, `${who(direction)} may now leave out \`${label}\`.`);
  }
  compareFixed(walk, nodes, direction, label, 'Left out of');
  if (old.declared === undefined || next.declared === undefined) return;
  compareDocumentation(walk, { old: old.declared, new: next.declared }, `\`${label}\``);
  walk.types.later(typeOf(walk.old, old.declared), typeOf(walk.new, next.declared), direction, label, nodes);
}

function nameOf({ name }: Attribute, label: string): string {
  return `${label}.@${name.local}`;
}

/** Compares which elements may stand in the place of another: its substitution group. */
export function compareKindsOfElement(
  walk: Walk,
  nodes: { old: XmlNode; new: XmlNode },
  direction: Direction,
  label: string,
): void {
  const members = (wsdl: Wsdl, node: XmlNode) => {
    const component = wsdl.index.elements.find((element) => element.node === node);
    return component === undefined ? [] : wsdl.index.substitutes(component).map((element) => element.node);
  };
  compareKinds(
    walk,
    members(walk.old, nodes.old),
    members(walk.new, nodes.new),
    direction,
    label,
    'element',
    (old, next) => {
      if (old !== nodes.old && next !== nodes.new)
        walk.types.later(typeOf(walk.old, old), typeOf(walk.new, next), direction, globalName(next)?.local ?? label, {
          old,
          new: next,
        });
    },
  );
}

/** Compares which types extend or restrict another, so that `xsi:type` may name them; an abstract one is none of its own kinds. */
export function compareKindsOfType(
  walk: Walk,
  nodes: { old: XmlNode; new: XmlNode },
  direction: Direction,
  label: string,
): void {
  if (isTrue(nodes.old, 'abstract') !== isTrue(nodes.new, 'abstract')) {
    const isAbstract = isTrue(nodes.new, 'abstract');
    const what = isAbstract ? 'can only be a type that extends it' : 'may now be of no further type';
    tell(
      walk,
      isAbstract ? 'type-kind-removed' : 'type-kind-added',
      direction,
      nodes,
      `In ${direction}, \`${label}\` ${what}.`,
    );
  }
  const kinds = (wsdl: Wsdl, node: XmlNode) =>
    [...derivedFrom(wsdl, node)].filter((one) => one !== node && !isTrue(one, 'abstract'));
  compareKinds(walk, kinds(walk.old, nodes.old), kinds(walk.new, nodes.new), direction, label, 'type', (old, next) => {
    const refs: TypeRef[] = [old, next].map((node) => ({ kind: 'declared', node }));
    const [before, after] = refs;
    if (before !== undefined && after !== undefined)
      walk.types.later(before, after, direction, label, { old, new: next });
  });
}

function compareKinds(
  walk: Walk,
  old: readonly XmlNode[],
  next: readonly XmlNode[],
  direction: Direction,
  label: string,
  what: string,
  both: (old: XmlNode, next: XmlNode) => void,
): void {
  const named = (nodes: readonly XmlNode[], key: typeof keyOf) =>
    new Map(
      nodes.flatMap((node): [string, XmlNode][] => {
        const name = globalName(node);
        return name === undefined ? [] : [[key(name), node]];
      }),
    );
  const before = named(old, (name) => keyNow(walk, name));
  const after = named(next, keyOf);
  for (const [key, node] of before) {
    const same = after.get(key);
    if (same !== undefined) both(node, same);
    else
      tell(
        walk,
        'type-kind-removed',
        direction,
        { old: node },
        `In ${direction}, \`${label}\` may no longer be the ${what} ${quoted(globalName(node)?.local)}.`,
      );
  }
  for (const [key, node] of after) {
    if (!before.has(key))
      tell(
        walk,
        'type-kind-added',
        direction,
        { new: node },
        `In ${direction}, \`${label}\` may now be the ${what} ${quoted(globalName(node)?.local)}.`,
      );
  }
}

const derived = new WeakMap<Wsdl, ReadonlyMap<XmlNode, readonly XmlNode[]>>();

/** The type itself and all types that come from it. */
function derivedFrom(wsdl: Wsdl, node: XmlNode): ReadonlySet<XmlNode> {
  let known = derived.get(wsdl);
  if (known === undefined) {
    known = directlyDerived(wsdl);
    derived.set(wsdl, known);
  }
  const found = new Set([node]);
  for (const one of found) for (const next of known.get(one) ?? []) found.add(next); // grows while it is walked
  return found;
}

function directlyDerived(wsdl: Wsdl): ReadonlyMap<XmlNode, readonly XmlNode[]> {
  const found = new Map<XmlNode, XmlNode[]>();
  for (const { node } of wsdl.index.types) {
    const base = baseOf(wsdl, node);
    if (base === undefined) continue;
    const others = found.get(base);
    if (others === undefined) found.set(base, [node]);
    else others.push(node);
  }
  return found;
}

function baseOf(wsdl: Wsdl, node: XmlNode): XmlNode | undefined {
  const derivation = node.children
    .flatMap((holder) => (/^(?:complex|simple)Content$/.test(holder.local) ? holder.children : []))
    .find(({ local }) => local === 'extension' || local === 'restriction');
  const written = derivation?.attributes.get('base');
  if (derivation === undefined || written === undefined) return undefined;
  const type = typeNamed(wsdl, written, derivation);
  return type.kind === 'declared' ? type.node : undefined;
}
