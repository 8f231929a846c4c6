import { isObject, stringsOf } from './json.ts';

/** How deep a document may nest: what makes code of it is recursive. */
const MOST_LEVELS = 200;
/** How many values repeated parts may come to when they are written out, beyond twice of what there is. */
const MOST_COPIES = 1_000_000;

/** What is wrong with the shape of a tree, or whether an object stands in several places of it. */
export type TreeSize = { readonly problem: string } | { readonly hasShared: boolean };

interface Weight {
  /** How many values there are when repeated parts are written out. */
  readonly values: number;
  readonly levels: number;
}

const leaf: Weight = { values: 1, levels: 0 };

/** Sizes up what parsers and anchors made, in time that grows with what there is and not with what it comes to. */
export function sizeUp(tree: unknown): TreeSize {
  const known = new Map<object, Weight>();
  const around = new Set<object>();
  let distinct = 0;
  let hasShared = false;

  const weigh = (value: unknown, depth: number): Weight => {
    distinct += 1;
    if (typeof value !== 'object' || value === null) {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new Unfit(`holds what JSON cannot: ${value}`);
      return leaf;
    }
    const before = known.get(value);
    if (before !== undefined) {
      hasShared = true;
      if (depth + before.levels > MOST_LEVELS) throw new Unfit(tooDeep);
      return before;
    }
    if (around.has(value)) throw new Unfit('cannot be written out: a part holds itself');
    if (depth > MOST_LEVELS) throw new Unfit(tooDeep);
    const isList = Array.isArray(value);
    if (!isList && Object.getPrototypeOf(value) !== Object.prototype) {
      throw new Unfit(`holds what JSON cannot: ${value.constructor.name}`);
    }
    around.add(value);
    let values = 1;
    let levels = 0;
    const children: Iterable<unknown> = isList ? value : Object.values(value);
    for (const child of children) {
      const weight = weigh(child, depth + 1);
      values += weight.values;
      levels = Math.max(levels, weight.levels + 1);
    }
    around.delete(value);
    const weight = { values, levels };
    known.set(value, weight);
    return weight;
  };

  try {
    const { values } = weigh(tree, 0);
    if (hasShared && values > MOST_COPIES + 2 * distinct) {
      return { problem: `cannot be written out: repeated parts (YAML anchors) come to ${values} values` };
    }
    return { hasShared };
  } catch (error) {
    if (error instanceof Unfit) return { problem: error.message };
    throw error;
  }
}

const tooDeep = `nested more than ${MOST_LEVELS} levels deep`;

class Unfit extends Error {}

/** Whether a part of a tree holds a reference that leads out of its file. */
export function leavesFile(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isObject(value) && typeof value.$ref === 'string' && !value.$ref.startsWith('#')) return true;
  if (isObject(value) && typeof value.propertyName === 'string' && isObject(value.mapping)) {
    if (stringsOf(Object.values(value.mapping)).some((reference) => /\.(?:ya?ml|json)(?:#|$)/i.test(reference)))
      return true;
  }
  return Object.values(value).some(leavesFile);
}
