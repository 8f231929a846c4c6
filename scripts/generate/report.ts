import { join } from 'node:path';
import type { ComparedFile, FileState } from './output.ts';
import { displayPath } from './spec-files.ts';

/** What was found, and done unless only a check was asked for. */
export interface GenerateResult {
  /** False only when a check found drift. */
  readonly ok: boolean;
  readonly isCheck: boolean;
  readonly out: string;
  /** Every file of the systems, as it was found before anything was written. */
  readonly files: readonly ComparedFile[];
  /** What is odd about the specs, or could not be kept, and did not stop the work: each with file, line and place. */
  readonly remarks: readonly string[];
}

const done: Record<FileState, string> = {
  same: 'unchanged',
  missing: 'created',
  different: 'updated',
  extra: 'removed',
};

/** A result in lines for people: what was written, or what is stale and which spec says so. */
export function describeResult({ isCheck, out, files }: GenerateResult): string[] {
  const changed = files.filter(({ state }) => state !== 'same');
  const count = new Set(files.map(({ system }) => system)).size;
  const systems = `${count} ${count === 1 ? 'system' : 'systems'}`;
  if (!isCheck) {
    const lines = changed.map(({ file, state }) => `${done[state]} ${displayPath(join(out, file))}`);
    return [...lines, `${files.length} files of ${systems}: ${changed.length} changed`];
  }
  if (changed.length === 0) return [`${files.length} files of ${systems} are up to date`];
  const lines = changed.map((file) => `${displayPath(join(out, file.file))}: ${reason(file)}`);
  return [
    ...lines,
    `${changed.length} of ${files.length} files are stale: run the same without --check (npm run generate in a clone), and commit what it writes`,
  ];
}

function reason({ state, spec }: ComparedFile): string {
  if (spec === null) return 'its spec is gone';
  if (state === 'missing') return `missing; ${spec} gives it`;
  return state === 'extra' ? `extra; ${spec} does not give it` : `differs from what ${spec} gives`;
}
