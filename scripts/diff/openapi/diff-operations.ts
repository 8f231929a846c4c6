import type { Direction } from '../rules.ts';
import { compareRequestBodies, compareResponses } from './diff-bodies.ts';
import { compareParameters } from './diff-parameters.ts';
import { compareOperationSecurity } from './diff-security.ts';
import { compareOperationServers } from './diff-servers.ts';
import { type At, child, entriesUnder, type OpenApiDocument } from './document.ts';
import { ITEM_KEYS, type Operation, operationsOf } from './operations.ts';
import { areEqual, compareRest, opposite, say, under, type Walk } from './walk.ts';

const OPERATION_KEYS = ['operationId', 'parameters', 'requestBody', 'responses', 'callbacks', 'security', 'servers'];

/** Compares all operations, and the webhooks, in which the service is the one who calls. */
export function compareOperations(walk: Walk): void {
  comparePaths(
    walk,
    pathsOf(walk.old, 'paths'),
    pathsOf(walk.new, 'paths'),
    'requests',
    (method, path) => `${method} ${path}`,
  );
  const webhook = (method: string, name: string) => `the webhook ${method} \`${name}\``;
  comparePaths(walk, pathsOf(walk.old, 'webhooks'), pathsOf(walk.new, 'webhooks'), 'answers', webhook);
}

type Paths = ReadonlyMap<string, At>;

function pathsOf({ root }: OpenApiDocument, key: string): Paths {
  return new Map(entriesUnder(root, key).filter(([path]) => !path.startsWith('x-')));
}

function comparePaths(
  walk: Walk,
  old: Paths,
  next: Paths,
  direction: Direction,
  titleOf: (method: string, path: string) => string,
): void {
  const bySlots = new Map([...next].filter(([path]) => !old.has(path)).map(([path]) => [slots(path), path]));
  const met = new Set<string>();
  for (const [path, item] of old) {
    const newPath = next.has(path) ? path : bySlots.get(slots(path));
    const newItem = newPath === undefined ? undefined : next.get(newPath);
    if (newPath !== undefined) met.add(newPath);
    const before = operationsOf(walk.old, path, item, direction, (method) => titleOf(method, path));
    const after =
      newPath === undefined || newItem === undefined
        ? []
        : operationsOf(walk.new, newPath, newItem, direction, (method) => titleOf(method, newPath));
    compareMethods(walk, before, after);
    if (newPath === undefined || newItem === undefined) {
      if (before.length === 0) sayEmpty({ old: item }, path, 'gone');
      continue;
    }
    const both = { old: walk.old.resolve(item), new: walk.new.resolve(newItem) };
    compareRest(walk, both, ITEM_KEYS, `the path ${newPath}`);
  }
  for (const [path, item] of next) {
    if (met.has(path)) continue;
    const added = operationsOf(walk.new, path, item, direction, (method) => titleOf(method, path));
    compareMethods(walk, [], added);
    if (added.length === 0) sayEmpty({ new: item }, path, 'new');
  }

  function sayEmpty(at: { old?: At; new?: At }, path: string, what: string): void {
    say(walk, 'unused-changed', direction, at, `the path ${path}, which has no operation, is ${what}.`);
  }
}

/** Paths are the same whatever their parameters are called. */
function slots(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}');
}

function compareMethods(walk: Walk, old: readonly [string, Operation][], next: readonly [string, Operation][]): void {
  const after = new Map(next);
  const before = new Map(old);
  for (const [method, operation] of before) {
    const same = after.get(method);
    walk.reporter.reach.inOperation(same?.title ?? operation.title, () => {
      if (same !== undefined) compareOperation(walk, operation, same);
      else say(walk, 'operation-removed', operation.direction, { old: operation.at }, `${operation.title} is gone.`);
    });
  }
  for (const [method, operation] of after) {
    if (before.has(method)) continue;
    walk.reporter.reach.inOperation(operation.title, () =>
      say(walk, 'operation-added', operation.direction, { new: operation.at }, `${operation.title} is new.`),
    );
  }
}

function compareOperation(walk: Walk, old: Operation, next: Operation): void {
  const both = { old: old.at, new: next.at };
  const id = under(both, 'operationId');
  if (!areEqual(id)) {
    const name = (at: At | undefined) => (at === undefined ? 'nothing' : `\`${String(at.value)}\``);
    say(
      walk,
      'name-changed',
      next.direction,
      id,
      `${next.title} is now called ${name(id.new)}; it was ${name(id.old)}.`,
    );
  }
  compareParameters(walk, old, next);
  compareRequestBodies(walk, old, next);
  compareResponses(walk, old, next);
  compareOperationSecurity(walk, old, next);
  compareOperationServers(walk, old, next);
  compareCallbacks(walk, old, next);
  compareRest(walk, both, OPERATION_KEYS, next.title);
}

function compareCallbacks(walk: Walk, old: Operation, next: Operation): void {
  const before = new Map(entriesUnder(old.at, 'callbacks'));
  const after = new Map(entriesUnder(next.at, 'callbacks'));
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const titleOf = (method: string, expression: string) =>
      `the callback \`${name}\` (${method} ${expression}) of ${next.title}`;
    const items = (document: OpenApiDocument, written: At | undefined): Paths => {
      const callback = written && document.resolve(written);
      const expressions = callback === undefined ? [] : Object.keys(Object(callback.value));
      return new Map(
        expressions.flatMap((key): [string, At][] => {
          const item = callback && child(callback, key);
          return key.startsWith('x-') || item === undefined ? [] : [[key, item]];
        }),
      );
    };
    comparePaths(
      walk,
      items(walk.old, before.get(name)),
      items(walk.new, after.get(name)),
      opposite(next.direction),
      titleOf,
    );
  }
}
