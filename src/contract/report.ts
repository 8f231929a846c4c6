import type { ContractReport, ScenarioOutcome, ScenarioResult, StepFinding } from './run.ts';

/** Lines for people: a row a scenario, its differences below it, and what it comes to. */
export function reportLines({ system, target, outcome, calls, results }: ContractReport): readonly string[] {
  const width = Math.max(0, ...results.map(({ name }) => name.length));
  const lines = [`${system} at ${target}`];
  for (const result of results) {
    const why = result.reason === undefined ? '' : `  ${result.reason}`;
    lines.push(`  ${result.outcome.padEnd(11)} ${result.name.padEnd(width)}${why}`.trimEnd());
    for (const finding of result.findings) lines.push(`    ${sentenceOf(finding)}`);
  }
  const counts = COUNTED.flatMap((kind) => {
    const count = results.filter((result) => result.outcome === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  lines.push(`  ${counts.join(', ') || 'no scenario'} (${calls} calls): ${VERDICTS[outcome]}`);
  return lines;
}

const COUNTED: readonly ScenarioOutcome[] = ['conforms', 'drift', 'violated', 'denied', 'unreachable', 'skipped'];

const VERDICTS: Readonly<Record<ScenarioOutcome, string>> = {
  conforms: 'the service conforms to its spec',
  drift: 'the service does what its spec does not mention',
  violated: 'the service violates its spec',
  denied: 'the service refused the credentials',
  unreachable: 'the service could not be reached',
  skipped: 'nothing was run',
};

function sentenceOf({ operation, step, kind, place, expected, found }: StepFinding): string {
  return `${operation} (step ${step}), ${kind} at ${place}: expected ${expected}, found ${found}`;
}

/** Every difference between services and their specs, once each, by place: for whoever mends a spec, or asks a vendor. */
export function reportMarkdown(reports: readonly ContractReport[]): string {
  const parts = reports.map((report) => {
    const { system, target, startedAt, outcome } = report;
    const heading = `## ${system}\n\n${startedAt}, ${target}: ${VERDICTS[outcome]}.\n`;
    const rows = differencesOf(report).map(
      ({ finding, scenarios }) =>
        `| ${[finding.operation, finding.place, finding.kind, finding.expected, finding.found, scenarios.join(', ')].map(cell).join(' | ')} |`,
    );
    const table = [
      '| operation | place | kind | the spec or scenario says | the service has | seen in |',
      '|---|---|---|---|---|---|',
      ...rows,
    ];
    const differences = rows.length === 0 ? 'No differences.\n' : `${table.join('\n')}\n`;
    const left = report.results.filter((result) => result.reason !== undefined && result.findings.length === 0);
    const notes = left.map(({ name, outcome: what, reason = '' }) => `- ${name}: ${what}, ${text(reason)}`);
    return `${heading}\n${differences}${notes.length === 0 ? '' : `\n${notes.join('\n')}\n`}`;
  });
  return `# Services and their specs\n\n${parts.join('\n')}`;
}

interface Difference {
  readonly finding: StepFinding;
  readonly scenarios: string[];
}

function differencesOf({ results }: ContractReport): readonly Difference[] {
  const differences = new Map<string, Difference>();
  for (const { name, findings } of results) {
    for (const finding of findings) {
      const { operation, place, kind, expected, found } = finding;
      const key = JSON.stringify([operation, place, kind, expected, found]);
      const known = differences.get(key) ?? { finding, scenarios: [] };
      if (!known.scenarios.includes(name)) known.scenarios.push(name);
      differences.set(key, known);
    }
  }
  return [...differences.values()].sort((a, b) => order(a.finding, b.finding));
}

function order(a: StepFinding, b: StepFinding): number {
  const [first, second] = [`${a.operation} ${a.place}`, `${b.operation} ${b.place}`];
  return first < second ? -1 : first > second ? 1 : 0;
}

/** A cell of a table: text that ends no cell and marks nothing up. */
function cell(value: string): string {
  return value.startsWith('/') ? `\`${value.replaceAll('`', "'").replaceAll('|', '\\|')}\`` : text(value);
}

function text(value: string): string {
  return value.replaceAll(/[\r\n]+/g, ' ').replaceAll(/([\\`*_<>|[\]])/g, '\\$1');
}

/** The same as JUnit's XML, which CI systems show: a suite a system, a test case a scenario. */
export function reportJUnit(reports: readonly ContractReport[]): string {
  const suites = reports.map(({ system, target, startedAt, results }) => {
    const cases = results.map((result) => testCase(system, result));
    const count = (...kinds: readonly ScenarioOutcome[]): number =>
      results.filter(({ outcome }) => kinds.includes(outcome)).length;
    const attributes = attributesOf({
      name: `${system} at ${target}`,
      timestamp: startedAt.slice(0, 19),
      tests: results.length,
      failures: count('violated', 'drift'),
      errors: count('denied', 'unreachable'),
      skipped: count('skipped'),
      time: seconds(results.reduce((sum, { tookMs }) => sum + tookMs, 0)),
    });
    return `  <testsuite${attributes}>\n${cases.join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('')}</testsuites>\n`;
}

function testCase(system: string, { name, about, outcome, reason = '', findings, tookMs }: ScenarioResult): string {
  const attributes = attributesOf({ name: `${name}: ${about}`, classname: system, time: seconds(tookMs) });
  if (outcome === 'conforms') return `    <testcase${attributes}/>\n`;
  const element =
    outcome === 'skipped' ? 'skipped' : outcome === 'violated' || outcome === 'drift' ? 'failure' : 'error';
  const [first] = findings;
  const message = reason || (first === undefined ? outcome : sentenceOf(first));
  const type = element === 'skipped' ? {} : { type: outcome };
  const body = escaped(findings.map(sentenceOf).join('\n'));
  return `    <testcase${attributes}>\n      <${element}${attributesOf({ message, ...type })}>${body}</${element}>\n    </testcase>\n`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributesOf(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('"', '&quot;').replaceAll('\n', ' ')}"`)
    .join('');
}

function escaped(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
