import type { CommandDefinition, Entry, VerbDefinition } from './command-tree.ts';

/** Where the options of every verb that uses a session are told of. */
const SESSION_OPTIONS = '[options of a session](#options-of-a-session)';

/** A table of Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`.replaceAll(/ {2,}/g, ' ');
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** A text as a cell of a table, where nothing of it is markup. */
export function cell(text: string): string {
  return text.replaceAll(/[|*<>_]/g, (mark) => (mark === '<' ? '&lt;' : mark === '>' ? '&gt;' : `\\${mark}`));
}

/** What is inserted for a verb: its usage, arguments, options and examples. */
export function verbBlock({ usage, args, options, usesSession, examples, summary }: VerbDefinition): string {
  const rows = [...args, ...options];
  const hasDefaults = rows.some(({ fallback }) => fallback !== '');
  const hasTable = rows.length > 0;
  return [
    `${sentence(summary)}\n`,
    `\`\`\`\n${usage}\n\`\`\`\n`,
    ...(hasTable ? [`${entryTable(rows, hasDefaults)}\n`] : []),
    ...(usesSession ? [`${hasTable ? 'And the' : 'It has the'} ${SESSION_OPTIONS}.\n`] : []),
    ...(examples.length > 0 ? [`\`\`\`sh\n${examples.join('\n')}\n\`\`\`\n`] : []),
  ].join('\n');
}

/** The table of the options that all verbs of a session have. */
export function sessionBlock({ sessionOptions }: CommandDefinition): string {
  return `${entryTable(sessionOptions, false)}\n`;
}

/** The table of all verbs. `linkTo` gives the address of a verb's section. */
export function verbsBlock({ verbs, first }: CommandDefinition, linkTo: (path: string) => string): string {
  const rows = first.flatMap(({ name, summary }) => {
    const own = verbs.filter(({ path }) => path === name || path.startsWith(`${name} `));
    const isGroup = own.some(({ path }) => path !== name);
    const links = own.map(({ path }) => `[\`${path.slice(isGroup ? name.length + 1 : 0)}\`](${linkTo(path)})`);
    return [[isGroup ? `\`${name}\` ${links.join(' · ')}` : links.join(''), cell(summary)]];
  });
  return `${table(['verb', 'what it does'], rows)}\n`;
}

function entryTable(entries: readonly Entry[], hasDefaults: boolean): string {
  const rows = entries.map(({ term, meaning, fallback }) => [
    `\`${term.replaceAll('|', '\\|')}\``,
    ...(hasDefaults ? [cell(fallback)] : []),
    cell(meaning),
  ]);
  return table(['', ...(hasDefaults ? ['default'] : []), 'meaning'], rows);
}

function sentence(text: string): string {
  const [first = '', ...rest] = cell(text);
  return `${first.toUpperCase()}${rest.join('')}.`;
}
