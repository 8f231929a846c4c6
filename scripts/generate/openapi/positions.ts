import { createRequire } from 'node:module';
import { type LineColumn, readWritten, type WrittenYaml, type YamlParser } from '../yaml-places.ts';
import { pointerKeys } from './json.ts';

/** The longest text that is parsed a second time to tell where something is: beyond it, the pointer has to do. */
const MOST_CHARACTERS = 8 * 1024 * 1024;

/** Line and column; nothing where they cannot be told. */
export type Position = LineColumn | { readonly line?: never; readonly column?: never };

/** Where a pointer's last key (or, in a list, the element) begins in a text; for what is not written out, where its nearest parent does. */
export function positionOf(text: string, pointer: string): Position {
  return positionsIn(text)(pointer);
}

/** Tells where pointers lead in one text, which is parsed when the first is asked for. */
export function positionsIn(text: string, mostCharacters = MOST_CHARACTERS): (pointer: string) => Position {
  let written: WrittenYaml | undefined;
  return (pointer) => {
    if (pointer === '#') return { line: 1, column: 1 };
    if (text.length > mostCharacters) return {};
    written ??= read(text);
    return written?.placeOf(pointerKeys(pointer)) ?? {};
  };
}

/** The parser is loaded for what is told only, by errors that are made where nothing can be awaited. Without it, they do without lines. */
function read(text: string): WrittenYaml | undefined {
  let yaml: YamlParser;
  try {
    yaml = createRequire(import.meta.url)('yaml');
  } catch {
    return undefined;
  }
  return readWritten(yaml, text, {
    uniqueKeys: false, // has been seen to; here it would take the square of the time
  });
}
