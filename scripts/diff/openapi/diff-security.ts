import { compareMarks } from './diff-notes.ts';
import { type At, child, entriesUnder, faultAt, listUnder, type OpenApiDocument, objectUnder } from './document.ts';
import { canonical, isObject } from './json.ts';
import type { Operation } from './operations.ts';
import { areEqual, compareRest, say, under, type Walk } from './walk.ts';

/** Scheme name to scopes. No entry at all: nothing is asked for. */
type Way = ReadonlyMap<string, ReadonlySet<string>>;

/** Compares what the whole document asks for, and how each scheme works. */
export function compareSecurity(walk: Walk): void {
  compareWays(walk, walk.old.root, walk.new.root, 'the service');
  const names = renamed(walk);
  const next = schemesOf(walk.new);
  for (const [name, scheme] of schemesOf(walk.old)) {
    const same = next.get(names.get(name) ?? name);
    if (same !== undefined) compareScheme(walk, name, scheme, same);
    else sayOnlyOne({ old: scheme }, name, 'gone');
  }
  const before = schemesOf(walk.old);
  for (const [name, scheme] of next) {
    if (!before.has(name) && ![...names.values()].includes(name)) sayOnlyOne({ new: scheme }, name, 'new');
  }

  function sayOnlyOne(at: { old?: At; new?: At }, name: string, what: string): void {
    say(walk, 'unused-changed', 'requests', at, `the definition of the security scheme \`${name}\` is ${what}.`);
  }
}

/** Compares what an operation asks for, where it says so itself. */
export function compareOperationSecurity(walk: Walk, old: Operation, next: Operation): void {
  const [before, after] = [child(old.at, 'security'), child(next.at, 'security')];
  if (before === undefined && after === undefined) return;
  compareWays(
    walk,
    before === undefined ? walk.old.root : old.at,
    after === undefined ? walk.new.root : next.at,
    next.title,
  );
}

function compareWays(walk: Walk, old: At, next: At, subject: string): void {
  const names = renamed(walk);
  const before = waysOf(walk.old, old).map(({ at, way }) => ({
    at,
    way,
    now: new Map([...way].map(([name, scopes]) => [names.get(name) ?? name, scopes])),
  }));
  const after = waysOf(walk.new, next);
  const textOf = (ways: readonly Way[]) =>
    canonical(ways.map((way) => canonical([...way].map(([name, scopes]) => [name, [...scopes].sort()]).sort())).sort());
  const isSame = textOf(before.map(({ now }) => now)) === textOf(after.map(({ way }) => way));
  const isAsBefore =
    before.every(({ now }) => after.some(({ way }) => asksNoMore(way, now))) &&
    after.every(({ way }) => before.some(({ now }) => asksNoMore(now, way)));
  if (!isSame && isAsBefore) {
    const at = { old: child(old, 'security'), new: child(next, 'security') };
    say(
      walk,
      'documentation-changed',
      'requests',
      at,
      `the list of ways to call ${subject} changed, but asks for no more and no less.`,
    );
  }
  for (const { at, way, now } of before) {
    if (after.some((other) => asksNoMore(other.way, now))) continue;
    say(walk, 'security-removed', 'requests', { old: at }, `${subject} can no longer be called with ${wordsOf(way)}.`);
  }
  for (const { at, way } of after) {
    if (before.some(({ now }) => asksNoMore(now, way))) continue;
    say(walk, 'security-added', 'requests', { new: at }, `${subject} can now be called with ${wordsOf(way)}.`);
  }
}

/** Whether who has what the second asks for has what the first asks for. */
function asksNoMore(first: Way, second: Way): boolean {
  return [...first].every(([name, scopes]) => {
    const others = second.get(name);
    return others !== undefined && [...scopes].every((scope) => others.has(scope));
  });
}

function waysOf(document: OpenApiDocument, holder: At): { at: At; way: Way }[] {
  const listed = listUnder(holder, 'security').map((at) => {
    if (!isObject(at.value)) throw faultAt(at, 'expected an object');
    const names = Object.keys(at.value);
    for (const name of names) {
      if (!schemesOf(document).has(name)) throw faultAt(child(at, name) ?? at, `no security scheme is called ${name}`);
    }
    const way = new Map(names.map((name) => [name, new Set(listUnder(at, name).map(({ value }) => String(value)))]));
    return { at, way };
  });
  return listed.length > 0 ? listed : [{ at: child(holder, 'security') ?? holder, way: new Map() }];
}

function wordsOf(way: Way): string {
  const words = [...way].map(([name, scopes]) => {
    const list = [...scopes].map((scope) => `\`${scope}\``).join(', ');
    return `\`${name}\`${list === '' ? '' : ` (${list})`}`;
  });
  return words.length === 0 ? 'no authentication' : words.join(' and ');
}

function schemesOf(document: OpenApiDocument): ReadonlyMap<string, At> {
  const components = objectUnder(document.root, 'components');
  if (components === undefined) return new Map();
  return new Map(entriesUnder(components, 'securitySchemes').map(([name, at]) => [name, document.resolve(at)]));
}

/** Schemes whose name is not on the wire: the same scheme under another name. */
function renamed({ old, new: next }: Walk): ReadonlyMap<string, string> {
  const [before, after] = [schemesOf(old), schemesOf(next)];
  const fresh = [...after].filter(([name]) => !before.has(name));
  return new Map(
    [...before].flatMap(([name, scheme]): [string, string][] => {
      if (after.has(name)) return [];
      const same = fresh.find(([, other]) => meaningOf(other) === meaningOf(scheme));
      return same === undefined ? [] : [[name, same[0]]];
    }),
  );
}

function meaningOf({ value }: At): string {
  return canonical(
    Object.entries(Object(value))
      .filter(([key]) => key !== 'description')
      .sort(),
  );
}

const SCHEME_KEYS = ['type', 'scheme', 'in', 'name', 'flows', 'openIdConnectUrl', 'oauth2MetadataUrl'];

function compareScheme(walk: Walk, name: string, old: At, next: At): void {
  const both = { old, new: next };
  const subject = `the security scheme \`${name}\``;
  for (const key of SCHEME_KEYS) {
    const at = under(both, key);
    const isSame = key === 'scheme' || key === 'in' ? text(at.old) === text(at.new) : areEqual(at);
    if (!isSame) say(walk, 'security-removed', 'requests', at, `${subject} works another way: \`${key}\` changed.`);
  }
  compareMarks(under(both, 'x-latchkey-session'), 'requests', (rule, at, sentence) =>
    say(walk, rule, 'requests', at, sentence(subject)),
  );
  compareRest(walk, both, [...SCHEME_KEYS, 'bearerFormat', 'x-latchkey-session'], subject);
  const format = under(both, 'bearerFormat');
  if (!areEqual(format))
    say(walk, 'documentation-changed', 'requests', format, `the bearer format of ${subject} changed.`);
}

/** HTTP authentication schemes are the same whatever the case. */
function text(at: At | undefined): string {
  return String(at?.value).toLowerCase();
}
