import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

/**
 * A small tree with the folders of this project, in which each rule of the dependency check is broken once. The real tree
 * is judged by `npm run check:layers`; this shows that its silence means something.
 */
const root = join(import.meta.dirname, '../..');
const configFile = join(root, '.dependency-cruiser.cjs');
const command = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

const lawful: Record<string, string> = {
  'package.json': JSON.stringify({
    name: 'scratch',
    type: 'module',
    dependencies: { commander: '1', 'openapi-fetch': '1', saxes: '1' },
    peerDependencies: { ajv: '1', msw: '1' },
    peerDependenciesMeta: { ajv: { optional: true }, msw: { optional: true } },
    devDependencies: { ajv: '1', axios: '1', msw: '1' },
  }),
  'tsconfig.json': '{"compilerOptions":{"module":"NodeNext","allowImportingTsExtensions":true,"noEmit":true}}',
  'specs/pulse-crm.json': '{}',
  'generated/pulse-crm/types.ts': 'export type Paths = object;',
  'generated/pulse-crm/login-validators.ts': "import type { Paths } from './types.ts'; export type Login = Paths;",
  'generated/pulse-crm/validators.ts': 'export type All = object;',
  'generated/zuora-soap/table.ts': 'export const table = {};',
  'src/redact.ts': 'export const redact = 1;',
  'src/errors.ts': "import { redact } from './redact.ts'; export const errors = redact;",
  'src/events.ts': "import { errors } from './errors.ts'; export const events = errors;",
  'src/stores/memory.ts': "import { errors } from '../errors.ts'; export const memory = errors;",
  'src/keeper/keeper.ts': "import { memory } from '../stores/memory.ts'; export const keeper = memory;",
  'src/transport/send.ts': "import { keeper } from '../keeper/keeper.ts'; export const send = keeper;",
  'src/transport/soap-reader.ts': "import saxes from 'saxes'; export type Read = object; export const read = saxes;",
  'src/transport/soap-call.ts':
    "import type { Read } from './soap-reader.ts'; export const call = (): Promise<Read> => import('./soap-reader.ts');",
  'src/sandbox/soap-reader.ts': "import saxes from 'saxes'; export const read = saxes;",
  'src/systems/client-options.ts': 'export type ClientOptions = object;',
  'src/systems/pulse-crm.ts':
    "import create from 'openapi-fetch'; import type { Login } from '../../generated/pulse-crm/login-validators.ts';" +
    "import { send } from '../transport/send.ts'; export const pulse = (_: Login): unknown => create(send);",
  'src/systems/zuora-soap.ts': "import { call } from '../transport/soap-call.ts'; export const soap = call;",
  'src/index.ts':
    "export type { ClientOptions } from './systems/client-options.ts'; export { errors } from './errors.ts';",
  'src/sandbox/index.ts':
    "import { createServer } from 'node:http'; import type { Paths } from '../../generated/pulse-crm/types.ts';" +
    "import { errors } from '../errors.ts'; export const box = (_: Paths): unknown => createServer(errors);",
  'src/sandbox/msw.ts':
    "import { http } from 'msw'; import { box } from './index.ts'; export const handlers = [http, box];",
  'src/contract/run.ts': "import { send } from '../transport/send.ts'; export const run = send;",
  'src/cli/main.ts':
    "import { Command } from 'commander'; import { generate } from '../../scripts/generate/main.ts';" +
    "import { pulse } from '../systems/pulse-crm.ts'; import { box } from '../sandbox/index.ts';" +
    'export const main = [Command, generate, pulse, box];',
  'scripts/generate/main.ts': "import ajv from 'ajv'; export const generate = ajv;",
  'scripts/demo.ts':
    "import axios from 'axios'; import spec from '../specs/pulse-crm.json' with { type: 'json' };" +
    "import { pulse } from '../src/systems/pulse-crm.ts'; import { box } from '../src/sandbox/index.ts';" +
    'export const demo = [axios, spec, pulse, box];',
  'dist/main.js': 'export const built = 1;',
  'test/a.test.ts': "import { box } from '../src/sandbox/index.ts'; export const used = box;",
  ...Object.fromEntries(
    ['ajv', 'axios', 'commander', 'hitchhiker', 'msw', 'openapi-fetch', 'saxes'].flatMap((name) => [
      [
        `node_modules/${name}/package.json`,
        JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'index.js' }),
      ],
      [`node_modules/${name}/index.js`, 'export default 1;'],
    ]),
  ),
};

/** One row per rule: the rule, the file that breaks it, what that file imports. */
const breaches: readonly (readonly [rule: string, file: string, code: string])[] = [
  ['no-cycles', 'src/keeper/c.ts', "import { d } from './d.ts'; export const c = d;"],
  ['no-type-cycles', 'src/keeper/a.ts', "import { b } from './b.ts'; export type A = typeof b;"],
  ['base-imports-base', 'src/redact.ts', "export { memory } from './stores/memory.ts';"],
  ['stores-import-base', 'src/stores/x.ts', "export type { keeper } from '../keeper/keeper.ts';"],
  ['keeper-imports-stores', 'src/keeper/x.ts', "export { send } from '../transport/send.ts';"],
  [
    'transport-imports-keeper',
    'src/transport/x.ts',
    "export type { Paths } from '../../generated/pulse-crm/types.ts';",
  ],
  ['systems-import-transport', 'src/systems/x.ts', "export { box } from '../sandbox/index.ts';"],
  ['index-imports-no-system', 'src/index.ts', "export { pulse } from './systems/pulse-crm.ts';"],
  ['contract-imports-transport', 'src/contract/x.ts', "export { box } from '../sandbox/index.ts';"],
  ['sandbox-imports-generated', 'src/sandbox/x.ts', "export { send } from '../transport/send.ts';"],
  ['cli-imports-published-code', 'src/cli/x.ts', "export { demo } from '../../scripts/demo.ts';"],
  ['generator-stands-alone', 'scripts/generate/x.ts', "export { errors } from '../../src/errors.ts';"],
  ['scripts-import-systems-and-sandbox', 'scripts/x.ts', "export { main } from '../src/cli/main.ts';"],
  ['cli-docs-read-the-command', 'scripts/cli-docs/x.ts', "export { demo } from '../../src/keeper/keeper.ts';"],
  ['generated-imports-nothing', 'generated/pulse-crm/x.ts', "export { table } from '../zuora-soap/table.ts';"],
  ['generated-imports-nothing', 'generated/zuora-soap/x.ts', "export { default } from 'ajv';"],
  [
    'only-scripts-read-specs',
    'src/cli/spec.ts',
    "import s from '../../specs/pulse-crm.json' with { type: 'json' }; s;",
  ],
  ['product-imports-no-test', 'src/keeper/t.ts', "export { used } from '../../test/a.test.ts';"],
  ['nothing-imports-the-build', 'test/b.test.ts', "export { built } from '../dist/main.js';"],
  ['rest-systems-reach-no-xml', 'src/systems/zuora-rest.ts', "export { soap } from './zuora.ts';"],
  [
    'systems-load-login-validators-only',
    'src/systems/v.ts',
    "export type { All } from '../../generated/pulse-crm/validators.ts';",
  ],
  ['xml-parser-loads-late', 'src/transport/soap-x.ts', "export { read } from './soap-reader.ts';"],
  ['saxes-in-soap-readers-only', 'src/transport/y.ts', "export const early = import('saxes');"],
  ['openapi-fetch-in-systems-only', 'src/transport/z.ts', "export { default } from 'openapi-fetch';"],
  ['commander-in-cli-only', 'src/systems/c.ts', "export { default } from 'commander';"],
  ['sandbox-needs-saxes-at-most', 'src/sandbox/s.ts', "export { default } from 'msw';"],
  ['msw-adapter-uses-msw-only', 'src/sandbox/msw.ts', "export { default } from 'ajv';"],
  ['published-code-uses-declared-packages', 'src/keeper/p.ts', "export { default } from 'axios';"],
  ['no-undeclared-packages', 'scripts/u.ts', "export { default } from 'hitchhiker';"],
  ['everything-resolves', 'scripts/r.ts', "export { gone } from './gone.ts';"],
];

/** The other half of the breaches that take two files. */
const accomplices: Record<string, string> = {
  'src/keeper/b.ts': "import type { A } from './a.ts'; export const b = (_: A): number => 1;",
  'src/keeper/d.ts': "import { c } from './c.ts'; export const d = c;",
  'src/systems/zuora.ts': "export { call as soap } from '../transport/soap-call.ts';",
};

interface Finding {
  readonly rule: string;
  readonly from: string;
}

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'latchkey-layers-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function cruise(name: string, files: Record<string, string>): Promise<Finding[]> {
  const tree = join(scratch, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), `${text}\n`);
  }
  const args = [command, 'src', 'scripts', 'generated', 'test', '--config', configFile, '--output-type', 'json'];
  const json = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, args, { cwd: tree, maxBuffer: 64 << 20 }, (error, stdout) =>
      stdout === '' ? reject(error ?? new Error('no output')) : resolve(stdout),
    );
  });
  // The shape is dependency-cruiser's documented result; a wrong guess makes the expectations below fail.
  const result = JSON.parse(json) as { summary: { violations: { from: string; rule: { name: string } }[] } };
  return result.summary.violations.map(({ from, rule }) => ({ rule: rule.name, from }));
}

test('a tree that keeps the rules passes', { timeout: 60_000 }, async () => {
  expect(await cruise('lawful', lawful)).toEqual([]);
});

test('each rule is broken by its breach', { timeout: 60_000 }, async () => {
  const broken = { ...lawful, ...accomplices };
  for (const [, file, code] of breaches) broken[file] = `${broken[file] ?? ''}\n${code}`;
  const found = await cruise('broken', broken);
  const unseen = breaches.filter(
    ([rule, from]) => !found.some((finding) => finding.rule === rule && finding.from === from),
  );
  expect(unseen).toEqual([]);
});

test('no rule is without its breach', () => {
  const { forbidden } = createRequire(import.meta.url)(configFile) as { forbidden: { name: string }[] };
  const names = forbidden.map(({ name }) => name);
  expect(names.length).toBeGreaterThan(20);
  expect([...new Set(breaches.map(([rule]) => rule))].sort()).toEqual(names.sort());
});
