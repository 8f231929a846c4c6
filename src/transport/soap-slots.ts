import { WriteProblem, withStep, wrongType } from './soap-scalars.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** How a member is written. */
export interface Slot {
  readonly index: number;
  readonly isRequired: boolean;
  readonly write: (value: unknown) => string;
}

/** The members a type may have, in the order of the schema. */
export interface Slots {
  readonly byName: ReadonlyMap<string, Slot>;
  /** How many of them must be there. */
  readonly required: number;
}

/** Writes the members that an object has, in the order of the schema. */
export function writeSlots(fields: Fields, slots: Slots, isTagged: boolean): string {
  const keys = Object.keys(fields);
  let last = -1;
  let isInOrder = true;
  let required = 0;
  for (const key of keys) {
    const slot = slots.byName.get(key);
    if (slot === undefined) {
      if (isTagged && key === '$type') continue;
      const hint =
        isTagged && !Object.hasOwn(fields, '$type') ? '; $type names the type that is meant, if it has one' : '';
      const what = `the schema has no such element here${hint}`;
      throw withStep(new WriteProblem('ERR_UNKNOWN_ELEMENT', what), `.${key}`);
    }
    if (slot.index < last) isInOrder = false;
    last = slot.index;
    if (slot.isRequired && fields[key] !== undefined) required++;
  }
  if (required < slots.required) throw missing(fields, slots);
  let written = '';
  for (const key of isInOrder ? keys : slots.byName.keys()) {
    if (!isInOrder && !Object.hasOwn(fields, key)) continue;
    const value = fields[key];
    if (value === undefined) continue;
    try {
      written += slots.byName.get(key)?.write(value) ?? '';
    } catch (problem) {
      throw withStep(problem, `.${key}`);
    }
  }
  return written;
}

function missing(fields: Fields, slots: Slots): unknown {
  const isMissing = (key: string) => !Object.hasOwn(fields, key) || fields[key] === undefined;
  const name = [...slots.byName].find(([key, slot]) => slot.isRequired && isMissing(key))?.[0] ?? '';
  return withStep(new WriteProblem('ERR_MISSING_ELEMENT', 'is required'), `.${name}`);
}

export function slotsOf(slots: readonly (readonly [string, Omit<Slot, 'index'>])[]): Slots {
  const byName = new Map(slots.map(([name, slot], index) => [name, { ...slot, index }]));
  return { byName, required: slots.filter(([, slot]) => slot.isRequired).length };
}

export function writeItems(value: unknown, one: (item: unknown) => string): string {
  if (!Array.isArray(value)) throw wrongType('an array', value);
  let written = '';
  for (const [index, item] of value.entries()) {
    try {
      written += one(item);
    } catch (problem) {
      throw withStep(problem, `[${index}]`);
    }
  }
  return written;
}

export function objectOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
    throw wrongType('an object', value);
  }
  // Any object may be looked at by key; what comes out is unknown again.
  return value as Fields;
}
