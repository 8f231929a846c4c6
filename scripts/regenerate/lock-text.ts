import { isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';
import type { LockEntry } from './lock-entry.ts';

const KEYS = ['file', 'source', 'date', 'sha256', 'generator'] as const satisfies (keyof LockEntry)[];

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Writes entries into a lock's text, entry by entry and field by field: people keep notes and an order of their own in it. */
export function editLock(original: string | undefined, changed: readonly LockEntry[]): string {
  if (original === undefined) return `${JSON.stringify({ specs: changed }, null, 2)}\n`;
  // JSON is YAML, and of this the parser tells where each value is written.
  const specs = parseDocument(original, { prettyErrors: false }).get('specs');
  if (!isSeq(specs)) throw new Error('the lock has no list of specs');
  const entries = specs.items.filter((item) => isMap(item));
  const edits = changed.flatMap((entry) => {
    const written = entries.find((item) => item.get('file') === entry.file);
    return written === undefined ? [] : fieldEdits(original, written, entry);
  });
  const fresh = changed.filter(({ file }) => !entries.some((item) => item.get('file') === file));
  if (fresh.length > 0) edits.push(additions(specs, fresh));
  return edits
    .toSorted((left, right) => right.start - left.start)
    .reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), original);
}

/** Sets fields where they are; those that are not there follow the one that comes before them. */
function fieldEdits(text: string, written: YAMLMap, entry: LockEntry): Edit[] {
  const edits: Edit[] = [];
  let end = rangeOf(written, 'file')?.end ?? 0;
  let added = '';
  const flush = (): void => {
    if (added !== '') edits.push({ start: end, end, text: added });
    added = '';
  };
  for (const key of KEYS.slice(1)) {
    const value = entry[key];
    const range = rangeOf(written, key);
    if (range !== undefined) {
      flush();
      if (value !== undefined) edits.push({ ...range, text: JSON.stringify(value) });
      end = range.end;
    } else if (value !== undefined) {
      added += `,${spaceIn(text, written)}"${key}": ${JSON.stringify(value)}`;
    }
  }
  flush();
  return edits;
}

function rangeOf(map: YAMLMap, key: string): { readonly start: number; readonly end: number } | undefined {
  const pair = map.items.find((item) => isScalar(item.key) && item.key.value === key);
  return spanOf(pair?.value);
}

function spanOf(node: unknown): { readonly start: number; readonly end: number } | undefined {
  const range = Object(node).range as readonly [number, number, number] | undefined; // of a parsed node
  return range && { start: range[0], end: range[1] };
}

/** What stands before the first field: a line end and its indent, or a space. */
function spaceIn(text: string, map: YAMLMap): string {
  const first = spanOf(map.items[0]?.key)?.start ?? 0;
  return /\{(\s*)$/.exec(text.slice(0, first))?.[1] || ' ';
}

function additions(specs: YAMLSeq, fresh: readonly LockEntry[]): Edit {
  const written = fresh.map((entry) => JSON.stringify(entry, null, 2).replaceAll('\n', '\n    '));
  const last = spanOf(specs.items.at(-1));
  if (last !== undefined) {
    return { start: last.end, end: last.end, text: written.map((entry) => `,\n    ${entry}`).join('') };
  }
  return { ...(spanOf(specs) ?? { start: 0, end: 0 }), text: `[\n    ${written.join(',\n    ')}\n  ]` };
}
