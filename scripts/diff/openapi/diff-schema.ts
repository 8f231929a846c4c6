import type { Direction } from '../rules.ts';
import type { Compared, Documents } from './compared.ts';
import { compareChoices, compareWrapped } from './diff-choices.ts';
import { compareContents } from './diff-fields.ts';
import { compareNotes } from './diff-notes.ts';
import { compareOpaque } from './diff-opaque.ts';
import { compareValues } from './diff-values.ts';
import { type At, child, faultAt, type OpenApiDocument, schemaName } from './document.ts';
import { isObject } from './json.ts';
import { type Label, labelAt } from './label.ts';
import { viewOf } from './schema-view.ts';

/** Compares schemas, each pair once for each direction: that ends rings, and keeps the work in proportion to the specs. */
export interface SchemaComparison {
  /** Compares two schemas when `finish` is called; none means anything goes. */
  later(old: readonly At[], next: readonly At[], direction: Direction, label: Label): void;
  finish(): void;
}

/** Schemas of fields that several members of `allOf` describe; more than any spec has that is no attack. */
const MOST_COMBINED = 300_000;

/** Makes a comparison that works through a list, not with the stack. */
export function createSchemaComparison(documents: Documents): SchemaComparison {
  const done = new Set<string>();
  const todo: (() => void)[] = [];
  const numbers = new Map<unknown, number>();
  let combined = 0;
  const { reach } = documents.reporter;

  function later(old: readonly At[], next: readonly At[], direction: Direction, label: Label): void {
    const schemas = {
      old: once(old.map((at) => unwrapped(documents.old, at))),
      new: once(next.map((at) => unwrapped(documents.new, at))),
    };
    compareNames(documents, schemas.old, schemas.new);
    if (documents.old.isVersion30 === documents.new.isVersion30 && areSame(schemas.old, schemas.new)) return;
    const key = `${keyOf(schemas.old)} ${keyOf(schemas.new)} ${direction}`;
    reach.leadTo(key);
    if (done.has(key)) return;
    done.add(key);
    if (schemas.old.length > 1 || schemas.new.length > 1) combined += schemas.old.length + schemas.new.length;
    const first = schemas.new[0] ?? schemas.old[0];
    if (combined > MOST_COMBINED && first !== undefined)
      throw faultAt(first, 'cannot be compared: members of `allOf` combine in too many ways');
    todo.push(() => reach.within(key, () => compare(schemas, direction, label)));
  }

  function compare(schemas: { old: readonly At[]; new: readonly At[] }, direction: Direction, reached: Label): void {
    const [oldAt, newAt] = [schemas.old[0], schemas.new[0]];
    const named = newAt ?? oldAt;
    const label = named === undefined ? reached : labelAt(named, reached);
    const compared: Compared = {
      ...documents,
      views: { old: viewOf(documents.old, schemas.old), new: viewOf(documents.new, schemas.new) },
      at: { old: oldAt, new: newAt },
      direction,
      label,
      later: (old, next, at) => later(old, next, direction, at),
    };
    const hasMore = !compareWrapped(compared) && compareValues(compared);
    if (hasMore) {
      compareContents(compared);
      compareChoices(compared);
    }
    compareOpaque(compared);
    if (oldAt !== undefined && newAt !== undefined) compareNotes(compared);
  }

  /** Objects are the same wherever they are reached; booleans are what they are in each place. */
  function keyOf(schemas: readonly At[]): string {
    return schemas
      .map(({ value, source, pointer }) => {
        if (typeof value === 'boolean') return `${value} ${source.path} ${pointer}`;
        const known = numbers.get(value) ?? numbers.size;
        numbers.set(value, known);
        return String(known);
      })
      .join('+');
  }

  return {
    later,
    finish() {
      for (let task = todo.pop(); task !== undefined; task = todo.pop()) task();
    },
  };
}

/** Whether two schemas without any others inside them are written alike: most of a large document. */
function areSame(old: readonly At[], next: readonly At[]): boolean {
  const [was, is] = [old[0]?.value, next[0]?.value];
  if (old.length !== 1 || next.length !== 1 || !isObject(was) || !isObject(is)) return false;
  const keys = Object.keys(was);
  if (keys.length !== Object.keys(is).length) return false;
  return keys.every(
    (key) => key !== '$ref' && typeof was[key] !== 'object' && was[key] === is[key] && Object.hasOwn(is, key),
  );
}

/** A reference with nothing beside it is what it refers to. */
function unwrapped(document: OpenApiDocument, at: At): At {
  const { value } = at;
  return isObject(value) && typeof value.$ref === 'string' && Object.keys(value).length === 1
    ? document.resolve(at)
    : at;
}

/** To demand the same twice is to demand it. */
function once(schemas: readonly At[]): readonly At[] {
  if (schemas.length < 2) return schemas;
  return [...new Map(schemas.map((at) => [at.value, at])).values()];
}

/** The name of a schema is on no wire, but in the programs of those who generate types from it. */
function compareNames(
  { old, new: next, reporter }: Documents,
  schemas: readonly At[],
  schemasNow: readonly At[],
): void {
  const [was, is] = [schemas[0], schemasNow[0]];
  if (was === undefined || is === undefined || schemas.length + schemasNow.length > 2 || was.pointer === is.pointer)
    return;
  const [called, calledNow] = [schemaName(old, was), schemaName(next, is)];
  if (called === undefined || calledNow === undefined || called === calledNow) return;
  const names = child(child(next.root, 'components') ?? next.root, 'schemas');
  const sentence =
    names !== undefined && child(names, called) === undefined
      ? `The schema \`${called}\` is now called \`${calledNow}\`.`
      : `Where the schema \`${called}\` stood there is now \`${calledNow}\`.`;
  reporter.report('name-changed', 'requests', { old: was, new: is }, sentence);
}
