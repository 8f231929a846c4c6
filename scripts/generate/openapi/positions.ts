import { createRequire } from 'node:module';
import type { Document, LineCounter } from 'yaml';
import { pointerKeys } from './json.ts';

/** The longest text that is parsed a second time to tell where something is: beyond it, the pointer has to do. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** Line and column, counted from 1. */
export interface Position {
  readonly line?: number;
  readonly column?: number;
}

/** Where a pointer's last key (or, in a list, the element) begins in a text; for what is not written out, where its nearest parent does. */
export function positionOf(text: string, pointer: string): Position {
  if (text.length > MOST_CHARACTERS) return {};
  // Loaded for an error only, and by errors that are made where nothing can be awaited.
  const yaml: typeof import('yaml') = createRequire(import.meta.url)('yaml');
  const lines: LineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, {
    lineCounter: lines,
    merge: true,
    prettyErrors: false,
    uniqueKeys: false, // has been seen to; here it would take the square of the time
  });
  const { line, col } = lines.linePos(offsetOf(yaml, document, pointer));
  return { line, column: col };
}

function offsetOf(
  { isMap, isPair, isScalar, isSeq }: typeof import('yaml'),
  document: Document,
  pointer: string,
): number {
  const startOf = (node: unknown): number | undefined =>
    isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
  let node: unknown = document.contents;
  let offset = 0;
  for (const key of pointerKeys(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}
