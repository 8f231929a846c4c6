import { renderMarkdown } from '../diff/index.ts';
import { inCode, withoutCalls } from './markdown.ts';
import type { RegenerateResult } from './result.ts';
import { commandLine } from './run-command.ts';

/** What was done, as the text of a pull request. */
export function summaryOf(result: RegenerateResult): string {
  const { specs, files, checks, label, skippedChecks } = result;
  const blocks = [`Suggested version: **${label}**.`];
  for (const { spec, state, diff, skipped, untaken } of specs) {
    if (state === 'same') continue;
    const title = `## \`${spec.system}\``;
    blocks.push(
      state === 'new'
        ? `${title}\n\nA new spec.`
        : `${title}\n\n${diff === undefined ? '' : withoutCalls(lower(renderMarkdown(diff)))}`,
    );
    if (skipped.length > 0) {
      blocks.push(
        listUnder('For the comparison, these actions of overlays were left out of the spec as it was:', skipped),
      );
    }
    if (untaken.length > 0) {
      blocks.push(listUnder('The spec refers to these files, which were not taken from its source:', untaken));
    }
  }
  if (files.length > 0)
    blocks.push(
      ['## Generated files', '', ...files.map(({ file, state }) => `- \`${file}\`: ${words[state]}`)].join('\n'),
    );
  const lines = checks.map(
    ({ command, problem }) =>
      `- \`${commandLine(command)}\`: ${problem === undefined ? 'passed' : `**failed**: ${problem}`}`,
  );
  const missed = skippedChecks.map((command) => `- \`${commandLine(command)}\`: not run`);
  if (lines.length + missed.length > 0) blocks.push(['## Checks', '', ...lines, ...missed].join('\n'));
  return `${blocks.map((block) => block.trim()).join('\n\n')}\n`;
}

const words = { missing: 'created', different: 'updated', extra: 'removed', same: 'unchanged' } as const;

function listUnder(title: string, texts: readonly string[]): string {
  return [title, '', ...texts.map(inCode).map((text) => `- ${text}`)].join('\n');
}

/** Headings of the comparison stand below that of its system. */
function lower(markdown: string): string {
  return markdown.replaceAll(/^### /gm, '#### ');
}
