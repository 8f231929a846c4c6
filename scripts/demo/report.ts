import type { DemoResult, DemoRow } from './run.ts';

/** Calls that each of the first three parts makes. */
const CALLS = 3;

/** Where a row is not what the package promises, in words; empty if it is. */
export function complaintsAbout({
  system,
  firstProcess,
  secondProcess,
  afterExpiry,
  wrongPassword,
}: DemoRow): string[] {
  const expectations: [string, unknown, unknown][] = [
    ['calls of the first process', firstProcess.calls, CALLS],
    ['logins of the first process', firstProcess.logins, 1],
    ['calls of the second process', secondProcess.calls, CALLS],
    ['logins of the second process', secondProcess.logins, 0],
    ['calls after the session was ended', afterExpiry.calls, CALLS],
    ['logins after the session was ended', afterExpiry.logins, 1],
    ['whether a call was replayed', afterExpiry.replays >= 1, true],
    ['attempts with the wrong password', wrongPassword.attempts, 2],
    ['logins with the wrong password', wrongPassword.logins, 1],
    ['the error of the first attempt', wrongPassword.error, 'LoginDeniedError'],
  ];
  return expectations
    .filter(([, found, expected]) => found !== expected)
    .map(([what, found, expected]) => `${system}: ${what}: ${found}, not ${expected}`);
}

type Line = readonly string[];

const TITLES: Line = ['system', 'part', 'calls', 'logins', 'replays', 'session kept in', 'errors'];
const NUMBERS: Line = ['calls', 'logins', 'replays'];

/** Everything in a table, and below it where the sessions were and who could read them. */
export function tableOf(results: readonly DemoResult[]): string {
  const lines = results.flatMap(linesOf);
  const widths = TITLES.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  const aligned = (line: Line): string =>
    line
      .map((cell, column) => alignedCell(cell, column, widths))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width));
  const stores = new Set(
    results.map(
      ({ store }) => `Kept in a ${store.kind} store: ${store.location} (removed by now)\n${store.protection}`,
    ),
  );
  return `${[TITLES, rule, ...lines].map(aligned).join('\n')}\n\n${[...stores].join('\n')}\n`;
}

function alignedCell(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return NUMBERS.includes(TITLES[column] ?? '') ? cell.padStart(width) : cell.padEnd(width);
}

function linesOf({ row, parts, store }: DemoResult): Line[] {
  const [cipher] = store.protection.split(',');
  return parts.map(({ name, attempts, logins, replays, errors }, index) => [
    index === 0 ? row.system : '',
    name,
    String(attempts),
    String(logins),
    String(replays),
    `${store.kind}, ${cipher}`,
    errors.map((error) => error.name).join(', then '),
  ]);
}
