import { compareMarks } from './diff-notes.ts';
import {
  type At,
  asObject,
  child,
  entriesUnder,
  faultAt,
  listUnder,
  type OpenApiDocument,
  textUnder,
} from './document.ts';
import { canonical } from './json.ts';
import { labelOf } from './label.ts';
import type { Operation } from './operations.ts';
import { viewOf } from './schema-view.ts';
import { areEqualResolved, type Both, compareRest, say, under, type Walk } from './walk.ts';

const PARAMETER_KEYS = [
  'name',
  'in',
  'required',
  'schema',
  'content',
  'style',
  'explode',
  'allowReserved',
  'allowEmptyValue',
  'x-latchkey-session',
];
/** Headers that OpenAPI says to ignore: they are described elsewhere. */
const IGNORED = ['accept', 'content-type', 'authorization'];

type Parameters = ReadonlyMap<string, Parameter>;

interface Parameter {
  readonly at: At;
  readonly name: string;
  readonly place: string;
  readonly isRequired: boolean;
}

/** Compares what two operations take besides a body. */
export function compareParameters(walk: Walk, old: Operation, next: Operation): void {
  const before = parametersOf(walk.old, old);
  const after = parametersOf(walk.new, next);
  const { direction, title } = next;
  compareIgnored(walk, before, after, next);
  for (const [key, parameter] of before) {
    if (isIgnored(parameter)) continue;
    const same = after.get(key);
    if (same === undefined) {
      say(
        walk,
        'parameter-removed',
        direction,
        { old: parameter.at },
        `${title} no longer takes ${nameOf(parameter)}.`,
      );
    } else {
      compareParameter(walk, parameter, same, next);
    }
  }
  for (const [key, parameter] of after) {
    if (before.has(key) || isIgnored(parameter)) continue;
    const [rule, what] = parameter.isRequired
      ? (['parameter-added-required', `needs ${nameOf(parameter)}, which is new`] as const)
      : (['parameter-added', `takes ${nameOf(parameter)}`] as const);
    say(walk, rule, direction, { new: parameter.at }, `${title} now ${what}.`);
  }
}

function isIgnored({ place, name }: Parameter): boolean {
  return place === 'header' && IGNORED.includes(name.toLowerCase());
}

function compareIgnored(walk: Walk, before: Parameters, after: Parameters, { title, direction }: Operation): void {
  for (const [key, parameter] of [...before, ...after]) {
    const at = { old: before.get(key)?.at, new: after.get(key)?.at };
    if (!isIgnored(parameter) || areEqualResolved(walk, at)) continue;
    const what = at.old === undefined ? 'is new' : at.new === undefined ? 'is gone' : 'changed';
    const sentence = `${nameOf(parameter)} of ${title}, which OpenAPI ignores, ${what}.`;
    say(walk, 'documentation-changed', direction, at, sentence);
  }
}

function compareParameter(walk: Walk, old: Parameter, next: Parameter, { title, direction }: Operation): void {
  const both: Both = { old: old.at, new: next.at };
  const subject = `${nameOf(next)} of ${title}`;
  const required = { old: child(old.at, 'required') ?? old.at, new: child(next.at, 'required') ?? next.at };
  if (old.place === 'path' && old.name !== next.name) {
    say(
      walk,
      'name-changed',
      direction,
      under(both, 'name'),
      `${nameOf(old)} of ${title} is now called \`${next.name}\`.`,
    );
  }
  if (!old.isRequired && next.isRequired) {
    say(
      walk,
      'parameter-required',
      direction,
      required,
      `${title} now needs ${nameOf(next)}, which could be left out.`,
    );
  } else if (old.isRequired && !next.isRequired) {
    say(walk, 'parameter-optional', direction, required, `${subject} may now be left out.`);
  }
  const written = under(both, 'required');
  if (old.isRequired === next.isRequired && (written.old?.value === true) !== (written.new?.value === true)) {
    const what = written.new?.value === true ? 'now marked' : 'no longer marked';
    say(
      walk,
      'documentation-changed',
      direction,
      required,
      `${subject} is ${what} as required, which makes no difference.`,
    );
  }
  const explode = under(both, 'explode');
  const makesNone = isScalar(walk.old, old) || isScalar(walk.new, next);
  if (makesNone && canonical(explode.old?.value) !== canonical(explode.new?.value)) {
    const sentence = `\`explode\` of ${subject} changed, which makes no difference to a value that is neither list nor object.`;
    say(walk, 'documentation-changed', direction, explode, sentence);
  }
  for (const [key, was, is] of writings(old, next, makesNone)) {
    if (was === is) continue;
    say(
      walk,
      'encoding-changed',
      direction,
      { old: child(old.at, key) ?? old.at, new: child(next.at, key) ?? next.at },
      `${subject} is written another way: \`${key}\` is now \`${is}\`; it was \`${was}\`.`,
    );
  }
  compareMarks(under(both, 'x-latchkey-session'), direction, (rule, at, sentence) =>
    say(walk, rule, direction, at, sentence(subject)),
  );
  walk.schemas.later(schemasOf(old.at), schemasOf(next.at), direction, labelOf(subject));
  compareRest(walk, both, PARAMETER_KEYS, subject);
}

/** How the value is written, with the defaults of the specification filled in. */
function writings(old: Parameter, next: Parameter, isScalar: boolean): (readonly [string, string, string])[] {
  return [
    ['style', styleOf(old), styleOf(next)],
    ...(isScalar ? [] : ([['explode', explodeOf(old), explodeOf(next)]] as const)),
    ...['allowReserved', 'allowEmptyValue'].map((key): [string, string, string] => [
      key,
      flag(old.at, key),
      flag(next.at, key),
    ]),
    ['content', mediaOf(old.at), mediaOf(next.at)],
  ];
}

function styleOf({ at, place }: Parameter): string {
  return textUnder(at, 'style') ?? (place === 'query' || place === 'cookie' ? 'form' : 'simple');
}

function explodeOf(parameter: Parameter): string {
  return String(child(parameter.at, 'explode')?.value ?? styleOf(parameter) === 'form');
}

/** Whether it is neither list nor object, so that `explode` makes no difference; what is not known may be one. */
function isScalar(document: OpenApiDocument, { at }: Parameter): boolean {
  const { types } = viewOf(document, schemasOf(at));
  return types !== undefined && !types.has('array') && !types.has('object');
}

function flag(at: At, key: string): string {
  return String(child(at, key)?.value ?? false);
}

/** The media types of a parameter or header that has some. */
export function mediaOf(at: At): string {
  return (
    entriesUnder(at, 'content')
      .map(([type]) => type)
      .join() || 'none'
  );
}

/** The schema of a parameter or header, which may stand under a media type. */
export function schemasOf(at: At): At[] {
  const schema = child(at, 'schema');
  if (schema !== undefined) return [schema];
  return entriesUnder(at, 'content').flatMap(([, media]) => child(media, 'schema') ?? []);
}

/** Those of the path and of the operation, the latter winning. Path parameters go by their place in the path. */
function parametersOf(document: OpenApiDocument, { path, item, at }: Operation): Parameters {
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name]) => name);
  const found = new Map<string, Parameter>();
  for (const written of [...listUnder(item, 'parameters'), ...listUnder(at, 'parameters')]) {
    const parameter = asObject(document.resolve(written));
    const name = textUnder(parameter, 'name');
    const place = textUnder(parameter, 'in');
    if (name === undefined || place === undefined) throw faultAt(parameter, 'a parameter needs `name` and `in`');
    const index = names.indexOf(name);
    const own = place === 'header' ? name.toLowerCase() : place === 'path' && index !== -1 ? String(index) : name;
    const isFilled = child(parameter, 'x-latchkey-session') !== undefined;
    const isRequired = !isFilled && (place === 'path' || parameter.value.required === true);
    found.set(canonical([place, own]), { at: parameter, name, place, isRequired });
  }
  return found;
}

function nameOf({ place, name }: Parameter): string {
  return `the ${place === 'querystring' ? 'query string' : place} parameter \`${name}\``;
}
