import { type Compared, firstWith, inDirection, quoted, tell } from './compared.ts';
import { typeText } from './diff-values.ts';
import { type At, entriesUnder, type OpenApiDocument, schemaName, textUnder } from './document.ts';
import { canonical, isObject } from './json.ts';
import { areSameResolved } from './same-meaning.ts';
import { fieldsOf, type SchemaChoice, type SchemaView, viewOf } from './schema-view.ts';

/** Keys beside alternatives that say nothing about the value. */
const BESIDE_CHOICE =
  /^(?:oneOf|anyOf|discriminator|title|description|examples?|externalDocs|deprecated|\$comment|x-.*)$/;

/**
 * A schema that became one alternative of several, or the only one left of several.
 * @returns whether that is what happened, so that there is nothing more to compare
 */
export function compareWrapped(compared: Compared): boolean {
  const { views, at } = compared;
  const [oldChoice, newChoice] = [onlyChoice(views.old), onlyChoice(views.new)];
  if (views.old.choices.length === 0 && newChoice !== undefined && at.old !== undefined) {
    return wrapped(compared, [at.old], newChoice);
  }
  if (views.new.choices.length === 0 && oldChoice !== undefined && at.new !== undefined) {
    return wrapped(compared, oldChoice, [at.new]);
  }
  return false;
}

/** The alternatives of a schema that says nothing else. */
function onlyChoice({ choices, parts }: SchemaView): readonly At[] | undefined {
  const [choice] = choices;
  const isAll = parts.every(({ at }) => Object.keys(at.value).every((key) => BESIDE_CHOICE.test(key)));
  return choices.length === 1 && isAll && choice?.allowsNull === false ? choice.variants : undefined;
}

function wrapped(compared: Compared, old: readonly At[], next: readonly At[]): boolean {
  const pairs = matched(compared, old, next).filter(({ isCertain }) => isCertain);
  if (pairs.length === 0) return false;
  compareVariants(compared, old, next);
  return true;
}

/** Compares `oneOf`, `anyOf` and how an alternative is told. */
export function compareChoices(compared: Compared): void {
  const { old, new: next } = compared.views;
  const [first, firstNew] = [old.choices[0], next.choices[0]];
  const start = inDirection(compared.direction);
  if (old.choices.length === next.choices.length) {
    for (const [index, choice] of old.choices.entries()) {
      const same = next.choices[index];
      if (same !== undefined) compareChoice(compared, choice, same);
    }
  } else if (first === undefined && firstNew !== undefined) {
    tell(
      compared,
      'type-narrowed',
      { new: firstNew.at },
      (subject) => `${start}, ${subject} must now be one of ${namesOf(compared.new, firstNew)}.`,
    );
  } else if (firstNew === undefined && first !== undefined) {
    tell(
      compared,
      'type-widened',
      { old: first.at },
      (subject) => `${start}, ${subject} need no longer be one of ${namesOf(compared.old, first)}.`,
    );
  } else {
    tell(
      compared,
      'constraint-changed',
      { old: first?.at, new: firstNew?.at },
      (subject) => `${start}, the alternatives of ${subject} changed.`,
    );
  }
  compareDiscriminator(compared);
}

function compareChoice(compared: Compared, old: SchemaChoice, next: SchemaChoice): void {
  if (old.keyword !== next.keyword) {
    const isWider = next.keyword === 'anyOf';
    tell(
      compared,
      isWider ? 'type-widened' : 'type-narrowed',
      { old: old.at, new: next.at },
      (subject) =>
        `${inDirection(compared.direction)}, ${subject} may ${isWider ? 'now' : 'no longer'} be several of its alternatives at once.`,
    );
  }
  compareVariants(compared, old.variants, next.variants);
}

function compareVariants(compared: Compared, old: readonly At[], next: readonly At[]): void {
  const pairs = matched(compared, old, next);
  for (const pair of pairs) compared.later([pair.old], [pair.next], compared.label);
  const met = new Set(pairs.flatMap((pair) => [pair.old, pair.next]));
  const start = inDirection(compared.direction);
  for (const variant of old.filter((one) => !met.has(one))) {
    const name = nameOf(compared.old, variant);
    tell(compared, 'variant-removed', { old: variant }, (subject) => `${start}, ${subject} may no longer be ${name}.`);
  }
  for (const variant of next.filter((one) => !met.has(one))) {
    const name = nameOf(compared.new, variant);
    tell(compared, 'variant-added', { new: variant }, (subject) => `${start}, ${subject} may now be ${name}.`);
  }
}

interface Pair {
  readonly old: At;
  readonly next: At;
  /** Whether they are the same, not just alike. */
  readonly isCertain: boolean;
}

/** Which alternative is which: by name, by content, by title or constant field, and then by likeness. */
function matched(compared: Compared, old: readonly At[], next: readonly At[]): Pair[] {
  const pairs: Pair[] = [];
  const free = { old: new Set(old), next: new Set(next) };
  const known = new Map<At, Look>();
  const look = (document: OpenApiDocument, at: At) => {
    const found = known.get(at) ?? lookOf(viewOf(document, [at]));
    known.set(at, found);
    return found;
  };
  byKey(schemaName);
  byLikeness(
    (one, other, was, is) => was.kind === is.kind && was.names === is.names && areSameResolved(compared, one, other),
    true,
  );
  byKey(telltale);
  byLikeness((_, __, was, is) => areAlike(was, is), false);
  return pairs;

  function byKey(keyOf: (document: OpenApiDocument, at: At) => string | undefined): void {
    const known = new Map<string, At>();
    for (const one of free.next) {
      const key = keyOf(compared.new, one);
      if (key !== undefined && !known.has(key)) known.set(key, one);
    }
    for (const one of free.old) {
      const key = keyOf(compared.old, one);
      const same = key === undefined ? undefined : known.get(key);
      if (key === undefined || same === undefined) continue;
      known.delete(key);
      pair(one, same, true);
    }
  }

  function byLikeness(isLike: (old: At, next: At, was: Look, is: Look) => boolean, isCertain: boolean): void {
    for (const one of free.old) {
      const was = look(compared.old, one);
      for (const other of free.next) {
        if (!isLike(one, other, was, look(compared.new, other))) continue;
        pair(one, other, isCertain);
        break;
      }
    }
  }

  function pair(one: At, other: At, isCertain: boolean): void {
    pairs.push({ old: one, next: other, isCertain });
    free.old.delete(one);
    free.next.delete(other);
  }
}

/** What an alternative looks like at first sight. */
interface Look {
  readonly kind: string;
  readonly fields: ReadonlySet<string>;
  readonly names: string;
}

function lookOf(view: SchemaView): Look {
  const fields = new Set(fieldsOf(view).keys());
  return { kind: `${typeText(view)} ${view.choices.length}`, fields, names: canonical([...fields].sort()) };
}

function areAlike(old: Look, next: Look): boolean {
  if (old.kind !== next.kind) return false;
  const shared = [...old.fields].filter((name) => next.fields.has(name)).length;
  return shared * 2 >= Math.max(old.fields.size, next.fields.size);
}

/** The title, or the constant that tells an alternative. */
function telltale(document: OpenApiDocument, at: At): string | undefined {
  const view = viewOf(document, [at]);
  const title = firstWith(view, 'title', true)?.value;
  if (typeof title === 'string') return title;
  for (const { name, schemas } of fieldsOf(view).values()) {
    const values = viewOf(document, schemas).values;
    if (values?.size === 1) return `${name} ${[...values.keys()].join()}`;
  }
  return undefined;
}

function namesOf(document: OpenApiDocument, { variants }: SchemaChoice): string {
  return variants.map((variant) => nameOf(document, variant)).join(', ');
}

/** What a sentence calls an alternative. */
function nameOf(document: OpenApiDocument, at: At): string {
  const view = viewOf(document, [at]);
  const title = firstWith(view, 'title', true)?.value;
  const name = schemaName(document, at) ?? (typeof title === 'string' ? title : undefined);
  if (name !== undefined) return `\`${name}\``;
  const fields = [...fieldsOf(view).keys()];
  return fields.length === 0 ? typeText(view) : `an object with ${fields.map((field) => `\`${field}\``).join(', ')}`;
}

function compareDiscriminator(compared: Compared): void {
  const old = firstWith(compared.views.old, 'discriminator');
  const next = firstWith(compared.views.new, 'discriminator');
  const [was, is] = [old && textUnder(old, 'propertyName'), next && textUnder(next, 'propertyName')];
  const start = inDirection(compared.direction);
  if (old !== undefined && was !== is) {
    const now = is === undefined ? 'no longer told by' : `now told by ${quoted(is)}; it was`;
    tell(
      compared,
      'discriminator-changed',
      { old, new: next },
      (subject) => `${start}, the kind of ${subject} is ${now} ${quoted(was)}.`,
    );
  } else if (old === undefined && next !== undefined) {
    tell(
      compared,
      'documentation-changed',
      { new: next },
      (subject) => `The kind of ${subject} is now told by ${quoted(is)}.`,
    );
  }
  if (old !== undefined && next !== undefined && was === is) compareMappings(compared, old, next);
}

/** The words of a discriminator that lead to the same schema on both sides must be the same. */
function compareMappings(compared: Compared, old: At, next: At): void {
  const before = mappingOf(compared.old, old);
  const after = mappingOf(compared.new, next);
  const start = inDirection(compared.direction);
  const isListed = compared.views.old.choices.length > 0 || compared.views.new.choices.length > 0;
  for (const [word, { at, target }] of before) {
    const same = after.get(word);
    if (same !== undefined && schemaName(compared.new, same.target) === schemaName(compared.old, target)) {
      compared.later([target], [same.target], compared.label);
    } else if (same !== undefined) {
      const [is, was] = [nameOf(compared.new, same.target), nameOf(compared.old, target)];
      tell(
        compared,
        'discriminator-changed',
        { old: at, new: same.at },
        (subject) => `${start}, ${quoted(word)} in ${subject} now means ${is}; it was ${was}.`,
      );
    } else if (!isListed || targets(compared.new, after).has(schemaName(compared.old, target))) {
      const rule = isListed ? 'discriminator-changed' : 'variant-removed';
      tell(
        compared,
        rule,
        { old: at },
        (subject) => `${start}, ${subject} may no longer be told to be ${quoted(word)}.`,
      );
    }
  }
  for (const [word, { at, target }] of after) {
    if (before.has(word)) continue;
    const isKnown = targets(compared.old, before).has(schemaName(compared.new, target));
    const rule = isListed && isKnown ? 'discriminator-changed' : 'variant-added';
    if (!isListed || isKnown) {
      tell(compared, rule, { new: at }, (subject) => `${start}, ${subject} may now be told to be ${quoted(word)}.`);
    }
  }
}

type Mapping = ReadonlyMap<string, { readonly at: At; readonly target: At }>;

function mappingOf(document: OpenApiDocument, discriminator: At): Mapping {
  return new Map(
    entriesUnder(discriminator, 'mapping').map(([word, at]) => {
      const name = String(at.value);
      const $ref = /[#/.]/.test(name) ? name : `#/components/schemas/${name}`;
      return [word, { at, target: document.resolve({ ...at, value: { $ref } }) }] as const;
    }),
  );
}

function targets(document: OpenApiDocument, mapping: Mapping): ReadonlySet<string | undefined> {
  return new Set(
    [...mapping.values()].map(({ target }) => (isObject(target.value) ? schemaName(document, target) : undefined)),
  );
}
