import type { Direction } from '../rules.ts';
import { type At, asObject, child, entriesUnder, type OpenApiDocument } from './document.ts';

/** One operation, callback or webhook. */
export interface Operation {
  /** What sentences call it: `GET /pets`. */
  readonly title: string;
  readonly path: string;
  readonly at: At;
  /** The path item it stands in. */
  readonly item: At;
  /** What its request is to the client: written, or read where the service is the one who calls. */
  readonly direction: Direction;
}

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'];

/** The operations of a path item, by method. */
export function operationsOf(
  document: OpenApiDocument,
  path: string,
  written: At,
  direction: Direction,
  titleOf: (method: string) => string,
): [string, Operation][] {
  const item = asObject(document.resolve(written));
  const more = entriesUnder(item, 'additionalOperations');
  const known = METHODS.flatMap((method): [string, At][] => {
    const at = child(item, method);
    return at === undefined ? [] : [[method.toUpperCase(), at]];
  });
  return [...known, ...more].map(([method, at]) => [
    method,
    { title: titleOf(method), path, at: asObject(at), item, direction },
  ]);
}

/** Keys of a path item that are compared with its operations. */
export const ITEM_KEYS = [...METHODS, 'additionalOperations', 'parameters', 'servers', '$ref'];
