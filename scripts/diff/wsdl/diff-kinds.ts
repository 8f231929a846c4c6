import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import { keyNow, quoted, tell, type Walk } from './compared.ts';
import { isTrue } from './content.ts';
import { globalName, keyOf, type TypeRef, typeNamed, typeOf, type Wsdl } from './read-wsdl.ts';

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
