/**
 * Reads vitest's JSON report, names what was skipped, and closes with a line that people and machines can read:
 * `123 passed, 0 failed`.
 *
 *     tsx scripts/check-test-report.ts <report.json>
 *
 * Exit code 0: tests ran and all passed; 1: some failed, were skipped or left to do, or none ran; 2: wrong usage.
 */
import { readFileSync } from 'node:fs';

interface TestReport {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const [file, ...rest] = process.argv.slice(2);
if (file === undefined || rest.length > 0) {
  process.stderr.write('Usage: tsx scripts/check-test-report.ts <report.json>\n');
  process.exit(2);
}

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

for (const { place, status } of notRun) process.stderr.write(`not run (${status}): ${place}\n`);
for (const { name, message } of brokenFiles) process.stderr.write(`failed as a whole: ${name}: ${message}\n`);
process.stdout.write(`${passed} passed, ${failed + brokenFiles.length} failed\n`);
const well = report.success && passed > 0 && failed + brokenFiles.length + notRun.length === 0;
process.exitCode = well ? 0 : 1;
