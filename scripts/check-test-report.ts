/**
 * Reads vitest's JSON report, names what was skipped, and closes with a line that people and machines can read:
 * `123 passed, 0 failed`.
 *
 *     tsx scripts/check-test-report.ts <report.json> [--may-skip <part of a test's name>]...
 *
 * A test may be skipped only where `--may-skip` says so. Exit code 0: tests ran and all passed; 1: some failed, were skipped or left to do, or none ran; 2: wrong usage.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const usage = "Usage: tsx scripts/check-test-report.ts <report.json> [--may-skip <part of a test's name>]...\n";

function readArguments(): { file: string; maySkip: string[] } {
  try {
    const options = { 'may-skip': { type: 'string', multiple: true } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [file, ...rest] = positionals;
    if (file !== undefined && rest.length === 0) return { file, maySkip: values['may-skip'] ?? [] };
  } catch {
    // An unknown option: the usage says which there are.
  }
  process.stderr.write(usage);
  process.exit(2);
}

const { file, maySkip } = readArguments();
// vitest wrote the report; a part that is missing stops this script, and so the run.
const report = JSON.parse(readFileSync(file, 'utf8')) as TestReport;
const results = report.testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ fullName, status }) => ({ place: `${name}: ${fullName}`, status })),
);
const passed = results.filter(({ status }) => status === 'passed').length;
const failed = results.filter(({ status }) => status === 'failed').length;
const notRun = results.filter(({ status }) => status !== 'passed' && status !== 'failed');
// A file that cannot be loaded, or whose preparation fails, fails without a single failed test in it.
const brokenFiles = report.testResults.filter(
  ({ status, assertionResults }) =>
    status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
);

const excused = notRun.filter(({ place }) => maySkip.some((part) => place.includes(part)));

for (const result of notRun) {
  const excuse = excused.includes(result) ? ', as it may' : '';
  process.stderr.write(`not run (${result.status}${excuse}): ${result.place}\n`);
}
for (const { name, message } of brokenFiles) process.stderr.write(`failed as a whole: ${name}: ${message}\n`);
process.stdout.write(`${passed} passed, ${failed + brokenFiles.length} failed\n`);
const well = report.success && passed > 0 && failed + brokenFiles.length + notRun.length - excused.length === 0;
process.exitCode = well ? 0 : 1;
