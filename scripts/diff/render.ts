import { type Bump, type Change, kinds, type Position, type SpecDiff } from './change.ts';
import type { ChangeKind } from './rules.ts';

const TITLES: Readonly<Record<ChangeKind, string>> = {
  'breaking-callers': 'Breaking for callers',
  'breaking-readers': 'Breaking for readers',
  additive: 'Additive',
  documentation: 'Documentation',
};

/** One sentence about the whole comparison. */
export function summarize({ changes, bump, counts }: SpecDiff): string {
  if (changes.length === 0) return 'No changes.';
  const parts = kinds.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${TITLES[kind].toLowerCase()}`);
  return `${changes.length} ${changes.length === 1 ? 'change' : 'changes'}: ${parts.join(', ')}. ${advice(bump)}`;
}

function advice(bump: Bump): string {
  return bump === 'none' ? '' : `Suggested version: ${bump}.`;
}

/** For a terminal: a block for each kind, a line for each change, and below it where it is. */
export function renderTable(diff: SpecDiff): string {
  const blocks = kinds.flatMap((kind) => {
    const changes = diff.changes.filter((change) => change.kind === kind);
    if (changes.length === 0) return [];
    const lines = changes.flatMap((change) => [
      `  ${change.sentence}`,
      `    ${whereIs(change)}  ${change.place}  (${change.rule})`,
      ...reached(change).map((names) => `    in ${names}`),
    ]);
    return [[TITLES[kind], ...lines].join('\n')];
  });
  return printable([...blocks, summarize(diff)].join('\n\n'));
}

/** For a pull request. */
export function renderMarkdown(diff: SpecDiff): string {
  const blocks = kinds.flatMap((kind) => {
    const changes = diff.changes.filter((change) => change.kind === kind);
    if (changes.length === 0) return [];
    const rows = changes.map(
      (change) =>
        `| ${[change.sentence, ...reached(change).map((names) => `In ${names}.`)].map(cell).join(' ')} | ${cell(code(change.place))} | ${cell(whereIs(change))} |`,
    );
    return [[`### ${TITLES[kind]}`, '', '| change | place | line |', '|---|---|---|', ...rows].join('\n')];
  });
  return `${printable([summarize(diff), ...blocks].join('\n\n'))}\n`;
}

/** More names than a person reads at a glance are counted. */
const MOST_NAMED = 5;

/** The operations that a change reaches, where the sentence does not name the only one. */
function reached({ operations = [], sentence }: Change): string[] {
  const [only, second] = operations;
  if (only === undefined || (second === undefined && sentence.includes(only))) return [];
  return [operations.length > MOST_NAMED ? `${operations.length} operations` : operations.join(', ')];
}

function whereIs({ file, line, side }: Position & Pick<Change, 'side'>): string {
  const at = line === undefined ? file : `${file}:${line}`;
  return side === 'old' ? `${at} (old)` : at;
}

function code(text: string): string {
  return `\`${text.replaceAll('`', "'")}\``;
}

function cell(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
    .replaceAll('<', '&lt;');
}

/** Specs are written by others: nothing in them steers a terminal. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to take out
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\uFFFD');
}
