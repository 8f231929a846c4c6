import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { hasPeers, python } from '../helpers/peers.ts';
import { ensureBuilt, latchkey, root } from './built.support.ts';
import { openSessionStage, runProgram, type SessionStage } from './session-stage.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

/** The program that stands first under a heading of the document. */
async function recipe(heading: string): Promise<string> {
  const text = await readFile(join(root, 'docs/recipes.md'), 'utf8');
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [, program] = /^```\w+\n(.*?)^```$/ms.exec(section.split('\n## ')[0] ?? '') ?? [];
  return program ?? expect.fail(`docs/recipes.md has no program under "${heading}"`);
}

interface Kitchen {
  readonly env: Readonly<Record<string, string>>;
  /** What curl was given as arguments. */
  curlArguments(): Promise<string>;
}

/** The command on the PATH, as an installed one is; a curl that tells its arguments; and where Pulse is. */
async function kitchenOf({ folder, env, url }: SessionStage): Promise<Kitchen> {
  const log = join(folder, 'curl-arguments');
  const real = await runProgram('/bin/sh', ['-c', 'command -v curl'], { env: { PATH: process.env.PATH ?? '' } });
  const curl = `#!/bin/sh\nprintf '%s\\n' "$@" >> '${log}'\nexec '${real.stdout.trim()}' "$@"\n`;
  await writeFile(join(folder, 'curl'), curl, { mode: 0o700 });
  await symlink(join(root, 'dist', latchkey), join(folder, 'latchkey'));
  const path = [folder, dirname(process.execPath), env.PATH].join(delimiter);
  return { env: { ...env, PATH: path, CRM: url, NO_PROXY: '*' }, curlArguments: () => readFile(log, 'utf8') };
}

describe.skipIf(!hasPeers('recipes for a shell', 'curl'))('recipes for a shell', () => {
  it('use a session by its token and by its header, on one login', async () => {
    await using stage = await openSessionStage();
    const { env, curlArguments } = await kitchenOf(stage);
    const script = join(stage.folder, 'session.sh');
    await writeFile(script, await recipe('A shell script'));
    const { code, stdout, stderr } = await runProgram('/bin/sh', [script], { env });
    const token = await stage.token('pulse-crm');
    expect({ code, stderr }).toEqual({ code: 0, stderr: `The session has ${token.length} characters.\n` });
    expect(JSON.parse(stdout)).toMatchObject({ id: 1001 });
    expect(stage.sandbox.counts('pulse-crm')).toMatchObject({ logins: 1, accepted: 1 });
    expect(await curlArguments()).toContain('--config\n-\n');
    expect(await curlArguments()).not.toContain(token);
  });

  it('end without a call where there is no session', async () => {
    await using stage = await openSessionStage();
    const { env } = await kitchenOf(stage);
    const script = join(stage.folder, 'session.sh');
    await writeFile(script, await recipe('A shell script'));
    const wrong = { ...env, LATCHKEY_PULSE_CRM_API_SECRET: 'wrong' };
    expect(await runProgram('/bin/sh', [script], { env: wrong })).toMatchObject({ code: 6, stdout: '' });
    expect(stage.sandbox.counts('pulse-crm')).toMatchObject({ logins: 1, requests: 1 });
  });

  it('give curl the session through exec, and in none of its arguments', async () => {
    await using stage = await openSessionStage();
    const { env, curlArguments } = await kitchenOf(stage);
    const { code, stdout, stderr } = await runProgram('/bin/sh', ['-c', await recipe('curl, and any other program')], {
      env,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ id: 1001 });
    expect(stage.sandbox.counts('pulse-crm')).toMatchObject({ logins: 1, accepted: 1 });
    expect(await curlArguments()).not.toContain(await stage.token('pulse-crm'));
  });
});

describe('the lines of README.md for the command', () => {
  it('log in to the sandbox, print the session and make a call with it', async () => {
    await using stage = await openSessionStage();
    const { env } = await kitchenOf(stage);
    const [, section = ''] = (await readFile(join(root, 'README.md'), 'utf8')).split('\n## The command\n');
    const [, sandbox = '', lines = ''] = /^```sh\n(.*)\n([^`]*)^```$/m.exec(section) ?? [];
    expect(sandbox).toMatch(/^latchkey sandbox --port 8080 /);
    const plain = Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('LATCHKEY_PULSE')));
    const script = lines.replace('http://127.0.0.1:8080', stage.url);
    const { code, stdout, stderr } = await runProgram('/bin/sh', ['-ec', script], { env: plain });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const token = await stage.token('pulse-crm');
    expect(stdout).toMatch(/^Logged in to pulse-crm as apiKey-000000000001 at /);
    expect(stdout).toContain(`\n${token}\n`);
    expect(stdout).toContain('"id": 1001');
    expect(stage.sandbox.counts('pulse-crm')).toMatchObject({ logins: 1 });
  });
});

describe.skipIf(!hasPeers('a recipe for Python', 'python3'))('a recipe for Python', () => {
  it('uses a session, reports it once the service refuses it, and goes on with another one', async () => {
    await using stage = await openSessionStage();
    const { env } = await kitchenOf(stage);
    const program = join(stage.folder, 'pulse.py');
    await writeFile(program, await recipe('A Python program'));
    const child = spawn(python, [program], { env, stdio: 'pipe' });
    const closed = once(child, 'close');
    let complaints = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaints += text;
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ask = async (path: string): Promise<unknown> => {
      child.stdin.write(`${path}\n`);
      const { value, done } = await lines.next();
      return done ? expect.fail(complaints) : JSON.parse(value);
    };
    expect(await ask('/auth/session')).toMatchObject({ id: 1001 });
    expect(await ask('/auth/session')).toMatchObject({ id: 1001 });
    expect(stage.sandbox.counts('pulse-crm')).toMatchObject({ logins: 1, accepted: 2, refused: 0 });
    const before = await stage.token('pulse-crm');

    stage.sandbox.scenario('pulse-crm', 'expire-now');
    expect(await ask('/auth/session')).toMatchObject({ id: 1001 });
    expect(stage.sandbox.counts('pulse-crm')).toMatchObject({ logins: 2, accepted: 3, refused: 1 });
    child.stdin.end();
    expect(await closed).toEqual([0, null]);
    expect(complaints).toBe('refused: asking for another session\n');
    // The session that it got is everybody's.
    expect(await stage.token('pulse-crm')).not.toBe(before);
    expect(stage.sandbox.counts('pulse-crm').logins).toBe(2);
  });

  it('says why it has no session, and not with what it was tried', async () => {
    await using stage = await openSessionStage();
    const { env } = await kitchenOf(stage);
    const program = join(stage.folder, 'pulse.py');
    await writeFile(program, await recipe('A Python program'));
    const wrong = { ...env, LATCHKEY_PULSE_CRM_API_SECRET: 'a-wrong-secret' };
    const { code, stdout, stderr } = await runProgram(python, [program], { env: wrong, input: '/auth/session\n' });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^ERR_LOGIN_DENIED: [^\n]+\n$/);
    expect(stderr).not.toContain('a-wrong-secret');
  });
});
