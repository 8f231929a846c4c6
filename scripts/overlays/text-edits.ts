import type { LineColumn } from '../generate/yaml-places.ts';

/** Text in place of a part of a text. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with an edit made. */
export function applyEdit(text: string, { start, end, text: replacement }: TextEdit): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Where a place of the edited text lies in the text before the edits; for what an edit brought, where it was made. */
export function placeBefore(before: string, after: string, edits: readonly TextEdit[], place: LineColumn): LineColumn {
  const offset = edits.toReversed().reduce(
    (found, { start, end, text }) => {
      if (found < start) return found;
      return found < start + text.length ? start : found - text.length + (end - start);
    },
    offsetOf(after, place),
  );
  return lineColumnOf(before, offset);
}

const LINE_END = /\r\n|\r|\n/g;

function offsetOf(text: string, { line, column }: LineColumn): number {
  let start = 0;
  let current = 1;
  for (const { index, 0: end } of text.matchAll(LINE_END)) {
    if (current === line) break;
    start = index + end.length;
    current++;
  }
  return Math.min(start + column - 1, text.length);
}

function lineColumnOf(text: string, offset: number): LineColumn {
  const lines = text.slice(0, offset).split(LINE_END);
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
