import type { Direction, RuleName } from '../rules.ts';
import { capital } from '../sentences.ts';
import { allWith, type Compared, firstWith, quoted, tell, textsOf } from './compared.ts';
import { OPAQUE } from './diff-opaque.ts';
import type { At } from './document.ts';
import { canonical, isObject } from './json.ts';
import { BESIDE_REF_30, type SchemaView } from './schema-view.ts';

const DOCUMENTING = ['title', 'description', 'example', 'examples', 'externalDocs', 'readOnly', 'writeOnly'];
/** Compared elsewhere, or without a meaning of their own. */
const HANDLED = new Set([
  ...['type', 'format', 'enum', 'const', 'pattern', 'default', 'minimum', 'maximum', 'exclusiveMinimum'],
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
    'patternProperties',
    'allOf',
    'oneOf',
    'anyOf',
  ],
  ...['discriminator', '$ref', '$defs', 'definitions', '$id', '$anchor', '$dynamicAnchor', '$comment'],
  ...['deprecated', 'x-latchkey-session', ...OPAQUE, ...DOCUMENTING],
]);

/** Compares what only documents, and the keywords that no specification knows. */
export function compareNotes(compared: Compared): void {
  const { old, new: next } = compared.views;
  for (const key of DOCUMENTING) {
    const change = changed(compared, key);
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
  for (const key of otherKeys([old, next], compared.old.isVersion30 || compared.new.isVersion30)) {
    const change = changed(compared, key);
    if (change !== undefined)
      tell(compared, 'extension-changed', change, (subject) => `${quoted(key)} of ${subject} changed.`);
  }
  compareIgnored(compared);
}

/** What means nothing where it stands, though somebody wrote it: in 3.0 beside a reference, and `required` as a flag. */
function compareIgnored(compared: Compared): void {
  const { old, new: next } = compared.at;
  const beside = (at: At | undefined, isVersion30: boolean) =>
    isVersion30 && isObject(at?.value) && typeof at.value.$ref === 'string'
      ? Object.entries(at.value).filter(([key]) => key !== '$ref' && !BESIDE_REF_30.test(key))
      : [];
  if (
    canonical(beside(old, compared.old.isVersion30).sort()) !== canonical(beside(next, compared.new.isVersion30).sort())
  )
    tell(
      compared,
      'extension-changed',
      { old, new: next },
      (subject) => `What stands beside the reference to ${subject}, where OpenAPI 3.0 ignores it, changed.`,
    );
  const isFlag = ({ value }: At) => typeof value === 'boolean';
  const flags = [compared.views.old, compared.views.new].map((view) => allWith(view, 'required').filter(isFlag));
  const [was = [], is = []] = flags;
  if (textsOf(was) !== textsOf(is))
    tell(
      compared,
      'extension-changed',
      { old: was[0], new: is[0] },
      (subject) => `\`required\` of ${subject}, which is no list and means nothing there, changed.`,
    );
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

function changed(compared: Compared, key: string): { old: At | undefined; new: At | undefined } | undefined {
  const [old, next] = [nearest(compared.views.old, key), nearest(compared.views.new, key)];
  const isSame = canonical(old?.value) === canonical(next?.value) && (old === undefined) === (next === undefined);
  return isSame ? undefined : { old, new: next };
}

function nearest(view: SchemaView, key: string): At | undefined {
  const found = firstWith(view, key, true);
  return found?.value === false && /^(?:readOnly|writeOnly)$/.test(key) ? undefined : found;
}

function otherKeys(views: readonly SchemaView[], isVersion30: boolean): ReadonlySet<string> {
  const keys = views.flatMap((view) =>
    view.parts.flatMap(({ at }) => (isObject(at.value) ? Object.keys(at.value) : [])),
  );
  // Since 3.1 `nullable` is a word like any other.
  return new Set(keys.filter((key) => !HANDLED.has(key) && !(isVersion30 && key === 'nullable')));
}
