import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { type Bound, compareBounds } from '../bounds.ts';
import type { Direction } from '../rules.ts';
import { canonicalNode } from './canonical.ts';
import { type Nodes, quoted, tell, typeName, type Walk } from './compared.ts';
import { globalName, keyOf, type TypeRef } from './read-wsdl.ts';
import { holds, type SimpleView, simpleView } from './simple.ts';

/** Two simple types that describe the same value. */
interface Pair {
  readonly walk: Walk;
  readonly old: SimpleView;
  readonly new: SimpleView;
  readonly nodes: Required<Nodes>;
  readonly direction: Direction;
  readonly label: string;
}

/** Compares which values there may be. */
export function compareSimple(
  walk: Walk,
  views: { old: SimpleView; new: SimpleView },
  nodes: Required<Nodes>,
  direction: Direction,
  label: string,
): void {
  const pair = { walk, ...views, nodes, direction, label };
  if (!compareBase(pair)) return;
  compareListed(pair);
  comparePatterns(pair);
  for (const { key, name, side } of LIMITS) compareLimit(pair, key, name, side);
  compareParts(pair);
  compareOthers(pair);
}

function compareOthers(pair: Pair): void {
  const [was, is] = [pair.old.others, pair.new.others].map((list) => list.map(canonicalNode).sort());
  if (was?.join() === is?.join()) return;
  const at = { old: pair.old.others[0] ?? pair.nodes.old, new: pair.new.others[0] ?? pair.nodes.new };
  const names = [...new Set([...pair.old.others, ...pair.new.others].map(({ local }) => quoted(`xs:${local}`)))];
  tell(
    pair.walk,
    'constraint-changed',
    pair.direction,
    at,
    `${start(pair)} has other rules: ${names.join(', ')} changed.`,
  );
}

function start({ direction, label }: Pair): string {
  return `In ${direction}, \`${label}\``;
}

function compareBase(pair: Pair): boolean {
  const { walk, old, new: next, nodes, direction } = pair;
  const say = (rule: 'type-changed' | 'type-narrowed' | 'type-widened') =>
    tell(walk, rule, direction, nodes, `${start(pair)} is now ${baseText(next)}; it was ${baseText(old)}.`);
  if (old.variety !== next.variety) {
    // A union is right for whatever one of its members is; beyond that the two have nothing in common.
    const isAnyString = next.builtin === 'xs:string' && next.variety === 'atomic';
    say(isAnyString ? 'type-widened' : 'type-changed');
    return isAnyString;
  }
  if (old.builtin === next.builtin) return true;
  const rule = holds(next.builtin, old.builtin)
    ? 'type-widened'
    : holds(old.builtin, next.builtin)
      ? 'type-narrowed'
      : 'type-changed';
  say(rule);
  return rule !== 'type-changed';
}

function baseText({ variety, builtin, item }: SimpleView): string {
  if (variety === 'atomic') return `\`${builtin}\``;
  return variety === 'union' ? 'a union' : `a list of \`${item === undefined ? '' : (typeName(item) ?? 'values')}\``;
}

function compareListed(pair: Pair): void {
  const { walk, old, new: next, nodes, direction } = pair;
  if (old.values === undefined || next.values === undefined) {
    if (next.values !== undefined) {
      const [first] = next.values.values();
      const list = [...next.values.keys()].map(quoted).join(', ');
      tell(walk, 'enum-added', direction, { new: first }, `${start(pair)} must now be one of ${list}.`);
    } else if (old.values !== undefined) {
      tell(walk, 'enum-dropped', direction, nodes, `${start(pair)} is no longer limited to listed values.`);
    }
    return;
  }
  const gone = [...old.values].filter(([value]) => !next.values?.has(value));
  const added = [...next.values].filter(([value]) => !old.values?.has(value));
  const [was, is] = [gone[0], added[0]];
  if (old.values.size === 1 && next.values.size === 1 && was !== undefined && is !== undefined) {
    tell(
      walk,
      'const-changed',
      direction,
      { old: was[1], new: is[1] },
      `${start(pair)} is now always ${quoted(is[0])}; it was ${quoted(was[0])}.`,
    );
    return;
  }
  for (const [value, node] of gone)
    tell(walk, 'enum-value-removed', direction, { old: node }, `${start(pair)} may no longer be ${quoted(value)}.`);
  for (const [value, node] of added)
    tell(walk, 'enum-value-added', direction, { new: node }, `${start(pair)} may now be ${quoted(value)}.`);
}

function comparePatterns(pair: Pair): void {
  const { walk, old, new: next, nodes, direction } = pair;
  const gone = old.patterns.filter(({ text }) => !next.patterns.some((other) => other.text === text));
  const added = next.patterns.filter(({ text }) => !old.patterns.some((other) => other.text === text));
  const [was, is] = [gone[0], added[0]];
  if (was !== undefined && is !== undefined) {
    tell(
      walk,
      'pattern-changed',
      direction,
      { old: was.node, new: is.node },
      `${start(pair)} must now match ${quoted(is.text)}; it was ${quoted(was.text)}.`,
    );
    return;
  }
  for (const { text, node } of added)
    tell(walk, 'pattern-added', direction, { new: node }, `${start(pair)} must now match ${quoted(text)}.`);
  for (const { text } of gone)
    tell(walk, 'pattern-removed', direction, nodes, `${start(pair)} need no longer match ${quoted(text)}.`);
}

const LIMITS = [
  { key: ['minInclusive', 'minExclusive'], name: 'smallest value', side: 'lower' },
  { key: ['maxInclusive', 'maxExclusive'], name: 'largest value', side: 'upper' },
  { key: ['minLength', 'length'], name: 'shortest length', side: 'lower' },
  { key: ['maxLength', 'length'], name: 'longest length', side: 'upper' },
  { key: ['totalDigits'], name: 'most digits', side: 'upper' },
  { key: ['fractionDigits'], name: 'most digits after the point', side: 'upper' },
] as const;

function compareLimit(pair: Pair, keys: readonly string[], name: string, side: 'lower' | 'upper'): void {
  const { walk, old, new: next, direction, nodes } = pair;
  const [was, is] = [facetOf(old, keys, side), facetOf(next, keys, side)];
  if (facetValue(was) === facetValue(is) && was?.local === is?.local) return;
  const at = { old: was ?? nodes.old, new: is ?? nodes.new };
  const bounds = { old: boundOf(was), new: boundOf(is) };
  const isComparable =
    (was === undefined || bounds.old !== undefined) && (is === undefined || bounds.new !== undefined);
  const change = isComparable ? compareBounds(side, bounds.old, bounds.new) : undefined;
  if (isComparable && change === undefined && areExact(was, is)) return;
  const [nowText, wasText] = [limitText(is, side), limitText(was, side)];
  const sentence = `In ${direction}, the ${name} of \`${pair.label}\` is now ${nowText}; it was ${wasText}.`;
  tell(walk, change?.rule ?? 'constraint-changed', direction, at, sentence);
}

/** The strictest of several facets for one limit: those of a base hold as well. */
function facetOf({ facets }: SimpleView, keys: readonly string[], side: 'lower' | 'upper'): XmlNode | undefined {
  const found = keys
    .flatMap((key) => facets.get(key) ?? [])
    .reduce<XmlNode | undefined>((strictest, facet) => {
      const change = compareBounds(side, boundOf(strictest), boundOf(facet));
      return strictest === undefined || change?.rule === 'limit-tightened' ? facet : strictest;
    }, undefined);
  // Nothing is shorter than nothing.
  return found?.local === 'minLength' && Number(facetValue(found)) === 0 ? undefined : found;
}

function facetValue(facet: XmlNode | undefined): string | undefined {
  return facet?.attributes.get('value')?.trim();
}

function limitText(facet: XmlNode | undefined, side: 'lower' | 'upper'): string {
  if (facet === undefined) return 'unlimited';
  const value = facetValue(facet) ?? '';
  return facet.local.endsWith('Exclusive') ? `${side === 'lower' ? 'above' : 'below'} ${value}` : value;
}

/** Numbers, and times, which are ordered too; `undefined` for what is neither. */
function boundOf(facet: XmlNode | undefined): Bound | undefined {
  if (facet === undefined) return undefined;
  const text = facetValue(facet) ?? '';
  const isNumber = /^[-+]?[\d.]+(?:e[-+]?\d+)?$/i.test(text);
  const value = isNumber ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(value) ? undefined : { value, isExclusive: facet.local.endsWith('Exclusive') };
}

/** Whether two facets that compare as equal are so to the last digit, of which a long number has more than can be weighed. */
function areExact(old: XmlNode | undefined, next: XmlNode | undefined): boolean {
  const [was, is] = [old, next].map((facet) => {
    const digits = /^([-+]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(facetValue(facet) ?? '');
    return digits === null ? undefined : `${digits[1] === '-' ? '-' : ''}${digits[2]}.${digits[3] ?? ''}`;
  });
  return was === undefined || is === undefined || was === is;
}

/** White space, and the parts of lists and unions. */
function compareParts(pair: Pair): void {
  const { walk, old, new: next, nodes, direction, label } = pair;
  const space = { old: old.facets.get('whiteSpace'), new: next.facets.get('whiteSpace') };
  if (facetValue(space.old) !== facetValue(space.new)) {
    const at = { old: space.old ?? nodes.old, new: space.new ?? nodes.new };
    tell(
      walk,
      'constraint-changed',
      direction,
      at,
      `In ${direction}, blank space in \`${label}\` is now treated as ${quoted(facetValue(space.new))}; it was ${quoted(facetValue(space.old))}.`,
    );
  }
  if (old.item !== undefined && next.item !== undefined)
    walk.types.later(old.item, next.item, direction, `${label}[]`, nodes);
  const members = { old: membersOf(walk, old, 'old'), new: membersOf(walk, next, 'new') };
  for (const [key, member] of members.old) {
    const same = members.new.get(key);
    if (same !== undefined) walk.types.later(member, same, direction, label, nodes);
    else
      tell(
        walk,
        'variant-removed',
        direction,
        { old: nodes.old },
        `${start(pair)} may no longer be ${quoted(typeName(member) ?? key)}.`,
      );
  }
  for (const [key, member] of members.new) {
    if (!members.old.has(key))
      tell(
        walk,
        'variant-added',
        direction,
        { new: nodes.new },
        `${start(pair)} may now be ${quoted(typeName(member) ?? key)}.`,
      );
  }
}

/** Members of a union by name; those without one by the type they come from and their place. */
function membersOf(walk: Walk, { members }: SimpleView, side: 'old' | 'new'): ReadonlyMap<string, TypeRef> {
  return new Map(
    members.map((member, index) => {
      const name = member.kind === 'declared' ? globalName(member.node) : undefined;
      if (name !== undefined)
        return [keyOf(side === 'old' ? { ...name, uri: walk.namespaceNow(name.uri) } : name), member];
      if (member.kind === 'builtin') return [member.name, member];
      const base = simpleView(walk[side], member)?.builtin ?? '';
      return [`an alternative of \`${base}\` (${index + 1})`.replaceAll('`', ''), member];
    }),
  );
}
