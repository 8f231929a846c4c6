import type { BenchReport, Gate, Ratio, Row, Spread, Unit } from './frame.ts';

/** Digits after the point. */
const DIGITS: Readonly<Record<Unit, number>> = { 'calls/s': 0, ms: 2, us: 2, logins: 0, bytes: 0 };

/** The report as tables, for people. */
export function renderReport({ bench, node, versions, rows, ratios, gates, missing }: BenchReport): string {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const tables = [
    table(['measured', 'variant', 'unit', 'median', 'min', 'q1', 'q3', 'max', 'rounds'], rows.map(rowCells)),
    table(['ratio', 'ours : peer', 'of', 'median', 'min', 'q1', 'q3', 'max', 'pairs'], ratios.map(ratioCells)),
    table(['gate', 'value', 'bound', ''], gates.map(gateCells)),
  ];
  return [`${bench}: Node ${node}, ${known.join(', ')}`, ...tables.filter((text) => text !== ''), ...missing].join(
    '\n\n',
  );
}

function rowCells(row: Row): string[] {
  return [row.name, row.variant, row.unit, ...spreadCells(row, DIGITS[row.unit]), String(row.rounds)];
}

function ratioCells(ratio: Ratio): string[] {
  return [ratio.name, `${ratio.ours} : ${ratio.peer}`, ratio.unit, ...spreadCells(ratio, 3), String(ratio.pairs)];
}

function gateCells({ name, value, bound, ok }: Gate): string[] {
  return [name, value.toFixed(3), String(bound), ok ? 'ok' : 'MISSED'];
}

function spreadCells({ median, min, q1, q3, max }: Spread, digits: number): string[] {
  return [median, min, q1, q3, max].map((value) => value.toFixed(digits));
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  if (lines.length === 0) return '';
  const widths = head.map((title, column) =>
    Math.max(...[head, ...lines].map((line) => line[column]?.length ?? 0), title.length),
  );
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
