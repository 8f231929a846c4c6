import type { Direction } from '../rules.ts';
import type { Compared, Documents } from './compared.ts';
import { compareChoices, compareWrapped } from './diff-choices.ts';
import { compareContents } from './diff-fields.ts';
import { compareNotes } from './diff-notes.ts';
import { compareValues } from './diff-values.ts';
import type { At, OpenApiDocument } from './document.ts';
import { isObject } from './json.ts';
import { type Label, labelAt } from './label.ts';
import { viewOf } from './schema-view.ts';

/** Compares schemas, each pair once for each direction: that ends rings, and keeps the work in proportion to the specs. */
export interface SchemaComparison {
  /** Compares two schemas when `finish` is called; none means anything goes. */
  later(old: readonly At[], next: readonly At[], direction: Direction, label: Label): void;
  finish(): void;
}

/** Makes a comparison that works through a list, not with the stack. */
export function createSchemaComparison(documents: Documents): SchemaComparison {
  const done = new Set<string>();
  const todo: (() => void)[] = [];
  const numbers = new Map<unknown, number>();

  function later(old: readonly At[], next: readonly At[], direction: Direction, label: Label): void {
    const schemas = {
      old: old.map((at) => unwrapped(documents.old, at)),
      new: next.map((at) => unwrapped(documents.new, at)),
    };
    if (documents.old.isVersion30 === documents.new.isVersion30 && areSame(schemas.old, schemas.new)) return;
    const key = `${keyOf(schemas.old)} ${keyOf(schemas.new)} ${direction}`;
    if (done.has(key)) return;
    done.add(key);
    todo.push(() => compare(schemas, direction, label));
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
    if (oldAt !== undefined && newAt !== undefined) compareNotes(compared);
  }

  /** Booleans are no objects: what is true in one place is true in all. */
  function keyOf(schemas: readonly At[]): string {
    return schemas
      .map(({ value }) => {
        if (typeof value === 'boolean') return String(value);
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
