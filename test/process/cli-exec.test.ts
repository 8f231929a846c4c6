import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { ensureBuilt, latchkey, root } from './built.support.ts';
import { expectValidJson } from './json-schemas.support.ts';
import { openSessionStage, runProgram, type SessionStage } from './session-stage.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const node = process.execPath;
/** Prints the variables of ours as JSON. */
const PRINT =
  'console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => /^LATCHKEY_/i.test(name)))))';

type Variables = Partial<Record<string, string>>;

async function variables(stage: SessionStage, args: readonly string[], env = stage.env): Promise<Variables> {
  const { stdout, stderr, code } = await stage.latchkey(['exec', ...args, '--', node, '-e', PRINT], { env });
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('the environment of latchkey exec', () => {
  it('has what a call to REST carries, and of a known end when that is', async () => {
    await using stage = await openSessionStage();
    const pulse = await variables(stage, ['pulse-crm']);
    const token = await stage.token('pulse-crm');
    expect(pulse).toMatchObject({
      LATCHKEY_SYSTEM: 'pulse-crm',
      LATCHKEY_USER: 'apiKey-000000000001',
      LATCHKEY_TOKEN: token,
      LATCHKEY_BASE_URL: stage.url,
      LATCHKEY_HEADER_AUTHORIZATION: `Bearer ${token}`,
      LATCHKEY_HEADER_X_ACCOUNT_ID: 'acct-0001',
      LATCHKEY_HEADERS: JSON.stringify({ Authorization: `Bearer ${token}`, 'X-Account-ID': 'acct-0001' }),
      LATCHKEY_SESSION_ID: expect.stringMatching(/^[0-9a-f-]{36}$/),
      LATCHKEY_SESSION_REVISION: '1',
    });
    const rest = await variables(stage, ['zuora-rest']);
    expect(rest).toMatchObject({
      LATCHKEY_HEADER_COOKIE: `ZSession=${rest.LATCHKEY_TOKEN}`,
      LATCHKEY_EXPIRES_AT: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    });
    const soap = await variables(stage, ['zuora-soap']);
    expect(soap.LATCHKEY_SOAP_HEADER).toContain(`<session>${soap.LATCHKEY_TOKEN}</session>`);
    expect(soap.LATCHKEY_BASE_URL).toMatch(/\/apps\/services\/a\//);
    const zato = await variables(stage, ['zato-sso']);
    expect(JSON.parse(zato.LATCHKEY_FIELDS ?? '')).toEqual({ ust: zato.LATCHKEY_TOKEN, current_app: 'CRM' });
    for (const system of ['pulse-crm', 'zuora-rest', 'zuora-soap', 'zato-sso'] as const) {
      expect(stage.sandbox.counts(system).logins, system).toBe(1);
    }
  });

  it('has nothing that a session could be begun with, nor anything of another session', async () => {
    await using stage = await openSessionStage();
    const secrets = {
      LATCHKEY_KEY: 'a'.repeat(64),
      LATCHKEY_PULSE_CRM_API_SECRET: 'secret-000000000001',
      LATCHKEY_PULSE_CRM_PASSWORD: 'hush',
      LATCHKEY_PULSE_CRM_PASSWORD_FILE: '/hush',
      LATCHKEY_ZATO_SSO_TOTP_KEY: 'hush',
      LATCHKEY_ZATO_SSO_TOTP_COMMAND: 'hush',
      LATCHKEY_ZUORA_REST_API_SECRET_ACCESS_KEY_COMMAND: 'hush',
    };
    const stale = { LATCHKEY_SOAP_HEADER: 'stale', LATCHKEY_HEADER_COOKIE: 'stale', LATCHKEY_FIELDS: 'stale' };
    const env = { ...stage.env, ...secrets, ...stale, LATCHKEY_PROFILE: '', OTHER: 'kept' };
    const found = await variables(stage, ['pulse-crm'], env);
    expect(Object.keys(found).filter((name) => name in secrets || name in stale)).toEqual([]);
    expect(Object.keys(found).filter((name) => /PASSWORD|SECRET/.test(name))).toEqual([]);
    expect(found).toMatchObject({ LATCHKEY_PULSE_CRM_BASE_URL: stage.url, LATCHKEY_KEYCHAIN: 'off' });
    const args = ['exec', 'pulse-crm', '--', node, '-p', 'process.env.OTHER'];
    expect((await stage.latchkey(args, { env })).stdout).toBe('kept\n');
  });

  it('has a session that lives for long enough, where that is asked for and can be', async () => {
    await using stage = await openSessionStage();
    const first = await variables(stage, ['zato-sso']);
    expect(await variables(stage, ['zato-sso', '--refresh-if-below', '60'])).toEqual(first);
    // By the service's clock, so by ours, it ends the later the later it is renewed. A slow machine is warned of what then is left.
    const almostAll = ['exec', 'zato-sso', '--refresh-if-below', '3599.9', '--', node, '-e', PRINT];
    const renewed: Variables = JSON.parse((await stage.latchkey(almostAll)).stdout);
    expect(renewed.LATCHKEY_SESSION_ID).toBe(first.LATCHKEY_SESSION_ID);
    expect(Number(renewed.LATCHKEY_SESSION_REVISION)).toBeGreaterThan(Number(first.LATCHKEY_SESSION_REVISION));
    expect(stage.sandbox.counts('zato-sso')).toMatchObject({ logins: 1, renewals: 1 });
    const args = ['exec', 'zato-sso', '--refresh-if-below', '99999', '--', node, '-e', '0'];
    expect(await stage.latchkey(args)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: a new session lives for \d+ min only/),
    });
  });

  it('is not made of a session that no environment can hold, which is shown to nobody', async () => {
    await using stage = await openSessionStage();
    const person = { id: 1, email: 'a@b.test', name: 'Ada', primaryAccountId: 'a', accounts: [] };
    await using pulse = await openServer((_, response) =>
      answerJson(response, 200, { ...person, token: 'hush\0hush' }),
    );
    const env = { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: pulse.url };
    const { code, stdout, stderr } = await stage.latchkey(['exec', 'pulse-crm', '--', 'env'], { env });
    expect({ code, stdout }).toEqual({ code: 126, stdout: '' });
    expect(stderr).toContain('LATCHKEY_TOKEN cannot be put into an environment');
    expect(stderr).not.toContain('hush');
  });

  it('is not made where nobody is logged in and nothing says how to', async () => {
    await using stage = await openSessionStage();
    const args = ['exec', 'pulse-crm', '--', node, '-p', '1'];
    expect(await stage.latchkey(args, { env: stage.plainEnv })).toMatchObject({ code: 4, stdout: '' });
    const env = { ...stage.env, LATCHKEY_PULSE_CRM_API_SECRET: 'wrong' };
    expect(await stage.latchkey(args, { env })).toMatchObject({ code: 6, stdout: '' });
  });
});

describe('the command of latchkey exec', () => {
  it('reads our stdin, writes to our stdout and stderr, and gets its arguments as they are', async () => {
    await using stage = await openSessionStage();
    const script =
      "process.stdin.on('data', (d) => process.stdout.write(d)); console.error(JSON.stringify(process.argv.slice(1)))";
    const words = ['--json', '--help', '', 'a b', '$HOME', '--', '--version', 'pulse-crm'];
    const ran = await stage.latchkey(['exec', 'pulse-crm', '--', node, '-e', script, '--', ...words], { input: 'fed' });
    expect(ran).toMatchObject({ code: 0, stdout: 'fed', stderr: `${JSON.stringify(words)}\n` });
  });

  it('can be run with a profile in place of a system', async () => {
    await using stage = await openSessionStage();
    await stage.token('pulse-crm');
    expect((await stage.latchkey(['exec', '--user', 'apiKey-000000000001', '--', node, '-p', '1'])).code).toBe(2);
    const login = ['auth', 'login', 'pulse-crm', '--base-url', stage.url];
    await stage.latchkey(login);
    expect(await stage.latchkey(['exec', '--', node, '-p', 'process.env.LATCHKEY_SYSTEM'])).toMatchObject({
      code: 0,
      stdout: 'pulse-crm\n',
    });
  });

  it.each([0, 1, 2, 4, 42, 130, 255])('ends us with what it ends with: %i', async (code) => {
    await using stage = await openSessionStage();
    const ran = await stage.latchkey(['exec', 'pulse-crm', '--json', '--', node, '-e', `process.exit(${code})`]);
    expect(ran).toEqual({ code, endedBy: null, stdout: '', stderr: '' });
  });

  it.each([
    ['SIGTERM', 143],
    ['SIGKILL', 137],
  ] as const)('ends us with 128 and the number of the signal that ended it: %s', async (signal, code) => {
    await using stage = await openSessionStage();
    const args = [
      'exec',
      'pulse-crm',
      '--',
      node,
      '-e',
      `process.kill(process.pid, '${signal}'); setInterval(() => {}, 9)`,
    ];
    expect(await stage.latchkey(args)).toMatchObject({ code, stdout: '', stderr: '' });
  });

  it('is told of where it is not there (127), or cannot be run (126)', async () => {
    await using stage = await openSessionStage();
    const none = await stage.latchkey(['exec', 'pulse-crm', '--', 'no-such-command-here']);
    expect(none).toMatchObject({ code: 127, stdout: '', stderr: 'there is no command no-such-command-here\n' });
    const file = join(stage.folder, 'plain.txt');
    await writeFile(file, 'text', { mode: 0o600 });
    const plain = await stage.latchkey(['exec', 'pulse-crm', '--json', '--', file]);
    expect(expectValidJson('exec', plain.stdout)).toEqual({
      ok: false,
      code: 'ERR_COMMAND_NOT_RUN',
      message: `the command ${file} cannot be run (EACCES)`,
    });
    expect(plain.code).toBe(126);
  });

  it('is told of where its interpreter is not there, or where it is a folder', async () => {
    await using stage = await openSessionStage();
    const script = join(stage.folder, 'script');
    await writeFile(script, '#!/no/such/interpreter\n', { mode: 0o700 });
    const strange = await stage.latchkey(['exec', 'pulse-crm', '--', script]);
    expect(strange).toMatchObject({ code: 126, stderr: expect.stringContaining('first line names is not there') });
    const folder = join(stage.folder, 'folder');
    await mkdir(folder);
    expect(await stage.latchkey(['exec', 'pulse-crm', '--', folder])).toMatchObject({ code: 126, stdout: '' });
  });

  it('writes to whoever reads slowly, and is ended by whoever stops reading, without a word of ours', async () => {
    await using stage = await openSessionStage();
    const long = await stage.latchkey([
      'exec',
      'pulse-crm',
      '--',
      'sh',
      '-c',
      'head -c 3000000 /dev/zero | tr "\\0" x',
    ]);
    expect({ ...long, stdout: long.stdout.length }).toEqual({ code: 0, endedBy: null, stdout: 3_000_000, stderr: '' });
    // A shell's pipe: one of Node's would tell the command otherwise.
    const program = ['sh', node, join(root, 'dist', latchkey), 'exec', 'pulse-crm', '--', 'yes'];
    const script = '{ "$@"; echo "ended with $?" >&2; } | head -n 1';
    expect(await runProgram('/bin/sh', ['-c', script, ...program], { env: stage.env })).toMatchObject({
      stdout: 'y\n',
      // 128 and SIGPIPE.
      stderr: 'ended with 141\n',
    });
  });

  it('reads a long text from our stdin to its end', async () => {
    await using stage = await openSessionStage();
    const input = 'a line\n'.repeat(300_000);
    const counted = await stage.latchkey(['exec', 'pulse-crm', '--', 'wc', '-c'], { input });
    expect(counted).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\s*2100000\n$/), stderr: '' });
  });

  it.each([
    ['no command', ['exec', 'pulse-crm'], 'a command is missing'],
    ['no command behind the dashes', ['exec', 'pulse-crm', '--'], 'a command is missing'],
    ['a command before the dashes', ['exec', 'pulse-crm', 'env', '--', 'env'], '"env" stands before --'],
    ['a system that is none', ['exec', 'pulse', '--', 'env'], '"pulse" is no system'],
    ['seconds that are none', ['exec', 'pulse-crm', '--refresh-if-below', '5m', '--', 'env'], 'number of seconds'],
  ])('is refused for %s, before anything is sent', async (_, args, said) => {
    await using stage = await openSessionStage();
    expect(await stage.latchkey(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
    expect(stage.sandbox.counts('pulse-crm').requests).toBe(0);
  });
});
