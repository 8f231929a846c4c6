/** A value as JSON can hold it. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;
/** A JSON object. Absent keys read as `undefined`. */
export interface JsonObject {
  [key: string]: JsonValue | undefined;
}

/** Whether a value is a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of a map such as `responses` or `properties`, with their keys; anything else reads as none. */
export function objectEntries(value: unknown): [string, JsonObject][] {
  if (!isObject(value)) return [];
  return Object.entries(value).filter((entry): entry is [string, JsonObject] => isObject(entry[1]));
}

/** The elements of a list; anything else reads as none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The strings in a list such as `required`. */
export function stringsOf(value: unknown): string[] {
  return listOf(value).filter((element) => typeof element === 'string');
}

/** Appends a key to a JSON pointer in fragment form (`#/a/b`). */
export function pointerTo(parent: string, ...keys: readonly (string | number)[]): string {
  return [parent, ...keys.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');
}

/** A `$ref` to the same document as a JSON pointer in fragment form. */
export function decodePointer(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference; // a stray % that escapes nothing: the pointer as it stands is looked up, and found or not
  }
}

/** A JSON pointer in fragment form as a `$ref`: references are URIs, where a % is written as one. */
export function encodePointer(pointer: string): string {
  return pointer.replaceAll('%', '%25');
}

/** The keys of a JSON pointer in fragment form. */
export function pointerKeys(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What lies at a pointer, or `undefined`. */
export function valueAt(root: unknown, pointer: string): unknown {
  let value = root;
  for (const key of pointerKeys(pointer)) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else return undefined;
  }
  return value;
}

/** The object under a key, made if there is none. */
export function childOf(parent: JsonObject, key: string): JsonObject {
  const found = Object.hasOwn(parent, key) ? parent[key] : undefined;
  if (isObject(found)) return found;
  const made: JsonObject = {};
  parent[key] = made;
  return made;
}

/** Sets a property of the object's own, also one called `__proto__`. */
export function setOwn(object: object, key: string, value: unknown): void {
  if (key !== '__proto__') Reflect.set(object, key, value);
  else Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Orders by code unit, so that the result does not depend on the machine's locale. */
export function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
