import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { compareBounds } from '../bounds.ts';
import { keyNow, quoted, tell, type Walk } from './compared.ts';
import type { Particle } from './content.ts';
import { compareElements } from './diff-elements.ts';
import { compareRequired, type Holder, tellAdded, tellGone } from './diff-members.ts';
import { keyOf } from './read-wsdl.ts';
import { compareWildcards, tellWildcard } from './wildcards.ts';

type Group = Extract<Particle, { items: readonly Particle[] }>;

/** Two contents that describe the same element. */
interface Pair extends Holder {
  /** The types, for what has no better place. */
  readonly owner: { readonly old: XmlNode; readonly new: XmlNode };
}

/** Compares which elements there may be, how often and in which order. */
export function compareContent(pair: Pair, old: Particle | undefined, next: Particle | undefined): void {
  const [before, after] = [groupOf(pair.owner.old, old), groupOf(pair.owner.new, next)];
  if (before.kind !== after.kind && before.items.length > 1 && after.items.length > 1)
    compareModels(pair, before, after);
  compareItems(pair, before, after);
}

/** The content as one group that is there once; what else it may be becomes the only item of a sequence. */
function groupOf(owner: XmlNode, particle: Particle | undefined): Group {
  if (particle !== undefined && 'items' in particle) {
    if (particle.kind === 'sequence' && particle.min === 1 && particle.max === 1) return particle;
    // All of it may be left out: then each of it may.
    if (particle.kind === 'all')
      return { ...particle, items: particle.items.map((item) => ({ ...item, min: Math.min(item.min, particle.min) })) };
  }
  return {
    kind: 'sequence',
    node: particle?.node ?? owner,
    min: 1,
    max: 1,
    items: particle === undefined ? [] : [particle],
  };
}

function compareModels({ walk, direction, label }: Pair, old: Group, next: Group): void {
  const isFreer = next.kind === 'all';
  const what = isFreer ? 'may now come in any order' : 'must now come in a certain order';
  tell(
    walk,
    isFreer ? 'type-widened' : 'type-narrowed',
    direction,
    { old: old.node, new: next.node },
    `In ${direction}, the elements of \`${label}\` ${what}.`,
  );
}

function compareItems(pair: Pair, old: Group, next: Group): void {
  const { walk, direction, label } = pair;
  const pairs = matched(walk, old.items, next.items);
  const met = new Set(pairs.flatMap((one) => [one.old, one.next]));
  const gone = old.items.filter((item) => !met.has(item));
  const added = next.items.filter((item) => !met.has(item));
  const moved = regrouped(pair, gone, added);
  for (const one of pairs) compareParticles(pair, one.old, one.next);
  const isChoice = old.kind === 'choice' || next.kind === 'choice';
  for (const item of gone.filter((one) => !moved.has(one))) {
    const name = nameOf(item, label);
    if (isChoice)
      tell(
        walk,
        'variant-removed',
        direction,
        { old: item.node },
        `In ${direction}, \`${label}\` may no longer hold ${name}.`,
      );
    else if (isLeftOpen(item)) tellWildcard(pair, { old: item.node }, 'elements');
    else tellGone(pair, item.node, name);
  }
  for (const item of added.filter((one) => !moved.has(one))) {
    const name = nameOf(item, label);
    if (isChoice)
      tell(walk, 'variant-added', direction, { new: item.node }, `In ${direction}, \`${label}\` may now hold ${name}.`);
    else if (isLeftOpen(item)) tellWildcard(pair, { new: item.node }, 'elements');
    else tellAdded(pair, item.node, name, item.min > 0);
  }
  if (old.kind === 'sequence' && next.kind === 'sequence') compareOrder(pair, pairs, old, next);
}

/** A wildcard for something that must be there is more than room for more. */
function isLeftOpen({ kind, min }: Particle): boolean {
  return kind === 'any' && min === 0;
}

interface Match {
  readonly old: Particle;
  readonly next: Particle;
}

/** Elements by name, then by name alone whatever the namespace; groups and wildcards by their kind and place. */
function matched(walk: Walk, old: readonly Particle[], next: readonly Particle[]): Match[] {
  const pairs: Match[] = [];
  const free = new Set(next);
  const rest = new Set(old);
  const keys = [
    (item: Particle, isOld: boolean) =>
      item.kind === 'element' ? `element ${isOld ? keyNow(walk, item.name) : keyOf(item.name)}` : undefined,
    (item: Particle) => (item.kind === 'element' ? `element ${item.name.local}` : item.kind),
  ];
  for (const key of keys) {
    const byKey = new Map<string, Particle[]>();
    for (const item of free) {
      const found = key(item, false);
      if (found !== undefined) byKey.set(found, [...(byKey.get(found) ?? []), item]);
    }
    for (const item of rest) {
      const same = byKey.get(key(item, true) ?? '')?.shift();
      if (same === undefined) continue;
      pairs.push({ old: item, next: same });
      rest.delete(item);
      free.delete(same);
    }
  }
  const places = new Map(old.map((item, index) => [item, index]));
  return pairs.sort((a, b) => (places.get(a.old) ?? 0) - (places.get(b.old) ?? 0));
}

/** Elements that moved into a group or out of one are still there, but combine in another way. */
function regrouped(pair: Pair, gone: readonly Particle[], added: readonly Particle[]): ReadonlySet<Particle> {
  const { walk, direction, label } = pair;
  const moved = new Set<Particle>();
  for (const [groups, others, side] of [
    [added, gone, 'new'],
    [gone, added, 'old'],
  ] as const) {
    for (const group of groups) {
      if (!('items' in group) || moved.has(group)) continue;
      const inside = elementsIn(group);
      const shared = others.flatMap((one) =>
        elementsIn(one).flatMap((element) => {
          const same = inside.find(({ name }) => name.local === element.name.local);
          return same === undefined ? [] : [{ one, element, same }];
        }),
      );
      if (shared.length === 0) continue;
      moved.add(group);
      for (const { one, element, same } of shared) {
        moved.add(one);
        const declared = side === 'new' ? [element.declared, same.declared] : [same.declared, element.declared];
        const [before, after] = declared;
        if (before !== undefined && after !== undefined)
          compareElements(walk, { old: before, new: after }, direction, `${label}.${element.name.local}`);
      }
      const names = [...new Set(shared.map(({ element }) => quoted(element.name.local)))].join(', ');
      const nodes =
        side === 'new' ? { old: pair.owner.old, new: group.node } : { old: group.node, new: pair.owner.new };
      const what = side === 'new' ? `are now part of a ${group.kind}` : `are no longer part of a ${group.kind}`;
      tell(walk, 'model-changed', direction, nodes, `In ${direction}, ${names} in \`${label}\` ${what}.`);
    }
  }
  return moved;
}

function elementsIn(particle: Particle): Extract<Particle, { kind: 'element' }>[] {
  if (particle.kind === 'element') return [particle];
  return 'items' in particle ? particle.items.flatMap(elementsIn) : [];
}

function compareParticles(pair: Pair, old: Particle, next: Particle): void {
  const { walk, direction, label } = pair;
  compareOccurrence(pair, old, next);
  if (old.kind === 'element' && next.kind === 'element') {
    if (keyNow(walk, old.name) !== keyOf(next.name)) {
      const [is, was] = [next.name.uri, old.name.uri].map((uri) => (uri === '' ? 'none' : `\`${uri}\``));
      tell(
        walk,
        'namespace-changed',
        direction,
        { old: old.node, new: next.node },
        `In ${direction}, the namespace of ${nameOf(next, label)} is now ${is}; it was ${was}.`,
      );
    }
    compareElements(walk, { old: old.declared, new: next.declared }, direction, labelOf(next, label));
  } else if ('items' in old && 'items' in next) {
    compareItems(pair, old, next);
  } else if (old.kind === 'any' && next.kind === 'any') {
    compareWildcards(pair, { old: old.node, new: next.node }, 'elements');
  }
}

function compareOccurrence(pair: Pair, old: Particle, next: Particle): void {
  const { walk, direction, label } = pair;
  const nodes = { old: old.node, new: next.node };
  const name = nameOf(next, label);
  const say = (rule: Parameters<typeof tell>[1], sentence: string) => tell(walk, rule, direction, nodes, sentence);
  if (!compareRequired(pair, nodes, name, { old: old.min > 0, new: next.min > 0 }))
    limit('fewest occurrences', 'lower', old.min, next.min);
  if (old.max === 1 && next.max > 1) say('repeats-allowed', `In ${direction}, ${name} may now come more than once.`);
  else if (old.max > 1 && next.max === 1)
    say('repeats-refused', `In ${direction}, ${name} may no longer come more than once.`);
  else limit('most occurrences', 'upper', old.max, next.max);

  function limit(what: string, side: 'lower' | 'upper', was: number, is: number): void {
    const bound = (value: number) => (Number.isFinite(value) ? { value, isExclusive: false } : undefined);
    const change = compareBounds(side, bound(was), bound(is));
    if (change !== undefined)
      say(change.rule, `In ${direction}, the ${what} of ${name} is now ${change.is}; it was ${change.was}.`);
  }
}

/** An order is another one when two elements that both have changed places. */
function compareOrder({ walk, direction, label }: Pair, pairs: readonly Match[], old: Group, next: Group): void {
  const placeOf = new Map(next.items.map((item, index) => [item, index]));
  const places = pairs.map((pair) => placeOf.get(pair.next) ?? 0);
  if (places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0))) return;
  const met = new Set(pairs.map((pair) => pair.next));
  const names = next.items.filter((item) => met.has(item)).map(shortName);
  const list = names.length > 12 ? `${names.slice(0, 12).join(', ')}, …` : names.join(', ');
  tell(
    walk,
    'order-changed',
    direction,
    { old: old.node, new: next.node },
    `In ${direction}, the elements of \`${label}\` come in another order: ${list}.`,
  );
}

function shortName(item: Particle): string {
  return item.kind === 'element' ? `\`${item.name.local}\`` : item.kind === 'any' ? 'other elements' : `a ${item.kind}`;
}

/** By the type that has the element: what a type inherits is that of its base. */
function labelOf({ node, name }: Extract<Particle, { kind: 'element' }>, label: string): string {
  const path = [name.local];
  for (let holder = node.parent; holder !== undefined; holder = holder.parent) {
    const own = holder.attributes.get('name');
    const isGlobal = holder.parent?.local === 'schema';
    if (own !== undefined && isGlobal && holder.local === 'complexType') return [own, ...path].join('.');
    if (isGlobal) break;
    if (own !== undefined && holder.local === 'element') path.unshift(own);
  }
  return `${label}.${name.local}`;
}

function nameOf(item: Particle, label: string): string {
  if (item.kind === 'element') return `\`${labelOf(item, label)}\``;
  if (item.kind === 'any') return `other elements in \`${label}\``;
  const names = elementsIn(item).map(({ name }) => `\`${name.local}\``);
  return `the ${item.kind} of ${names.join(', ')} in \`${label}\``;
}
