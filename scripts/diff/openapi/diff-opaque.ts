import { allWith, type Compared, inDirection, quoted, tell, textsOf } from './compared.ts';
import type { At } from './document.ts';
import { canonical } from './json.ts';
import { areSameResolved } from './same-meaning.ts';

/** Keywords whose meaning is not compared, only whether they are the same once references are followed. */
export const OPAQUE = [
  ...['not', 'if', 'then', 'else', 'propertyNames', 'contains', 'minContains', 'maxContains'],
  ...['dependentRequired', 'dependentSchemas', 'dependencies', 'unevaluatedItems', 'unevaluatedProperties'],
  ...['contentEncoding', 'contentMediaType', 'contentSchema', 'additionalItems', '$dynamicRef', '$recursiveRef', 'xml'],
];
/** Compared elsewhere as long as they are of these types; what is not is told when it changes. */
const TYPED: Readonly<Record<string, readonly string[]>> = {
  ...typed(['maximum', 'minimum', 'multipleOf', 'minLength', 'maxLength', 'minItems', 'maxItems'], 'number'),
  ...typed(['minProperties', 'maxProperties'], 'number'),
  ...typed(['exclusiveMaximum', 'exclusiveMinimum'], 'number', 'boolean'),
  ...typed(['nullable', 'uniqueItems', 'readOnly', 'writeOnly', 'deprecated'], 'boolean'),
};
/** Of several in members of `allOf` the nearest is compared elsewhere; the others are rules besides it. */
const NEAREST = ['format', 'pattern', 'default', 'multipleOf', 'uniqueItems', 'prefixItems', 'discriminator'];

/** Tells of each rule that changed and cannot be weighed, be it on one side or on both. */
export function compareOpaque(compared: Compared): void {
  const { old, new: next } = compared.views;
  // Most schemas have none of all these words.
  const written = new Set([old, next].flatMap(({ parts }) => parts.flatMap(({ at }) => Object.keys(at.value))));
  for (const key of OPAQUE) {
    if (!written.has(key)) continue;
    const [was, is] = [allWith(old, key), allWith(next, key)];
    if (!areAlike(compared, was, is, true)) say(key, was[0], is[0]);
    else if (!areAlike(compared, was, is, false)) {
      tell(
        compared,
        'documentation-changed',
        { old: was[0], new: is[0] },
        (subject) => `The documentation inside the rule ${quoted(key)} of ${subject} changed.`,
      );
    }
  }
  for (const [key, types] of Object.entries(TYPED)) {
    if (!written.has(key)) continue;
    const [was, is] = [old, next].map((view) =>
      allWith(view, key).filter(({ value }) => !types.includes(typeof value)),
    );
    if (was !== undefined && is !== undefined && textsOf(was) !== textsOf(is)) say(key, was[0], is[0]);
  }
  for (const key of NEAREST) {
    if (!written.has(key)) continue;
    const [was, is] = [allWith(old, key), allWith(next, key)];
    const isNearestSame = canonical(was[0]?.value) === canonical(is[0]?.value);
    if (isNearestSame && textsOf(was) !== textsOf(is)) say(key, was.at(-1), is.at(-1));
  }

  function say(key: string, was: At | undefined, is: At | undefined): void {
    tell(
      compared,
      'constraint-changed',
      { old: was, new: is },
      (subject) => `${inDirection(compared.direction)}, the rule ${quoted(key)} of ${subject} changed.`,
    );
  }
}

/** Whether each on one side has its like on the other. */
function areAlike(compared: Compared, old: readonly At[], next: readonly At[], isMeaningOnly: boolean): boolean {
  const isLike = (one: At, other: At) => areSameResolved(compared, one, other, isMeaningOnly);
  return (
    old.every((one) => next.some((other) => isLike(one, other))) &&
    next.every((other) => old.some((one) => isLike(one, other)))
  );
}

function typed(keys: readonly string[], ...types: readonly string[]): Record<string, readonly string[]> {
  return Object.fromEntries(keys.map((key) => [key, types]));
}
