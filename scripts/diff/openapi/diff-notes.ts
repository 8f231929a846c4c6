import type { Direction, RuleName } from '../rules.ts';
import { type Compared, firstWith, inDirection, quoted, resolvedText, tell } from './compared.ts';
import { type At, child, type OpenApiDocument } from './document.ts';
import { canonical, isObject } from './json.ts';
import type { SchemaView } from './schema-view.ts';

/** Keywords whose meaning is not compared, only whether they are the same once references are followed. */
const OPAQUE = [
  ...['not', 'if', 'then', 'else', 'patternProperties', 'propertyNames', 'contains', 'minContains', 'maxContains'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies', 'unevaluatedItems', 'unevaluatedProperties'],
  ...['contentEncoding', 'contentMediaType', 'contentSchema', 'additionalItems', '$dynamicRef', '$recursiveRef', 'xml'],
];
const DOCUMENTING = ['title', 'description', 'example', 'examples', 'externalDocs', 'readOnly', 'writeOnly'];
/** Compared elsewhere, or without a meaning of their own. */
const HANDLED = new Set([
  ...['type', 'nullable', 'format', 'enum', 'const', 'pattern', 'default', 'minimum', 'maximum', 'exclusiveMinimum'],
  ...[
    'exclusiveMaximum',
    'multipleOf',
    'minLength',
    'maxLength',
    'minItems',
    'maxItems',
    'uniqueItems',
    'minProperties',
  ],
  ...[
    'maxProperties',
    'properties',
    'required',
    'additionalProperties',
    'items',
    'prefixItems',
    'allOf',
    'oneOf',
    'anyOf',
  ],
  ...['discriminator', '$ref', '$defs', 'definitions', '$id', '$anchor', '$dynamicAnchor', '$comment'],
  ...['deprecated', 'x-latchkey-session', ...OPAQUE, ...DOCUMENTING],
]);

/** Compares the keywords that are not understood, and what only documents. */
export function compareNotes(compared: Compared): void {
  const { old, new: next } = compared.views;
  for (const key of OPAQUE) {
    const change = changed(compared, key, resolvedText, false);
    if (change === undefined) continue;
    tell(
      compared,
      'constraint-changed',
      change,
      (subject) => `${inDirection(compared.direction)}, the rule ${quoted(key)} of ${subject} changed.`,
    );
  }
  for (const key of DOCUMENTING) {
    const change = changed(compared, key, plainText, true);
    if (change === undefined) continue;
    tell(compared, 'documentation-changed', change, (subject) => documentationSentence(key, subject, change));
  }
  compareDeprecation(
    { old: firstWith(old, 'deprecated', true), new: firstWith(next, 'deprecated', true) },
    (rule, at, what) =>
      tell(
        compared,
        rule,
        { old: at.old ?? compared.at.old, new: at.new ?? compared.at.new },
        (subject) => `${capital(subject)} is ${what}.`,
      ),
  );
  const marks = { old: firstWith(old, 'x-latchkey-session'), new: firstWith(next, 'x-latchkey-session') };
  compareMarks(marks, compared.direction, (rule, at, sentence) => tell(compared, rule, at, sentence));
  for (const key of otherKeys([old, next])) {
    const change = changed(compared, key, plainText, true);
    if (change !== undefined)
      tell(compared, 'extension-changed', change, (subject) => `${quoted(key)} of ${subject} changed.`);
  }
}

/** "The description of `Pet` changed." */
export function documentationSentence(
  key: string,
  subject: string,
  at: { old?: At | undefined; new?: At | undefined },
): string {
  const [was, is] = [at.old?.value, at.new?.value];
  if (key === 'readOnly' || key === 'writeOnly') {
    return `${capital(subject)} is ${is === true ? 'now' : 'no longer'} marked ${quoted(key)}.`;
  }
  const words: Readonly<Record<string, string>> = {
    example: 'example',
    examples: 'examples',
    externalDocs: 'link to more documentation',
  };
  const what = words[key] ?? key;
  const verb = was === undefined ? 'is new' : is === undefined ? 'is gone' : 'changed';
  return `The ${what} of ${subject} ${key === 'examples' ? verb.replace('is', 'are') : verb}.`;
}

/** Compares `deprecated`. */
export function compareDeprecation(
  at: { readonly old: At | undefined; readonly new: At | undefined },
  say: (rule: RuleName, at: { old: At | undefined; new: At | undefined }, what: string) => void,
): void {
  const [was, is] = [at.old?.value === true, at.new?.value === true];
  if (was === is) return;
  say(is ? 'deprecated' : 'undeprecated', at, is ? 'now deprecated' : 'no longer deprecated');
}

/** Compares what the client itself fills in. */
export function compareMarks(
  at: { readonly old: At | undefined; readonly new: At | undefined },
  direction: Direction,
  say: (
    rule: RuleName,
    at: { old: At | undefined; new: At | undefined },
    sentence: (subject: string) => string,
  ) => void,
): void {
  const [was, is] = [at.old?.value, at.new?.value];
  if (canonical(was) === canonical(is)) return;
  if (direction === 'answers')
    say('extension-changed', at, (subject) => `\`x-latchkey-session\` of ${subject} changed.`);
  else if (was === undefined) say('session-mark-added', at, (subject) => `The client now fills ${subject} by itself.`);
  else if (is === undefined)
    say('session-mark-removed', at, (subject) => `The client no longer fills ${subject}: callers give it.`);
  else
    say(
      'session-mark-changed',
      at,
      (subject) => `The client now fills ${subject} with ${quoted(is)}; it was ${quoted(was)}.`,
    );
}

function changed(
  compared: Compared,
  key: string,
  textOf: (document: OpenApiDocument, at: At) => string,
  isOwnOnly: boolean,
): { old: At | undefined; new: At | undefined } | undefined {
  const old = placesOf(compared.views.old, key, isOwnOnly);
  const next = placesOf(compared.views.new, key, isOwnOnly);
  const texts = (document: OpenApiDocument, places: readonly At[]) =>
    places
      .map((at) => textOf(document, at))
      .sort()
      .join();
  if (texts(compared.old, old) === texts(compared.new, next)) return undefined;
  return { old: old[0], new: next[0] };
}

/** Everywhere for a rule; for documentation, where it is nearest. */
function placesOf(view: SchemaView, key: string, isOwnOnly: boolean): At[] {
  const places = view.parts.flatMap(({ at, isOwn }) => (isOwn || !isOwnOnly ? (child(at, key) ?? []) : []));
  const meaning = places.filter(({ value }) => !(value === false && /^(?:readOnly|writeOnly)$/.test(key)));
  return isOwnOnly ? meaning.slice(0, 1) : meaning;
}

function plainText(_: OpenApiDocument, { value }: At): string {
  return canonical(value);
}

function otherKeys(views: readonly SchemaView[]): ReadonlySet<string> {
  const keys = views.flatMap((view) =>
    view.parts.flatMap(({ at }) => (isObject(at.value) ? Object.keys(at.value) : [])),
  );
  return new Set(keys.filter((key) => !HANDLED.has(key)));
}

/** A sentence begins with a capital, unless with a name. */
export function capital(text: string): string {
  return text.startsWith('`') ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}
