import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { get } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { envelopeOf, outcomeOf } from '../../src/cli/outcome.ts';
import * as errors from '../../src/errors.ts';
import { createFolder, ensureBuilt, latchkey, root, run, start } from './built.support.ts';

const fixture = join(root, 'test/unit/generate-openapi.fixture.yaml');

beforeAll(ensureBuilt, 200_000);
// Generating takes seconds, and other test files run at the same time.
vi.setConfig({ testTimeout: 60_000 });

describe('the command', () => {
  it('is what package.json names, and can be run by itself', async () => {
    const manifest: { bin?: Record<string, string>; version?: string } = JSON.parse(
      await readFile(join(root, 'package.json'), 'utf8'),
    );
    expect(manifest.bin).toEqual({ latchkey: `./dist/${latchkey}` });
    expect(await readFile(join(root, 'dist', latchkey), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(await run(latchkey, ['--version'])).toMatchObject({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });

  it('explains itself on stdout when asked, with every verb, the exit codes and examples', async () => {
    const { code, stdout, stderr } = await run(latchkey, ['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const part of ['sandbox ', 'generate ', '--json', '$ latchkey ', '130 interrupted']) {
      expect(stdout).toContain(part);
    }
    expect((await run(latchkey, ['generate', '--help'])).stdout).toContain('--check');
    expect((await run(latchkey, ['help', 'sandbox'])).stdout).toContain('--port');
  });

  it('takes the short and the long way to ask for help and version', async () => {
    const help = await run(latchkey, ['--help']);
    expect(await run(latchkey, ['-h'])).toEqual(help);
    expect(await run(latchkey, ['-V'])).toEqual(await run(latchkey, ['--version']));
    const login = await run(latchkey, ['auth', 'login', '-h']);
    expect(login).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Usage: latchkey auth login /) });
    expect(await run(latchkey, ['help', 'auth', 'login'])).toEqual(login);
    expect(await run(latchkey, ['help', 'nope', 'login'])).toMatchObject({ code: 2, stdout: '' });
  });

  it("tells of a verb's own options first, in paragraphs that fit", async () => {
    const { stdout } = await run(latchkey, ['call', '--help']);
    const at = ['--data ', '--list ', '--profile ', '--no-input'].map((flag) => stdout.indexOf(`  ${flag}`));
    expect(at.every((index) => index > 0)).toBe(true);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
    expect(stdout).not.toContain('default: []');
    expect(stdout.split('\n').filter((line) => /^\S.{80}/.test(line))).toEqual([]);
  });

  it('loads only the verb that is asked for', async () => {
    const help = await loadedBy(['--help']);
    expect(help.filter((url) => url.startsWith('file:') && !url.endsWith(`/${latchkey}`))).toEqual([]);
    const sandbox = await loadedBy(['sandbox', '--help']);
    expect(sandbox.some((url) => url.endsWith('/cli/sandbox.js'))).toBe(true);
    expect(sandbox.filter((url) => /\/(cli\/generate|generate\/index|systems\/[a-z]+-)/.test(url))).toEqual([]);
  });

  it.each([
    ['no verb', [], 'Usage: latchkey'],
    ['an unknown verb', ['sandbx'], "unknown command 'sandbx'"],
    ['a verb of auth without auth', ['login', 'pulse-crm'], 'Did you mean latchkey auth login?'],
    ['one that is mistyped, too', ['tokne'], 'Did you mean latchkey auth token?'],
    ['a verb that is an option', ['version'], 'Did you mean latchkey --version?'],
    ['a system in the wrong place', ['sandbox', 'pulse-crm'], 'systems are named by --system'],
    ['an unknown option', ['generate', '--chek'], "unknown option '--chek'"],
    ['a word too many', ['generate', 'all'], 'too many arguments'],
    ['a port that is none', ['sandbox', '--port', '80a'], 'whole number from 0 to 65535'],
    ['a port out of range', ['sandbox', '--port', '65536'], 'whole number from 0 to 65535'],
    ['an unknown system', ['sandbox', '--system', 'pulse'], 'Allowed choices are'],
    ['a folder that is not there', ['generate', '--specs', 'nowhere'], 'nowhere'],
  ])('ends with 2 for %s, saying so on stderr or in one JSON document', async (_, args, said) => {
    const plain = await run(latchkey, args);
    expect(plain).toMatchObject({ code: 2, stdout: '' });
    expect(plain.stderr).toContain(said);
    const { code, stdout, stderr } = await run(latchkey, [...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ ok: false, code: 'ERR_USAGE', message: expect.stringMatching(/\S/) });
  });

  it('puts help and version into the envelope too', async () => {
    const version = JSON.parse((await run(latchkey, ['--version', '--json'])).stdout);
    expect(version).toEqual({ ok: true, code: 'OK', message: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    const help = JSON.parse((await run(latchkey, ['--json', '--help'])).stdout);
    expect(help).toMatchObject({ ok: true, code: 'OK', message: expect.stringContaining('Usage: latchkey') });
  });

  it('does not mind that nobody reads what it prints', async () => {
    await using program = start(latchkey, [
      'generate',
      '--check',
      '--json',
      '--specs',
      fixture,
      '--out',
      '/nonexistent',
    ]);
    program.closeStdout();
    expect(await program.finished).toMatchObject({ code: 3, stderr: '' });
  });
});

describe('latchkey generate', () => {
  it('finds the committed files to be what the specs give', async () => {
    const { code, stdout, stderr } = await run(latchkey, ['generate', '--check', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, code: 'OK', message: expect.stringContaining('up to date') });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('writes, checks, and ends with 3 naming the stale file', async () => {
    await using folder = await createFolder();
    const args = ['generate', '--specs', fixture, '--out', folder.path];
    expect((await run(latchkey, args)).code).toBe(0);
    const [system = ''] = await readdir(folder.path);
    const types = join(folder.path, system, 'types.ts');
    await writeFile(types, `${await readFile(types, 'utf8')} `);
    const drift = await run(latchkey, [...args, '--check']);
    expect(drift).toMatchObject({ code: 3, stdout: '' });
    expect(drift.stderr).toContain(types);
    const { code, stdout } = await run(latchkey, [...args, '--check', '--json']);
    const document: { files?: { file: string; state: string }[] } = JSON.parse(stdout);
    expect(document).toMatchObject({ ok: false, code: 'ERR_DRIFT' });
    expect(document.files?.filter(({ state }) => state !== 'same')).toMatchObject([{ file: `${system}/types.ts` }]);
    expect(code).toBe(3);
  });

  it('ends with 1 for a broken spec, naming file and line, and writes nothing', async () => {
    await using folder = await createFolder();
    const spec = join(folder.path, 'desk.openapi.yaml');
    await writeFile(spec, `${await readFile(fixture, 'utf8')}broken: [`);
    const out = join(folder.path, 'out');
    const { code, stdout } = await run(latchkey, ['generate', '--specs', spec, '--out', out, '--json']);
    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({ ok: false, code: 'ERR_SPEC', file: spec, line: expect.any(Number) });
    expect(code).toBe(1);
    expect(await readdir(folder.path)).toEqual(['desk.openapi.yaml']);
  });

  it('writes nothing more once it is interrupted, and ends with 130', async () => {
    await using folder = await createFolder();
    const out = join(folder.path, 'out');
    await using program = start(latchkey, ['generate', '--out', out], { env: { NODE_DEBUG: 'esm' } });
    // Its own file has been loaded: from here on it listens to signals.
    await program.printed('stderr', 'generate/openapi/index.js');
    program.signal('SIGINT');
    expect((await program.finished).code).toBe(130);
    expect(await readdir(folder.path)).toEqual([]);
  });

  /** The built program beside nothing but the packages that every user has. */
  async function bareProgram(folder: string): Promise<string> {
    await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    await mkdir(join(folder, 'node_modules'));
    for (const name of ['commander', 'openapi-fetch', 'saxes']) {
      await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name));
    }
    return join(folder, 'dist', latchkey);
  }

  const pulse = join(root, 'specs/pulse-crm.openapi.yaml');

  it.each([
    ['generate', ['generate', '--specs', pulse, '--out', 'out'], ['typescript', 'openapi-typescript', 'ajv']],
    ['diff', ['diff', pulse, join(root, 'specs/zato-sso.openapi.yaml')], ['js-yaml']],
    ['regenerate', ['regenerate', '--no-fetch', '--config', 'config.json'], ['js-yaml', 'typescript']],
  ])('names the packages that %s of OpenAPI takes and that are not installed', async (_, args, packages) => {
    await using folder = await createFolder();
    const main = await bareProgram(folder.path);
    await writeFile(join(folder.path, 'config.json'), JSON.stringify({ specs: [{ openapi: pulse }], out: 'out' }));
    const { code, stdout } = await run(main, [...args, '--json'], { cwd: folder.path });
    const { message = '', ...document }: { message?: string } = JSON.parse(stdout);
    expect(document, message).toEqual({ ok: false, code: 'ERR_MISSING_PACKAGE' });
    const [, named = ''] = /npm install --save-dev (.+)$/.exec(message) ?? [];
    expect(packages.filter((name) => named.includes(name))).not.toEqual([]);
    expect(code).toBe(1);
    expect((await readdir(folder.path)).sort()).toEqual(['config.json', 'dist', 'node_modules', 'package.json']);
  });

  it.each([
    [
      'sandbox --tls',
      ['sandbox', '--tls'],
      /^sandbox --tls needs the package selfsigned: npm install --save-dev "selfsigned@/,
    ],
    // What a program needs when it runs is no dev dependency.
    [
      'a store in Redis',
      ['auth', 'status', '--store', 'redis://127.0.0.1:1'],
      /^a store in Redis needs the package ioredis: npm install "ioredis@/,
    ],
  ])('names the package that %s takes', async (_, args, message) => {
    await using folder = await createFolder();
    const main = await bareProgram(folder.path);
    const who = args[0] === 'auth' ? ['pulse-crm', '--base-url', 'http://127.0.0.1:1', '--user', 'ada'] : [];
    const env = {
      HOME: folder.path,
      XDG_STATE_HOME: folder.path,
      XDG_CONFIG_HOME: folder.path,
      LATCHKEY_KEYCHAIN: 'off',
    };
    const { code, stdout } = await run(main, [...args, ...who, '--json'], { cwd: folder.path, env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, message: expect.stringMatching(message) });
    expect(code).toBe(1);
  });

  it('reads WSDLs with the packages that every user has', async () => {
    await using folder = await createFolder();
    const main = await bareProgram(folder.path);
    const out = join(folder.path, 'out');
    const { code } = await run(main, ['generate', '--specs', join(root, 'specs/zuora-soap.wsdl'), '--out', out]);
    expect(code).toBe(0);
    expect((await readdir(join(out, 'zuora-soap'))).sort()).toEqual(['table.ts', 'types.ts']);
  });
});

describe('latchkey sandbox', () => {
  it('serves until Ctrl-C, says where, for whom and how it is steered, and ends with 130', async () => {
    await using program = start(latchkey, ['sandbox', '--system', 'pulse-crm', '--system', 'zuora-soap', '--json']);
    const document: {
      url: string;
      systems: { system: string; baseUrl: string; users: Record<string, string>[] }[];
      control: { path: string }[];
    } = JSON.parse(await program.printed('stdout', '\n}\n'));
    expect(document).toMatchObject({ ok: true, code: 'OK' });
    const [soap, pulse] = document.systems;
    expect(soap).toMatchObject({ system: 'zuora-soap', baseUrl: `${document.url}/apps/services/a/91.0` });
    const { apiKey, apiSecret } = pulse?.users[0] ?? {};
    const login = await fetch(`${pulse?.baseUrl}/auth/login`, {
      method: 'POST',
      body: JSON.stringify({ apiKey, apiSecret }),
    });
    expect(login.status).toBe(200);
    for (const { path } of document.control.filter(({ path }) => !path.includes('<'))) {
      expect((await fetch(document.url + path)).status, path).not.toBe(500);
    }
    const counts: unknown = await (await fetch(`${document.url}/__sandbox/counts`)).json();
    expect(counts).toMatchObject({ 'pulse-crm': { logins: 1, loginsAccepted: 1 } });
    expect((await fetch(`${document.url}/v1/entities`)).status, 'a system that was not asked for').toBe(404);

    program.signal('SIGINT');
    const { code, stdout } = await program.finished;
    expect(code).toBe(130);
    expect(JSON.parse(stdout), 'one document only').toEqual(document);
    await expect(fetch(`${document.url}/__sandbox/counts`)).rejects.toThrow();
  });

  it('serves over HTTPS, with the certificate that a client has to trust', async () => {
    await using program = start(latchkey, ['sandbox', '--system', 'pulse-crm', '--tls', '--json']);
    const { url, ca }: { url: string; ca: string } = JSON.parse(await program.printed('stdout', '\n}\n'));
    expect(url).toMatch(/^https:/);
    const status = await new Promise((resolve, reject) => {
      get(`${url}/auth/session`, { ca }, (message) => resolve(message.resume().statusCode)).on('error', reject);
    });
    expect(status).toBe(401);
    program.signal('SIGINT');
    expect((await program.finished).code).toBe(130);
  });

  it('prints addresses, users and control endpoints for people', async () => {
    await using program = start(latchkey, ['sandbox']);
    const text = await program.printed('stdout', '/__sandbox/reset');
    for (const part of [
      /^Sandbox on http:\/\/127\.0\.0\.1:\d+$/m,
      /^zuora-rest: base URL http:\/\/127\.0\.0\.1:\d+$/m,
      /^zuora-soap: base URL http:\/\/127\.0\.0\.1:\d+\/apps\/services\/a\/91\.0$/m,
      /^ {2}username "totp-user" .*one-time codes from [A-Z2-7]+/m,
      /^ {2}apiKey "apiKey-000000000001" {2}apiSecret "secret-000000000001"/m,
    ]) {
      expect(text).toMatch(part);
    }
    expect(text).not.toContain('\x1b');
    program.signalGroup('SIGINT');
    expect(await program.finished).toMatchObject({ code: 130, endedBy: null });
  });

  it('listens where it is told to, and ends with 1 where it cannot', async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => {
        const address = blocker.address();
        resolve(typeof address === 'object' ? (address?.port ?? 0) : 0);
      });
    });
    const { code, stdout } = await run(latchkey, ['sandbox', '--port', String(port), '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ok: false,
      code: 'EADDRINUSE',
      message: `cannot listen on 127.0.0.1:${port}, as somebody else listens there: --port 0 takes a free port`,
    });
    expect(code).toBe(1);
    await new Promise((resolve) => blocker.close(resolve));
    await using program = start(latchkey, ['sandbox', '--port', String(port), '--host', '127.0.0.1']);
    expect(await program.printed('stdout', 'Sandbox on')).toContain(`http://127.0.0.1:${port}\n`);
  });
});

describe('exit codes', () => {
  it('are settled for every error of the package, by its code', () => {
    const about = { place: '/', expected: '', found: '', sinceMs: 0, untilMs: 0, sends: 1, reason: 'busy' } as const;
    const details = { ...about, faultCode: 'X', status: 500 };
    const made = Object.entries(errors).flatMap(([name, value]) => {
      if (name === 'LatchkeyError' || typeof value !== 'function' || !/Error$/.test(name) || /^is/.test(name))
        return [];
      // Each class takes a message and details of its own; the union of all details fits every one of them.
      const Made = value as new (message: string, given: typeof details) => errors.LatchkeyError;
      return [new Made('made for this test', details)];
    });
    const codes = Object.fromEntries(made.map((error) => [error.name, exitCodeOf(error.code)]));
    expect(codes).toEqual({
      AccountLockedError: 6,
      BodyNotReplayableError: 1,
      ContractViolationError: 1,
      CredentialsMissingError: 4,
      EntityDeniedError: 6,
      LoggedOutError: 4,
      LoginBudgetError: 6,
      LoginDeniedError: 6,
      LoginQuarantinedError: 6,
      PasswordChangeRequiredError: 6,
      PasswordExpiredError: 6,
      RateLimitedError: 5,
      ServiceUnreachableError: 5,
      SessionRefusedError: 1,
      SoapFaultError: 1,
      StoreError: 1,
      TotpRequiredError: 6,
    });
  });

  it('are those of bad usage for bad arguments, and 1 for what nobody has settled', () => {
    expect(exitCodeOf(errors.badArgument('ERR_BASE_URL', '').code)).toBe(2);
    expect(['OK', 'ERR_DRIFT', 'ERR_BREAKING_CHANGE', 'ERR_INTERRUPTED'].map(exitCodeOf)).toEqual([0, 3, 7, 130]);
    expect(['ERR_FAILED', 'EADDRINUSE', 'toString'].map(exitCodeOf)).toEqual([1, 1, 1]);
  });
});

describe('the envelope of an error', () => {
  it('holds what the error tells, and its code and message once', () => {
    const error = new errors.LoginDeniedError('Refused', { system: 'pulse-crm', requestIds: { cid: 'c-1' } });
    expect(JSON.parse(JSON.stringify(envelopeOf(outcomeOf(error))))).toEqual({
      ok: false,
      code: 'ERR_LOGIN_DENIED',
      message: expect.stringMatching(/^Refused\. These credentials are not sent again/),
      name: 'LoginDeniedError',
      system: 'pulse-crm',
      retryable: false,
      requestIds: { cid: 'c-1' },
      isRemembered: true,
      docs: error.docs,
    });
  });

  it('is a failure without a code of its own for anything else that was thrown', () => {
    expect(envelopeOf(outcomeOf(new Error('odd')))).toEqual({ ok: false, code: 'ERR_FAILED', message: 'odd' });
    expect(envelopeOf(outcomeOf('odd'))).toEqual({ ok: false, code: 'ERR_FAILED', message: 'odd' });
  });
});

/** URLs of the modules that a command line loads. */
async function loadedBy(args: readonly string[]): Promise<string[]> {
  await using folder = await createFolder();
  await run(latchkey, args, { env: { NODE_V8_COVERAGE: folder.path } });
  const [name = ''] = await readdir(folder.path);
  const { result }: { result: { url: string }[] } = JSON.parse(await readFile(join(folder.path, name), 'utf8'));
  await rm(join(folder.path, name));
  return result.map(({ url }) => url).filter((url) => url.startsWith('file:'));
}
