import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type CommandDefinition, readCommand } from '../../scripts/cli-docs/command-tree.ts';
import { createSandbox, type ListeningSandbox } from '../../src/sandbox/index.ts';
import { got, sent, wsdl } from '../unit/diff.support.ts';
import { createFolder, ensureBuilt, latchkey, root, run, start } from './built.support.ts';
import { type Envelope, expectValidJson, schemaNames, schemaOf, schemaProblems } from './json-schemas.support.ts';

const fixture = join(root, 'test/unit/generate-openapi.fixture.yaml');
const sandbox = createSandbox();
let folder: Awaited<ReturnType<typeof createFolder>>;
let server: ListeningSandbox;
let command: CommandDefinition;
beforeAll(async () => {
  await ensureBuilt();
  folder = await createFolder();
  server = await sandbox.listen();
  command = await readCommand();
}, 200_000);
afterAll(async () => {
  await server?.close();
  await folder?.[Symbol.asyncDispose]();
});
vi.setConfig({ testTimeout: 60_000 });

/** Each test has a home of its own: nobody else's login is there. */
let homes = 0;
function homeOf(more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  homes += 1;
  const home = join(folder.path, `home-${homes}`);
  return {
    HOME: home,
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CONFIG_HOME: join(home, 'config'),
    LATCHKEY_KEYCHAIN: 'off',
    LATCHKEY_PULSE_CRM_BASE_URL: server.url,
    LATCHKEY_PULSE_CRM_API_KEY: 'apiKey-000000000001',
    LATCHKEY_PULSE_CRM_API_SECRET: 'secret-000000000001',
    LATCHKEY_ZATO_SSO_BASE_URL: server.url,
    LATCHKEY_ZATO_SSO_USERNAME: 'superuser1',
    LATCHKEY_ZATO_SSO_PASSWORD: 'superuser1-Pa55-phrase',
    LATCHKEY_ZATO_SSO_CURRENT_APP: 'CRM',
    LATCHKEY_ZUORA_REST_BASE_URL: server.url,
    LATCHKEY_ZUORA_REST_API_ACCESS_KEY_ID: 'username@company.com',
    LATCHKEY_ZUORA_REST_API_SECRET_ACCESS_KEY: 'password',
    LATCHKEY_ZUORA_SOAP_BASE_URL: `${server.url}/apps/services/a/91.0`,
    LATCHKEY_ZUORA_SOAP_USERNAME: 'username@company.com',
    LATCHKEY_ZUORA_SOAP_PASSWORD: 'password',
    ...more,
  };
}

/** Runs a verb with `--json` and holds what it printed to its schema. */
async function ran(verb: string, args: readonly string[], env = homeOf()): Promise<Envelope> {
  const { stdout, code } = await run(latchkey, [...verb.split(' '), ...args, '--json'], { env, cwd: folder.path });
  const document = expectValidJson(verb, stdout);
  expect(document.ok, stdout).toBe(code === 0);
  return document;
}

async function written(name: string, text: string): Promise<string> {
  const file = join(folder.path, name);
  await writeFile(file, text);
  return file;
}

const systems = ['zuora-rest', 'zuora-soap', 'zato-sso', 'pulse-crm'];
const ofSessions = ['auth login', 'auth status', 'auth token', 'auth header', 'auth refresh', 'auth logout'];
const shared = ['common', 'config', 'envelope', 'latchkey.config'];

describe('the published schemas', () => {
  it('are one for each verb that prints a document, and no others', () => {
    const documented = command.verbs.map(({ path }) => schemaOf(path));
    expect(schemaNames).toEqual([...documented, ...shared].sort());
  });

  it('take no field that they do not name, and no document without its fields', () => {
    for (const name of command.verbs.map(({ path }) => schemaOf(path))) {
      const odd = { ok: false, code: 'ERR_FAILED', message: 'x', odd: true };
      expect(schemaProblems(name, odd).join(), name).toContain('unevaluatedProperty":"odd"');
      const { odd: _, ...failure } = odd;
      expect(schemaProblems(name, failure), name).toEqual([]);
      expect(schemaProblems(name, { ...failure, code: 'OK' }), name).not.toEqual([]);
      expect(schemaProblems(name, { ok: true, code: 'ERR_FAILED', message: 'x' }), name).not.toEqual([]);
    }
    const bare = { ok: true, code: 'OK', message: 'x' };
    expect(schemaNames.filter((name) => schemaProblems(name, bare).length === 0)).toEqual(['common', 'envelope']);
  });

  it('want times as ISO 8601 in UTC', () => {
    const who = { system: 'pulse-crm', profile: null, baseUrl: 'https://a.test', user: 'u' };
    const token = { ok: true, code: 'OK', message: 'x', ...who };
    const whole = { ...token, token: 't', session: { id: 'i', revision: 0 }, expiresAt: null };
    expect(schemaProblems('auth-token', whole)).toEqual([]);
    expect(schemaProblems('auth-token', { ...whole, expiresAt: '2026-01-02T03:04:05.006Z' })).toEqual([]);
    expect(schemaProblems('auth-token', { ...whole, expiresAt: '2 January' })).not.toEqual([]);
    expect(schemaProblems('auth-token', { ...whole, expiresAt: 5 })).not.toEqual([]);
  });
});

describe.each(systems)('the verbs of a session, for %s,', (system) => {
  it('print what their schemas say', async () => {
    const env = homeOf();
    expect(await ran('auth login', [system], env)).toMatchObject({ ok: true, isNew: true });
    expect(await ran('auth login', [system], env)).toMatchObject({ ok: true, isNew: false });
    expect(await ran('auth status', [system, '--verify'], env)).toMatchObject({ ok: true });
    for (const verb of ['auth token', 'auth header', 'auth refresh', 'auth list', 'auth logout']) {
      expect(await ran(verb, verb === 'auth list' ? [] : [system], env), verb).toMatchObject({ ok: true });
    }
    expect(await ran('auth status', [system], env)).toMatchObject({
      code: 'ERR_NOT_LOGGED_IN',
      state: expect.anything(),
    });
  });
});

describe('the verbs of a session that fail', () => {
  it.each(ofSessions)('print what their schemas say: %s', async (verb) => {
    expect(await ran(verb, ['tea'])).toMatchObject({ code: 'ERR_USAGE' });
    expect(await ran(verb, ['--profile', 'none'])).toMatchObject({ code: 'ERR_USAGE' });
    const fresh = homeOf({ LATCHKEY_PULSE_CRM_BASE_URL: '', LATCHKEY_PULSE_CRM_API_KEY: '' });
    const code = verb === 'auth login' ? 'ERR_USAGE' : 'ERR_NOT_LOGGED_IN';
    expect(await ran(verb, ['pulse-crm', '--no-input'], fresh)).toMatchObject({ code });
    const config = join(fresh.XDG_CONFIG_HOME ?? '', 'latchkey');
    await mkdir(config, { recursive: true });
    await writeFile(join(config, 'config.json'), '{ "profiles": { "a": { "system": "tea" } } }');
    expect(await ran(verb, [], fresh)).toMatchObject({ code: 'ERR_PROFILE_FILE' });
  });

  it('print what their schemas say when the service refuses, is refused the credentials, or is not there', async () => {
    const wrong = homeOf({ LATCHKEY_PULSE_CRM_API_KEY: 'apiKey-000000000002', LATCHKEY_PULSE_CRM_API_SECRET: 'wrong' });
    expect(await ran('auth login', ['pulse-crm'], wrong)).toMatchObject({ code: 'ERR_LOGIN_DENIED' });
    for (const verb of ['auth login', 'auth token', 'auth header', 'auth refresh']) {
      expect(await ran(verb, ['pulse-crm'], wrong), verb).toMatchObject({ code: 'ERR_LOGIN_QUARANTINED' });
      const away = homeOf({ LATCHKEY_PULSE_CRM_BASE_URL: 'http://127.0.0.1:1' });
      expect(await ran(verb, ['pulse-crm'], away), verb).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE' });
      const none = homeOf({ LATCHKEY_PULSE_CRM_API_SECRET: '' });
      expect(await ran(verb, ['pulse-crm'], none), verb).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING' });
    }
    const status = await ran('auth status', ['pulse-crm'], wrong);
    expect(status).toMatchObject({ code: 'ERR_NOT_LOGGED_IN', quarantinedUntil: expect.stringMatching(/Z$/) });
  });

  it('print what their schemas say: auth list', async () => {
    expect(await ran('auth list', ['tea'])).toMatchObject({ code: 'ERR_USAGE' });
    expect(await ran('auth list', ['--tea'])).toMatchObject({ code: 'ERR_USAGE' });
    const env = homeOf();
    await mkdir(join(env.XDG_CONFIG_HOME ?? '', 'latchkey'), { recursive: true });
    const file = join(env.XDG_CONFIG_HOME ?? '', 'latchkey/config.json');
    await writeFile(file, '{ "default": "a", "profiles": { "a": { "system": "zuora-soap" } } }');
    expect(await ran('auth list', [], env)).toMatchObject({ ok: true, profiles: [{ name: 'a', isDefault: true }] });
    await writeFile(file, '{');
    expect(await ran('auth list', [], env)).toMatchObject({ code: 'ERR_PROFILE_FILE' });
  });
});

describe('latchkey call', () => {
  it('prints what its schema says: lists, answers, refusals and faults', async () => {
    const env = homeOf();
    expect(await ran('call', ['--list'], env)).toMatchObject({ ok: true });
    expect(await ran('call', ['pulse-crm', 'getSession'], env)).toMatchObject({ ok: true, status: 200 });
    const query = ['zuora-soap', 'query', '--data'];
    const good = '{"queryString":"select Id from Account"}';
    expect(await ran('call', [...query, good], env)).toMatchObject({ ok: true, operation: 'query' });
    const bad = '{"queryString":"tea"}';
    expect(await ran('call', [...query, bad], env)).toMatchObject({
      code: 'ERR_SOAP_FAULT',
    });
    const nobody = ['zato-sso', 'getUser', '--param', 'user_id=zusr0000000000000000000000'];
    expect(await ran('call', nobody, env)).toMatchObject({ code: 'ERR_CALL_FAILED', operation: 'getUser' });
    expect(await ran('call', ['pulse-crm', 'tea'], env)).toMatchObject({ code: 'ERR_USAGE' });
    const away = homeOf({ LATCHKEY_PULSE_CRM_BASE_URL: 'http://127.0.0.1:1' });
    expect(await ran('call', ['pulse-crm', 'getSession'], away)).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE' });
  });
});

describe('latchkey sandbox', () => {
  it('prints what its schema says, at the start and when it cannot', async () => {
    for (const args of [[], ['--system', 'pulse-crm', '--tls']]) {
      await using program = start(latchkey, ['sandbox', ...args, '--json'], { env: homeOf() });
      expect(expectValidJson('sandbox', await program.printed('stdout', '\n}\n'))).toMatchObject({ ok: true });
    }
    const port = String(server.port);
    expect(await ran('sandbox', ['--port', port])).toMatchObject({ code: 'EADDRINUSE' });
    expect(await ran('sandbox', ['--port', 'tea'])).toMatchObject({ code: 'ERR_USAGE' });
  });
});

describe('the verbs of specs', () => {
  it('print what their schemas say: generate', async () => {
    const args = ['--specs', fixture, '--out', 'generated'];
    expect(await ran('generate', args)).toMatchObject({ ok: true, code: 'OK' });
    await writeFile(join(folder.path, 'generated/generate-openapi.fixture/types.ts'), '', { flag: 'a' }).catch(
      () => {},
    );
    expect(await ran('generate', [...args, '--check', '--out', 'elsewhere'])).toMatchObject({ code: 'ERR_DRIFT' });
    const broken = await written('broken.openapi.yaml', `${await readFile(fixture, 'utf8')}broken: [`);
    expect(await ran('generate', ['--specs', broken])).toMatchObject({ code: 'ERR_SPEC', line: expect.any(Number) });
    expect(await ran('generate', ['--specs', 'nowhere'])).toMatchObject({ code: 'ERR_USAGE' });
  });

  it('print what their schemas say: diff', async () => {
    const [old, next] = [await written('old.yaml', got({})), await written('new.yaml', got({ type: 'string' }))];
    expect(await ran('diff', [old, next])).toMatchObject({ ok: true, bump: 'minor' });
    const was = await written('was.yaml', sent({ type: 'string' }));
    const is = await written('is.yaml', sent({ type: 'integer' }));
    expect(await ran('diff', [was, is])).toMatchObject({ code: 'ERR_BREAKING_CHANGE', bump: 'major' });
    const [from, to] = [await written('from.wsdl', wsdl()), await written('to.wsdl', wsdl({ request: '' }))];
    expect(await ran('diff', [from, to])).toMatchObject({ code: 'ERR_BREAKING_CHANGE' });
    expect(await ran('diff', [old, from])).toMatchObject({ code: 'ERR_SPEC' });
    expect(await ran('diff', [old, 'nowhere.yaml'])).toMatchObject({ code: 'ERR_USAGE' });
  });

  it('print what their schemas say: contract', async () => {
    expect(await ran('contract', ['--system', 'pulse-crm'])).toMatchObject({ ok: true });
    const live = ['--system', 'pulse-crm', '--target', server.url];
    const nobody = homeOf({ LATCHKEY_PULSE_CRM_API_KEY: '', LATCHKEY_PULSE_CRM_API_SECRET: '' });
    expect(await ran('contract', live, nobody)).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING' });
    const away = ['--system', 'pulse-crm', '--target', 'http://127.0.0.1:1'];
    expect(await ran('contract', away)).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE' });
    const wrong = homeOf({ LATCHKEY_PULSE_CRM_API_SECRET: 'wrong' });
    expect(await ran('contract', live, wrong)).toMatchObject({
      ok: false,
      reports: [{ refusedLogins: expect.any(Number) }],
    });
    expect(await ran('contract', ['--max-calls', '0'])).toMatchObject({ code: 'ERR_USAGE' });
  });

  it('print what their schemas say: regenerate', async () => {
    const text = await readFile(join(root, 'specs/zuora-soap.wsdl'), 'utf8');
    await mkdir(join(folder.path, 'desk'));
    const spec = await written('desk/desk.wsdl', text);
    await written('desk/lock.json', JSON.stringify({ specs: [{ file: 'desk.wsdl', source: null }] }));
    const write = (verify: readonly (readonly string[])[]): Promise<string> =>
      written(
        'desk/config.json',
        JSON.stringify({ specs: [{ wsdl: 'desk.wsdl' }], out: 'generated', lock: 'lock.json', verify }),
      );
    const args = ['--config', 'desk/config.json', '--no-fetch'];
    await write([['node', '-e', '1']]);
    expect(await ran('regenerate', args)).toMatchObject({ ok: true, changed: true, checks: [{ ok: true }] });
    for (const words of ['init --quiet', 'add --all', '-c user.name=T -c user.email=t@t.t commit --quiet -m Begin'])
      await promisify(execFile)('git', words.split(' '), { cwd: join(folder.path, 'desk') });
    await write([['node', '-e', 'process.exit(1)'], ['true']]);
    await writeFile(spec, text.replace(/ *<xs:element name="AccountNumber"[^>]*\/>\n/, ''));
    expect(await ran('regenerate', args)).toMatchObject({
      code: 'ERR_VERIFY',
      specs: [{ state: 'changed', bump: 'major' }],
      checks: [{ ok: false }, { ok: null }],
    });
    expect(
      await ran('regenerate', [...args, '--fail-on', 'breaking', '--no-verify', '--changelog', 'CHANGES.md']),
    ).toMatchObject({ code: 'ERR_BREAKING_CHANGE', changelog: 'CHANGES.md' });
    await writeFile(spec, '<broken');
    expect(await ran('regenerate', args)).toMatchObject({ code: 'ERR_SPEC' });
    expect(await ran('regenerate', ['--no-fetch', '--fetch-only'])).toMatchObject({ code: 'ERR_USAGE' });
  });
});
