import type { Direction, RuleName } from '../rules.ts';
import { capital } from '../sentences.ts';
import type { Documents } from './compared.ts';
import { compareDeprecation, documentationSentence } from './diff-notes.ts';
import type { SchemaComparison } from './diff-schema.ts';
import { type At, child } from './document.ts';
import { canonical, isObject } from './json.ts';
import { areSameResolved } from './same-meaning.ts';

/** What is handed around while two documents are compared. */
export interface Walk extends Documents {
  readonly schemas: SchemaComparison;
}

/** The same thing in both documents. */
export interface Both {
  readonly old: At;
  readonly new: At;
}

/** Reports a change that is not one of a schema. */
export function say(
  walk: Walk,
  rule: RuleName,
  direction: Direction,
  at: { old?: At | undefined; new?: At | undefined },
  sentence: string,
): void {
  walk.reporter.report(rule, direction, at, capital(sentence));
}

/** The other direction: what one side writes the other reads. */
export function opposite(direction: Direction): Direction {
  return direction === 'requests' ? 'answers' : 'requests';
}

/** What both sides have under a key, as far as each has it. */
export function under(both: Both, key: string): { old: At | undefined; new: At | undefined } {
  return { old: child(both.old, key), new: child(both.new, key) };
}

/** References followed on both sides. */
export function resolveBoth(walk: Walk, old: At, next: At): Both {
  return { old: walk.old.resolve(old), new: walk.new.resolve(next) };
}

const DOCUMENTING = ['summary', 'description', 'externalDocs', 'tags', 'example', 'examples'];

/** Compares what documents, `deprecated`, and each key that is not handled elsewhere. */
export function compareRest(walk: Walk, both: Both, handled: readonly string[], subject: string): void {
  for (const key of DOCUMENTING) {
    const at = under(both, key);
    if (handled.includes(key) || areEqual(at)) continue;
    say(walk, 'documentation-changed', 'requests', at, documentationSentence(key, subject, at));
  }
  compareDeprecation(under(both, 'deprecated'), (rule, at, what) =>
    say(walk, rule, 'requests', { old: at.old ?? both.old, new: at.new ?? both.new }, `${subject} is ${what}.`),
  );
  for (const key of keysOf(both)) {
    const at = under(both, key);
    if (handled.includes(key) || DOCUMENTING.includes(key) || key === 'deprecated' || areEqual(at)) continue;
    say(walk, 'extension-changed', 'requests', at, `\`${key}\` of ${subject} changed.`);
  }
}

/** Whether what both have under a key, or do not have, says the same once references are followed. */
export function areEqualResolved(
  walk: Walk,
  { old, new: next }: { old: At | undefined; new: At | undefined },
): boolean {
  if (old === undefined || next === undefined) return old === next;
  return areSameResolved(walk, old, next, false);
}

/** Whether two values, or their absence, mean the same. */
export function areEqual(at: { old: At | undefined; new: At | undefined }): boolean {
  return canonical(at.old?.value) === canonical(at.new?.value) && (at.old === undefined) === (at.new === undefined);
}

/** The keys of either side. */
function keysOf({ old, new: next }: Both): ReadonlySet<string> {
  return new Set([old.value, next.value].flatMap((value) => (isObject(value) ? Object.keys(value) : [])));
}

/** Compares the extensions of a map, whose other keys are names. */
export function compareExtensions(
  walk: Walk,
  both: { old: At | undefined; new: At | undefined },
  subject: string,
): void {
  const keys = [both.old, both.new].flatMap((at) => (isObject(at?.value) ? Object.keys(at.value) : []));
  for (const key of new Set(keys.filter((name) => name.startsWith('x-')))) {
    const at = { old: both.old && child(both.old, key), new: both.new && child(both.new, key) };
    if (!areEqual(at)) say(walk, 'extension-changed', 'requests', at, `\`${key}\` of ${subject} changed.`);
  }
}
