import { createHash } from 'node:crypto';

/** A JSON object. Absent keys read as `undefined`. */
export interface JsonObject {
  readonly [key: string]: unknown;
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own key of an object, whatever its name: `constructor` is nobody's by accident. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The keys of a JSON pointer in fragment form. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Appends a key to a JSON pointer. */
export function pointerTo(parent: string, key: string | number): string {
  return `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

const known = new WeakMap<object, string>();
/** A few anchors that hold each other stand for more text than any memory has, so what is longer is told by its digest. */
const LONGEST_PART = 4096;

/**
 * The value as text that does not depend on the order of keys. What is equal has the same text, and what is not has another one.
 * Long parts of it are named by a digest.
 */
export function canonical(value: unknown): string {
  // JSON has neither `.nan` nor `.inf` of YAML, and would make null of them.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const before = known.get(value);
  if (before !== undefined) return before;
  const text = Array.isArray(value)
    ? `[${value.map(part).join(',')}]`
    : `{${Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, child]) => `${JSON.stringify(key)}:${part(child)}`)
        .join(',')}}`;
  known.set(value, text);
  return text;
}

function part(value: unknown): string {
  const text = canonical(value);
  return text.length > LONGEST_PART ? `sha256:${createHash('sha256').update(text).digest('hex')}` : text;
}
