import { renderTable } from '../diff/index.ts';
import type { RegenerateResult } from './result.ts';
import { commandLine } from './run-command.ts';

const done = { missing: 'created', different: 'updated', extra: 'removed', same: 'unchanged' } as const;

/** A result in lines for people; the last one says it all. */
export function describeRegenerated(result: RegenerateResult, isFetchOnly: boolean): string[] {
  const { specs, files, checks, skippedChecks, changelog, summary, branch } = result;
  const lines: string[] = [];
  for (const { spec, state, diff, skipped, untaken } of specs) {
    if (state === 'same') continue;
    lines.push(`${spec.system} (${spec.specFile}): ${state}`);
    if (diff !== undefined) lines.push(renderTable(diff), '');
    for (const what of skipped) lines.push(`left out of the spec as it was: ${what}`);
    if (untaken.length > 0) lines.push(`not taken from the source, used as they are on disk: ${untaken.join(', ')}`);
  }
  for (const { file, state } of files) lines.push(`${done[state]} ${file}`);
  for (const { command, problem } of checks) lines.push(`${commandLine(command)}: ${problem ?? 'passed'}`);
  for (const command of skippedChecks) lines.push(`${commandLine(command)}: not run`);
  if (changelog !== undefined) lines.push(`changes written to ${changelog}`);
  if (summary !== undefined) lines.push(`summary written to ${summary}`);
  if (branch !== undefined) lines.push(`branch ${branch.name}, commit ${branch.commit}`);
  return [...lines, conclusion(result, isFetchOnly)];
}

function conclusion({ specs, files, isChanged, checks, label }: RegenerateResult, isFetchOnly: boolean): string {
  if (!isChanged) return isFetchOnly ? nothingTaken(specs.length) : 'Nothing changed';
  const count = specs.filter(({ state }) => state !== 'same').length;
  const changed = `${count} of ${specs.length} ${specs.length === 1 ? 'spec' : 'specs'} changed`;
  if (isFetchOnly) return `${changed}; nothing was generated. Suggested version: ${label}`;
  const failed = checks.find(({ problem }) => problem !== undefined);
  const work = `${changed}, ${files.length} generated ${files.length === 1 ? 'file' : 'files'} written`;
  if (failed === undefined) return `${work}. Suggested version: ${label}`;
  return `${commandLine(failed.command)} failed with what was generated: ${failed.problem}. ${work}, and left for you to look at`;
}

function nothingTaken(count: number): string {
  return count === 0
    ? 'Nothing to take: no spec says where it is fetched from'
    : 'Nothing to take: every spec is as its source has it';
}
