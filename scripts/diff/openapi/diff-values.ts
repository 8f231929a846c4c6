import { type Bound, compareBounds } from '../bounds.ts';
import { type Compared, firstWith, inDirection, quoted, tell } from './compared.ts';
import { type At, child } from './document.ts';
import { canonical } from './json.ts';
import type { SchemaView } from './schema-view.ts';

/**
 * Compares which values there may be, apart from what objects and lists hold.
 * @returns whether the types have anything in common; without, nothing else is worth a word
 */
export function compareValues(compared: Compared): boolean {
  if (!compareTypes(compared)) return false;
  compareNull(compared);
  compareFormat(compared);
  compareListed(compared);
  comparePatterns(compared);
  compareLimits(compared);
  compareDefault(compared);
  return true;
}

function compareTypes(compared: Compared): boolean {
  const { old, new: next } = compared.views;
  const say = (rule: 'type-changed' | 'type-narrowed' | 'type-widened') =>
    tell(
      compared,
      rule,
      { old: old.typeAt ?? compared.at.old, new: next.typeAt ?? compared.at.new },
      (subject) => `${inDirection(compared.direction)}, ${subject} is now ${typeText(next)}; it was ${typeText(old)}.`,
    );
  const isNarrower = accepts(old, next);
  const isWider = accepts(next, old);
  if (isNarrower && isWider) return true;
  if (isNarrower || isWider) say(isNarrower ? 'type-narrowed' : 'type-widened');
  else say('type-changed');
  return isNarrower || isWider;
}

/** Whether each type that `inner` allows is one that `outer` allows. */
function accepts(outer: SchemaView, inner: SchemaView): boolean {
  if (inner.isNever) return true;
  if (outer.isNever) return false;
  const { types } = outer;
  if (types === undefined) return true;
  if (inner.types === undefined) return false;
  return [...inner.types].every((type) => types.has(type) || (type === 'integer' && types.has('number')));
}

/** The types of a schema as they stand in a sentence. */
export function typeText({ isNever, types, allowsNull }: SchemaView): string {
  if (isNever) return 'never there';
  if (types === undefined) return 'anything';
  const names = [...types];
  if (names.length === 0) return allowsNull ? '`null`' : 'never there';
  return names.map((type) => `\`${type}\``).join(' or ');
}

function compareNull(compared: Compared): void {
  const { old, new: next } = compared.views;
  if (old.allowsNull === undefined || next.allowsNull === undefined || old.allowsNull === next.allowsNull) return;
  tell(
    compared,
    next.allowsNull ? 'null-allowed' : 'null-refused',
    { old: old.typeAt, new: next.typeAt },
    (subject) => `${inDirection(compared.direction)}, ${subject} may ${next.allowsNull ? 'now' : 'no longer'} be null.`,
  );
}

/** Formats of which the second holds all values of the first. */
const WIDER = ['int32 int64', 'float double'];

function compareFormat(compared: Compared): void {
  const { old, new: next, texts } = textsOf(compared, 'format');
  if (texts.old === texts.new) return;
  const [rule, what] =
    texts.old === undefined
      ? (['format-added', `now has the format ${quoted(texts.new)}`] as const)
      : texts.new === undefined
        ? (['format-removed', `no longer has the format ${quoted(texts.old)}`] as const)
        : ([
            changeOfFormat(texts.old, texts.new),
            `now has the format ${quoted(texts.new)}; it was ${quoted(texts.old)}`,
          ] as const);
  tell(compared, rule, { old, new: next }, (subject) => `${inDirection(compared.direction)}, ${subject} ${what}.`);
}

function changeOfFormat(old: string, next: string): 'type-widened' | 'type-narrowed' | 'format-changed' {
  if (WIDER.includes(`${old} ${next}`)) return 'type-widened';
  return WIDER.includes(`${next} ${old}`) ? 'type-narrowed' : 'format-changed';
}

function textsOf({ views }: Compared, key: string) {
  const old = firstWith(views.old, key);
  const next = firstWith(views.new, key);
  const text = (at: At | undefined) => (at === undefined ? undefined : String(at.value));
  return { old, new: next, texts: { old: text(old), new: text(next) } };
}

function compareListed(compared: Compared): void {
  const { old, new: next } = compared.views;
  const start = inDirection(compared.direction);
  if (old.values === undefined || next.values === undefined) {
    if (next.values !== undefined) {
      const list = [...next.values.values()].map(({ value }) => quoted(value)).join(', ');
      const what = next.values.size === 1 ? 'can only be' : 'must now be one of';
      tell(
        compared,
        'enum-added',
        { old: compared.at.old, new: next.valuesAt },
        (subject) => `${start}, ${subject} ${what} ${list}.`,
      );
    } else if (old.values !== undefined) {
      tell(
        compared,
        'enum-dropped',
        { old: old.valuesAt, new: compared.at.new },
        (subject) => `${start}, ${subject} is no longer limited to listed values.`,
      );
    }
    return;
  }
  const gone = [...old.values].filter(([text]) => !next.values?.has(text));
  const added = [...next.values].filter(([text]) => !old.values?.has(text));
  const [oldOnly, newOnly] = [gone[0]?.[1], added[0]?.[1]];
  if (old.values.size === 1 && next.values.size === 1 && oldOnly !== undefined && newOnly !== undefined) {
    const [was, is] = [quoted(oldOnly.value), quoted(newOnly.value)];
    tell(
      compared,
      'const-changed',
      { old: oldOnly, new: newOnly },
      (subject) => `${start}, ${subject} is now always ${is}; it was ${was}.`,
    );
    return;
  }
  for (const [, at] of gone) {
    tell(
      compared,
      'enum-value-removed',
      { old: at },
      (subject) => `${start}, ${subject} may no longer be ${quoted(at.value)}.`,
    );
  }
  for (const [, at] of added) {
    tell(
      compared,
      'enum-value-added',
      { new: at },
      (subject) => `${start}, ${subject} may now be ${quoted(at.value)}.`,
    );
  }
}

function comparePatterns(compared: Compared): void {
  const { old, new: next, texts } = textsOf(compared, 'pattern');
  if (texts.old === texts.new) return;
  const start = inDirection(compared.direction);
  if (texts.old === undefined) {
    tell(
      compared,
      'pattern-added',
      { new: next },
      (subject) => `${start}, ${subject} must now match ${quoted(texts.new)}.`,
    );
  } else if (texts.new === undefined) {
    tell(
      compared,
      'pattern-removed',
      { old },
      (subject) => `${start}, ${subject} need no longer match ${quoted(texts.old)}.`,
    );
  } else {
    tell(
      compared,
      'pattern-changed',
      { old, new: next },
      (subject) => `${start}, ${subject} must now match ${quoted(texts.new)}; it was ${quoted(texts.old)}.`,
    );
  }
}

const LIMITS = [
  { name: 'shortest length', key: 'minLength', side: 'lower' },
  { name: 'longest length', key: 'maxLength', side: 'upper' },
  { name: 'fewest elements', key: 'minItems', side: 'lower' },
  { name: 'most elements', key: 'maxItems', side: 'upper' },
  { name: 'fewest fields', key: 'minProperties', side: 'lower' },
  { name: 'most fields', key: 'maxProperties', side: 'upper' },
] as const;

function compareLimits(compared: Compared): void {
  const { old, new: next } = compared.views;
  compare(
    'smallest value',
    'lower',
    range(old, 'minimum', 'exclusiveMinimum', 1),
    range(next, 'minimum', 'exclusiveMinimum', 1),
  );
  compare(
    'largest value',
    'upper',
    range(old, 'maximum', 'exclusiveMaximum', -1),
    range(next, 'maximum', 'exclusiveMaximum', -1),
  );
  for (const { name, key, side } of LIMITS) compare(name, side, count(old, key, side), count(next, key, side));
  compareSteps(compared);
  const unique = { old: firstWith(old, 'uniqueItems'), new: firstWith(next, 'uniqueItems') };
  if ((unique.old?.value === true) !== (unique.new?.value === true)) {
    const isTighter = unique.new?.value === true;
    const what = isTighter ? 'must now differ from each other' : 'may now be the same';
    tell(
      compared,
      isTighter ? 'limit-tightened' : 'limit-loosened',
      unique,
      (subject) => `${inDirection(compared.direction)}, the elements of ${subject} ${what}.`,
    );
  }

  function compare(name: string, side: 'lower' | 'upper', before: Limit | undefined, after: Limit | undefined): void {
    const change = compareBounds(side, before?.bound, after?.bound);
    if (change === undefined) return;
    tell(
      compared,
      change.rule,
      { old: before?.at, new: after?.at },
      (subject) =>
        `${inDirection(compared.direction)}, the ${name} of ${subject} is now ${change.is}; it was ${change.was}.`,
    );
  }
}

interface Limit {
  readonly at: At;
  readonly bound: Bound;
}

/** The strictest bound of all parts; in OpenAPI 3.0 `exclusiveMinimum` is a mark of `minimum`. */
function range(view: SchemaView, key: string, exclusiveKey: string, sign: 1 | -1): Limit | undefined {
  let strictest: Limit | undefined;
  for (const { at } of view.parts) {
    const exclusive = child(at, exclusiveKey);
    const candidates = [
      { at: child(at, key), isExclusive: exclusive?.value === true },
      { at: exclusive, isExclusive: true },
    ];
    for (const candidate of candidates) {
      if (candidate.at === undefined || typeof candidate.at.value !== 'number') continue;
      const bound = { value: candidate.at.value, isExclusive: candidate.isExclusive };
      const other = strictest?.bound;
      const isStricter =
        other === undefined ||
        (bound.value - other.value) * sign > 0 ||
        (bound.value === other.value && bound.isExclusive && !other.isExclusive);
      if (isStricter) strictest = { at: candidate.at, bound };
    }
  }
  return strictest;
}

function count(view: SchemaView, key: string, side: 'lower' | 'upper'): Limit | undefined {
  const limit = range(view, key, '', side === 'lower' ? 1 : -1);
  return side === 'lower' && limit?.bound.value === 0 ? undefined : limit;
}

function compareSteps(compared: Compared): void {
  const old = firstWith(compared.views.old, 'multipleOf');
  const next = firstWith(compared.views.new, 'multipleOf');
  if (old?.value === next?.value) return;
  const [was, is] = [Number(old?.value ?? 0), Number(next?.value ?? 0)];
  const rule =
    was === 0 || (is !== 0 && is % was === 0)
      ? 'limit-tightened'
      : is === 0 || was % is === 0
        ? 'limit-loosened'
        : 'constraint-changed';
  const text = (value: number) => (value === 0 ? 'none' : quoted(value));
  tell(
    compared,
    rule,
    { old, new: next },
    (subject) => `${inDirection(compared.direction)}, the step of ${subject} is now ${text(is)}; it was ${text(was)}.`,
  );
}

function compareDefault(compared: Compared): void {
  const old = firstWith(compared.views.old, 'default');
  const next = firstWith(compared.views.new, 'default');
  if (old === undefined && next === undefined) return;
  if (old !== undefined && next !== undefined && canonical(old.value) === canonical(next.value)) return;
  const rule = old === undefined ? 'default-added' : next === undefined ? 'default-removed' : 'default-changed';
  const is = next === undefined ? 'no certain value' : quoted(next.value);
  const was = old === undefined ? 'no certain value' : quoted(old.value);
  tell(
    compared,
    rule,
    { old, new: next },
    (subject) => `Left out of ${compared.direction}, ${subject} now means ${is}; it was ${was}.`,
  );
}
