import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Finished, root, run } from './scratch-app.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-checks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function check(script: string, files: Record<string, string>, args: readonly string[]): Promise<Finished> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return run(process.execPath, ['--import', 'tsx', join(root, 'scripts', script), ...args], root);
}

test('a file past 300 lines gives its reason at the top, not elsewhere', async () => {
  const lines = (count: number): string => 'export {};\n'.repeat(count);
  const files = {
    'size/a/at-the-limit.ts': lines(300),
    'size/a/too-long.ts': lines(301),
    'size/a/reason.ts': `/**\n * The table.\n * Long because: one table is read in one piece.\n */\n${lines(301)}`,
    'size/a/no-reason.ts': `// Long because:\n${lines(301)}`,
    'size/b/reason-too-late.ts': `${lines(301)}// Long because: it came late.\n`,
  };
  const { code, stderr } = await check('check-file-size.ts', files, [join(folder, 'size')]);
  expect(code).toBe(1);
  expect(stderr.match(/[\w-]+\.ts: \d+ lines/g)).toEqual([
    'no-reason.ts: 302 lines',
    'too-long.ts: 301 lines',
    'reason-too-late.ts: 302 lines',
  ]);
  expect(await check('check-file-size.ts', { 'short/a.ts': lines(3) }, [join(folder, 'short')])).toMatchObject({
    code: 0,
  });
});

test('a string that names the specs folder is found, a comment or another word is not', async () => {
  const files = {
    'specs/a.ts': "import { readFileSync } from 'node:fs';\nreadFileSync('../specs/pulse-crm.openapi.yaml');\n",
    'specs/b.ts': 'export const at = (root: string) => `$' + '{root}/specs`;\n',
    'specs/c.ts': "// Source: specs/pulse-crm.openapi.yaml\nexport const word = 'respects/all';\n",
  };
  const { code, stderr } = await check('check-spec-readers.ts', files, [join(folder, 'specs')]);
  expect(code).toBe(1);
  expect(stderr.match(/\w\.ts:\d+/g)).toEqual(['a.ts:2', 'b.ts:1']);
});

const file = (name: string, ...results: [fullName: string, status: string][]) => ({
  name,
  status: results.some(([, status]) => status === 'failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: results.map(([fullName, status]) => ({ fullName, status })),
});

test.each([
  ['all passed', [file('a', ['x', 'passed'], ['y', 'passed'])], [], 0, '2 passed, 0 failed'],
  ['one failed', [file('a', ['x', 'passed'], ['y', 'failed'])], [], 1, '1 passed, 1 failed'],
  ['one skipped', [file('a', ['x', 'passed'], ['y z', 'skipped'])], [], 1, '1 passed, 0 failed'],
  [
    'one skipped that may be',
    [file('a', ['x', 'passed'], ['y z', 'skipped'])],
    ['--may-skip', 'y z'],
    0,
    '1 passed, 0 failed',
  ],
  ['one left to do', [file('a', ['x', 'passed'], ['y', 'todo'])], [], 1, '1 passed, 0 failed'],
  [
    'a file that does not load',
    [file('a', ['x', 'passed']), { ...file('b'), status: 'failed' }],
    [],
    1,
    '1 passed, 1 failed',
  ],
  ['no tests', [], [], 1, '0 passed, 0 failed'],
] as const)('the closing line and exit code of a report: %s', async (name, testResults, args, expected, line) => {
  const report = JSON.stringify({ success: testResults.every(({ status }) => status === 'passed'), testResults });
  const path = `${name.replaceAll(' ', '-')}.json`;
  const { code, stdout } = await check('check-test-report.ts', { [path]: report }, [join(folder, path), ...args]);
  expect({ code, stdout }).toEqual({ code: expected, stdout: `${line}\n` });
});
