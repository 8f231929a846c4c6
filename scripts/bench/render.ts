import type { BenchReport, Gate, Ratio, Row, Spread } from './frame.ts';

/** The report as tables, for people. */
export function renderReport({ bench, node, versions, rows, ratios, gates }: BenchReport): string {
  const known = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${bench}: Node ${node}, ${known.join(', ')}`,
    table(['measured', 'variant', 'unit', 'median', 'min', 'q1', 'q3', 'max'], rows.map(rowCells)),
    table(['ratio', 'ours : peer', 'of', 'median', 'min', 'q1', 'q3', 'max', 'pairs'], ratios.map(ratioCells)),
    table(['gate', 'value', 'bound', ''], gates.map(gateCells)),
  ].join('\n\n');
}

function rowCells(row: Row): string[] {
  return [row.name, row.variant, row.unit, ...spreadCells(row, row.unit === 'ms' ? 1 : 0)];
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
