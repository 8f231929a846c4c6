import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.ts';
import { createScratchApp, type Finished, run, type ScratchApp } from './scratch-app.ts';

/** The versions of Node that the package is for; each is had from the registry, or from npm's cache. */
const NODES = ['20', '22', '24', '26'];
const LONGEST_START_MS = 60_000;

let app: ScratchApp;
let scratch: string;
const nodes = new Map<string, string>();

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'latchkey-pack-cli-'));
  app = await createScratchApp();
  // One after the other: npm locks what it fetches.
  for (const version of NODES) nodes.set(version, await nodeOf(version));
}, 400_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

/** The program itself: npx would be most of each start. */
async function nodeOf(version: string): Promise<string> {
  const args = ['--yes', '--prefer-offline', '--package', `node@${version}`, 'node', '-p', 'process.execPath'];
  // Not in the app: npx would look for the package there.
  const { code, stdout, stderr } = await run('npx', args, scratch);
  if (code !== 0) throw new Error(`there is no Node ${version}: ${stderr}`);
  return stdout.trim();
}

const main = (): string => join(app.installed, 'dist/cli/main.cjs');

function latchkey(version: string, args: readonly string[]): Promise<Finished> {
  const home = join(scratch, `home-${version}`);
  // A pipe that nobody closes would keep a verb waiting that reads stdin.
  const script = 'export CI= LATCHKEY_KEYCHAIN=off; exec "$@" < /dev/null';
  return run('sh', ['-c', script, 'sh', nodes.get(version) ?? '', main(), ...args], app.folder, home);
}

/** What a verb is asked for to see that it works, and how it may end. */
const trials: Readonly<Record<string, { readonly args: readonly string[]; readonly ends: readonly number[] }>> = {
  auth: { args: ['auth', 'list'], ends: [0] },
  call: { args: ['call', 'pulse-crm', '--list'], ends: [0] },
  exec: { args: ['exec', 'pulse-crm', '--', 'true'], ends: [4] },
  'credential-helper': { args: ['credential-helper'], ends: [2] },
  init: { args: ['init', '--no-input'], ends: [2] },
  doctor: { args: ['doctor'], ends: [0, 1] },
  sandbox: { args: ['sandbox', '--port', '99999'], ends: [2] },
  generate: { args: ['generate', '--openapi', 'node_modules/latchkey/specs/pulse-crm.openapi.yaml'], ends: [1] },
  regenerate: { args: ['regenerate', '--no-fetch'], ends: [1, 2] },
  diff: {
    args: ['diff', 'node_modules/latchkey/specs/zuora-soap.wsdl', 'node_modules/latchkey/specs/zuora-soap.wsdl'],
    ends: [0],
  },
  contract: { args: ['contract', '--system', 'zuora-soap'], ends: [0, 1] },
  completion: { args: ['completion', 'bash'], ends: [0] },
};

describe.each(NODES)('the installed command on Node %s', (version) => {
  test('is run by that Node, and tells version and verbs', { timeout: 60_000 }, async () => {
    const { stdout: running } = await promisify(execFile)(nodes.get(version) ?? '', ['--version']);
    expect(running).toMatch(new RegExp(`^v${version}\\.`));
    expect(await latchkey(version, ['--version'])).toMatchObject({ code: 0, stdout: `${app.manifest.version}\n` });
    const { code, stdout } = await latchkey(version, ['--help']);
    expect(code).toBe(0);
    for (const { name } of verbs) expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });

  test.each(verbs.map(({ name }) => name))('%s works, or names what it misses', { timeout: 60_000 }, async (name) => {
    expect(await latchkey(version, [name, '--help'])).toMatchObject({ code: 0, stderr: '' });
    const trial = trials[name];
    expect(trial, 'a new verb needs a trial here').toBeDefined();
    const { code, stdout } = await latchkey(version, [
      ...(trial?.args ?? []).slice(0, 1),
      '--json',
      ...(trial?.args ?? []).slice(1),
    ]);
    expect(trial?.ends, stdout).toContain(code);
    const document: { code?: string; message?: string; ok?: boolean } =
      name === 'exec' ? { ok: true } : JSON.parse(stdout);
    // No verb breaks for want of a module: what is not installed is named with how to install it.
    expect(stdout).not.toMatch(/Cannot find (?:module|package)|ERR_MODULE_NOT_FOUND|is not a function/);
    if (name === 'generate') expect(document.code).toBe('ERR_MISSING_PACKAGE');
    if (document.code === 'ERR_MISSING_PACKAGE') expect(document.message).toContain('npm install --save-dev');
  });

  test('has a first minute: sandbox, login, token, status, header', { timeout: 120_000 }, async () => {
    await using sandbox = await openSandbox(version);
    const who = ['pulse-crm', '--base-url', sandbox.url, '--user', 'apiKey-000000000001'];
    const login = spawn(nodes.get(version) ?? '', [main(), 'auth', 'login', ...who, '--password-stdin', '--json'], {
      env: environmentOf(version),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    login.stdin.end('secret-000000000001\n');
    expect(JSON.parse(await textOf(login.stdout))).toMatchObject({ ok: true, isNew: true });
    const token = await latchkey(version, ['auth', 'token', 'pulse-crm']);
    expect(token).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\S+\n$/) });
    const status = await latchkey(version, ['auth', 'status', '--verify', '--json']);
    expect(JSON.parse(status.stdout)).toMatchObject({ ok: true, verified: true, state: 'live' });
    const header = await latchkey(version, ['auth', 'header', 'pulse-crm']);
    expect(header.stdout).toContain(`Authorization: Bearer ${token.stdout.trim()}`);
    expect(await latchkey(version, ['auth', 'logout', 'pulse-crm'])).toMatchObject({ code: 0 });
  });
});

test('the licences of what the command’s file holds come with it', async () => {
  const text = await readFile(join(app.installed, 'dist/cli/LICENSES.txt'), 'utf8');
  for (const name of ['commander', 'openapi-fetch']) expect(text).toMatch(new RegExp(`^${name} \\d+\\.`, 'm'));
});

function environmentOf(version: string): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return { PATH, HOME: join(scratch, `home-${version}`), LATCHKEY_KEYCHAIN: 'off' };
}

async function openSandbox(version: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const child = spawn(nodes.get(version) ?? '', [main(), 'sandbox', '--json'], {
    cwd: app.folder,
    env: environmentOf(version),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the sandbox does not start')), LONGEST_START_MS);
    let text = '';
    child.stdout.on('data', (piece: Buffer) => {
      text += piece.toString();
      const [, found] = /"url": "([^"]+)"/.exec(text) ?? [];
      if (found === undefined) return;
      clearTimeout(late);
      resolve(found);
    });
    ended.then(() => reject(new Error(`the sandbox ended: ${text}`)));
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}
