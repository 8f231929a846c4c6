import { JSONPathEnvironment, JSONPathError, type JSONPathNode } from 'json-p3';
import { readTree } from '../generate/openapi/read-text.ts';
import { reasonOf } from '../generate/spec-error.ts';
import { type OverlayAction, type OverlayGrammar, type OverlayText, readActions } from './overlay-file.ts';

/** Overlay Specification 1.0: https://spec.openapis.org/overlay/v1.0.0.html */
const grammar: OverlayGrammar = {
  versionKey: 'overlay',
  version: /^1\.0\.\d+$/,
  expected: 'an OpenAPI Overlay 1.0.x',
  rootKeys: ['overlay', 'info', 'extends', 'actions'],
  actionKeys: ['update', 'remove'],
};

/** Specs nest deeper than the library expects of documents; the limit is there for documents without end. */
const paths = new JSONPathEnvironment({ maxRecursionDepth: 1000 });

/** What a JSON document is made of. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * Applies overlays to an OpenAPI document, in order.
 * @param skip Takes the actions that find nothing, in place of the error.
 * @returns the document as JSON
 * @throws SpecError that names the overlay, its line and the spec
 */
export function patchOpenApi(
  file: string,
  text: string,
  overlays: readonly OverlayText[],
  skip?: (action: OverlayAction) => void,
): string {
  const root = readTree(file, text) as Json; // nobody else has it, so it may change
  for (const overlay of overlays) {
    for (const action of readActions(overlay, grammar)) apply(action, root, file, skip);
  }
  return `${JSON.stringify(root, null, 2)}\n`;
}

function apply(action: OverlayAction, root: Json, file: string, skip: ((action: OverlayAction) => void) | undefined) {
  const { remove = false, update } = action.fields;
  if (typeof remove !== 'boolean') throw action.fault('remove must be true or false', 'remove');
  const nodes = find(action, root);
  if (nodes.length === 0) {
    if (action.isOptional) return;
    if (skip !== undefined) return skip(action);
    throw action.fault(`the target ${action.target} finds nothing in ${file}`, 'target');
  }
  if (remove) removeAll(action, root, nodes);
  else if (update !== undefined) for (const node of nodes) updateOne(action, node, update as Json); // as read from YAML or JSON
}

function find(action: OverlayAction, root: Json): readonly JSONPathNode[] {
  try {
    return paths.query(action.target, root).nodes;
  } catch (error) {
    const what = error instanceof JSONPathError ? 'is no JSONPath of RFC 9535' : 'cannot be followed';
    throw action.fault(`the target ${action.target} ${what}: ${reasonOf(error)}`, 'target', error);
  }
}

/** Parents are looked up before anything is removed: a removed element moves those behind it. */
function removeAll(action: OverlayAction, root: Json, nodes: readonly JSONPathNode[]): void {
  const found = nodes.map(({ location }) => {
    if (location.length === 0) throw action.fault('the document itself cannot be removed', 'target');
    return { parent: valueAt(root, location.slice(0, -1)), key: location.at(-1) };
  });
  const lists = new Map<Json[], Set<unknown>>();
  for (const { parent, key } of found) {
    if (Array.isArray(parent)) lists.set(parent, (lists.get(parent) ?? new Set()).add(key));
    else Reflect.deleteProperty(Object(parent), String(key));
  }
  for (const [list, gone] of lists) list.splice(0, list.length, ...list.filter((_, index) => !gone.has(index)));
}

function valueAt(root: Json, location: readonly (string | number)[]): Json {
  let value = root;
  for (const key of location) value = Reflect.get(Object(value), key);
  return value;
}

function updateOne(action: OverlayAction, node: JSONPathNode, update: Json): void {
  const target = node.value as Json; // a node of the tree that was queried
  const place = node.location.length === 0 ? '$' : node.path;
  if (Array.isArray(target)) {
    target.push(...(structuredClone(Array.isArray(update) ? update : [update]) as Json[]));
  } else if (isObject(target)) {
    if (!isObject(update)) throw action.fault(`${place} is an object, so update must be one`, 'update');
    merge(action, target, update, place);
  } else {
    throw action.fault(`${place} is a single value: let the target be the object that holds it`, 'target');
  }
}

/** Values replace values, lists are joined, objects are merged; anything else does not fit. */
function merge(action: OverlayAction, target: { [key: string]: Json }, update: { [key: string]: Json }, place: string) {
  for (const [key, value] of Object.entries(update)) {
    const old = Object.hasOwn(target, key) ? target[key] : undefined;
    const here = `${place}[${JSON.stringify(key)}]`;
    if (old === undefined || (isSingle(old) && isSingle(value))) setOwn(target, key, structuredClone(value));
    else if (Array.isArray(old) && Array.isArray(value)) old.push(...structuredClone(value));
    else if (isObject(old) && isObject(value)) merge(action, old, value, here);
    else throw action.fault(`${here} is ${kindOf(old)}, update has ${kindOf(value)} for it`, 'update');
  }
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSingle(value: Json): boolean {
  return typeof value !== 'object' || value === null;
}

function kindOf(value: Json): string {
  if (Array.isArray(value)) return 'a list';
  return isObject(value) ? 'an object' : 'a single value';
}

/** A key may be called `__proto__`. */
function setOwn(target: object, key: string, value: Json): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
