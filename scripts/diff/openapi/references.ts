import { isObject, pointerTo } from './json.ts';

/** Keys of objects whose own keys are names that a person chose. */
export const MAPS = new Set([
  ...['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas', 'schemas', 'responses', 'headers'],
  ...[
    'requestBodies',
    'securitySchemes',
    'links',
    'callbacks',
    'pathItems',
    'parameters',
    'content',
    'paths',
    'webhooks',
  ],
]);
/** Keys of values that are data, whatever stands in them. */
export const DATA = new Set(['example', 'default', 'enum', 'const', 'value', 'mapping']);

interface Visit {
  readonly value: object;
  readonly parent: Visit | undefined;
  readonly key: string;
  /** Whether the keys are names, so that none of them means anything. */
  readonly isMap: boolean;
}

/** An object of a document, and whether its keys are names that mean nothing. */
export interface Found {
  readonly pointer: () => string;
  readonly value: object;
  readonly isMap: boolean;
  /** The key it stands under. */
  readonly key: string;
}

/** Every object that has a text under `$ref` (or another key), except in examples and other data. */
export function findReferences(root: unknown, key = '$ref'): { pointer: string; value: object }[] {
  const found: { pointer: string; value: object }[] = [];
  visitAll(root, ({ pointer, value, isMap }) => {
    if (!isMap && Object.hasOwn(value, key) && typeof Reflect.get(value, key) === 'string') {
      found.push({ pointer: pointer(), value });
    }
  });
  return found;
}

/** Visits all objects and lists that are no data, each once. Does not use the stack. */
export function visitAll(root: unknown, told: (found: Found) => void): void {
  if (typeof root !== 'object' || root === null) return;
  const todo: Visit[] = [{ value: root, parent: undefined, key: '', isMap: false }];
  const seen = new Set<object>();
  for (let visit = todo.pop(); visit !== undefined; visit = todo.pop()) {
    const { value, isMap } = visit;
    // An anchor used twice is one object: what it refers to is the same in both places.
    if (seen.has(value)) continue;
    seen.add(value);
    const here = visit;
    told({ value, isMap, key: visit.key, pointer: () => pointerOf(here) });
    for (const [name, inner] of Object.entries(value)) {
      if (typeof inner !== 'object' || inner === null) continue;
      if (!isMap && !Array.isArray(value)) {
        if (DATA.has(name) || name.startsWith('x-')) continue;
        if (name === 'examples') {
          todo.push(...examplesOf(inner, visit));
          continue;
        }
      }
      todo.push({ value: inner, parent: visit, key: name, isMap: !isMap && isObject(inner) && MAPS.has(name) });
    }
  }
}

/** Named examples may be references; what they hold is data. */
function examplesOf(examples: object, parent: Visit): Visit[] {
  const list: Visit = { value: examples, parent, key: 'examples', isMap: true };
  if (!isObject(examples)) return [];
  return Object.entries(examples).flatMap(([key, value]) =>
    isObject(value) && typeof value.$ref === 'string' ? [{ value, parent: list, key, isMap: false }] : [],
  );
}

function pointerOf(visit: Visit): string {
  const keys: string[] = [];
  for (let at = visit; at.parent !== undefined; at = at.parent) keys.unshift(at.key);
  return keys.reduce(pointerTo, '#');
}
