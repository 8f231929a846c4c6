import { chmod, mkdir, readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { defaultZatoUsers } from '../../src/sandbox/index.ts';
import { latchkey, run } from './built.support.ts';
import { createHome, secret, shareService, user } from './home.support.ts';
import { expectValidJson } from './json-schemas.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();

const [totpUser = { username: '', password: '', totpKey: '' }] = defaultZatoUsers.filter(
  ({ isTotpEnabled }) => isTotpEnabled,
);

const pulse = (): string[] => ['--name', 'work', '--system', 'pulse-crm', '--base-url', service.url, '--user', user];

describe('latchkey init without a terminal', () => {
  it('writes the profile of its flags with mode 0600 in a folder of 0700, and logs in with it', async () => {
    await using home = await createHome();
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_SECRET: secret };
    const { code, stdout, stderr } = await run(latchkey, ['init', ...pulse(), '--default', '--production', '--json'], {
      env,
    });
    expect(expectValidJson('init', stdout)).toMatchObject({
      ok: true,
      profile: 'work',
      system: 'pulse-crm',
      file: home.file,
      isDefault: true,
      login: { user, state: 'live', isNew: true },
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(await readFile(home.file, 'utf8'))).toEqual({
      profiles: { work: { system: 'pulse-crm', baseUrl: service.url, user, production: true } },
      default: 'work',
    });
    expect((await stat(home.file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(home.path, 'config/latchkey'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(home.path, 'config/latchkey'))).toEqual(['config.json', 'store.key']);
    const token = await run(latchkey, ['auth', 'token'], { env: home.env });
    expect(token).toMatchObject({ code: 0, stderr: '' });
  });

  it('names all that is missing at once, and writes nothing', async () => {
    await using home = await createHome();
    const { code, stdout } = await run(latchkey, ['init', '--json'], { env: home.env });
    expect(expectValidJson('init', stdout)).toEqual({
      ok: false,
      code: 'ERR_USAGE',
      message: expect.stringContaining('--name, --system, --base-url, --user'),
    });
    expect(code).toBe(2);
    const zato = await run(latchkey, ['init', '--name', 'sso', '--system', 'zato-sso'], { env: home.env });
    expect(zato).toMatchObject({ code: 2, stdout: '' });
    expect(zato.stderr).toContain('must be given: --base-url, --user, --current-app');
    const soap = await run(latchkey, ['init', '--name', 'z', '--system', 'zuora-soap'], { env: home.env });
    expect(soap.stderr).toContain('must be given: --user\n');
    expect(await readdir(home.path)).toEqual([]);
  });

  it.each([
    ['a system that is none', ['--system', 'pulse'], '--system "pulse" is no system'],
    ['an address that is none', ['--base-url', 'crm.example.com'], 'the base URL must be an absolute URL'],
    ['plain http to another machine', ['--base-url', 'http://crm.example.com'], 'plain http'],
    ['a name that is none', ['--name', '../work'], '--name "../work"'],
    ['a name that no object can have', ['--name', '__proto__'], '--name "__proto__"'],
    ['a setting of another system', ['--entity-id', '1'], '--entity-id is not for pulse-crm'],
    [
      'a command that only a shell reads',
      ['--secret-command', 'pass show "my crm"'],
      '--secret-command has characters',
    ],
    ['two sources of the secret', ['--secret-command', 'x', '--secret-file', 'y'], 'one of them'],
    ['one-time codes of a system that has none', ['--totp-command', 'x'], '--totp-command is not for pulse-crm'],
    ['a user of blanks', ['--user', '  '], '--user is empty'],
    ['a file without a name', ['--secret-file', ''], '--secret-file is empty'],
    [
      'a store with a password',
      ['--store', 'redis://me:hush-0815@127.0.0.1:1'],
      'put such an address into LATCHKEY_STORE',
    ],
    ['a store that is none', ['--store', 'memroy'], '"memroy" is no store'],
  ])('refuses %s', async (_, more, said) => {
    await using home = await createHome();
    const { code, stderr } = await run(latchkey, ['init', ...pulse(), ...more], { env: home.env });
    expect(stderr).toContain(said);
    expect(stderr).not.toContain('hush-0815');
    expect(code).toBe(2);
    expect(await readdir(home.path)).toEqual([]);
  });

  it.each([
    [
      'two sources of codes',
      'zato-sso',
      ['--totp-command', 'x', '--totp-key-file', 'y'],
      '--totp-command and --totp-key-file',
    ],
    ['an empty setting that is needed', 'zato-sso', ['--current-app', ''], '--current-app is empty'],
    [
      'two names of an entity',
      'zuora-rest',
      ['--entity-id', '1', '--entity-name', 'x'],
      '--entity-id and --entity-name',
    ],
  ])('refuses %s', async (_, system, more, said) => {
    await using home = await createHome();
    const flags = ['--name', 'work', '--system', system, '--base-url', service.url, '--user', 'me'];
    const app = system === 'zato-sso' ? ['--current-app', 'CRM'] : [];
    const { code, stderr } = await run(latchkey, ['init', ...flags, ...app, ...more], { env: home.env });
    expect(stderr).toContain(said);
    expect(code).toBe(2);
    expect(await readdir(home.path)).toEqual([]);
  });

  it.each([
    ['a command that prints a code', '--totp-command', 'totpCommand'],
    ['a command that prints their key', '--totp-key-command', 'totpKeyCommand'],
    ['a file that holds their key', '--totp-key-file', 'totpKeyFile'],
  ])('keeps that one-time codes come from %s, and logs in with it', async (_, flag, field) => {
    await using home = await createHome();
    const key = join(home.path, 'totp.key');
    const code = join(home.path, 'code.mjs');
    await writeFile(key, `${totpUser.totpKey}\n`, { mode: 0o600 });
    const totp = JSON.stringify(new URL('../../dist/src/systems/totp.js', import.meta.url).href);
    await writeFile(code, `import { totpAt } from ${totp};\nconsole.log(totpAt('${totpUser.totpKey}', Date.now()));\n`);
    const value = flag === '--totp-key-file' ? 'totp.key' : flag === '--totp-command' ? `node ${code}` : `cat ${key}`;
    const zato = [
      '--system',
      'zato-sso',
      '--base-url',
      service.url,
      '--user',
      totpUser.username,
      '--current-app',
      'CRM',
    ];
    const { stdout, stderr } = await run(latchkey, ['init', '--name', 'sso', ...zato, flag, value, '--json'], {
      env: { ...home.env, LATCHKEY_ZATO_SSO_PASSWORD: totpUser.password },
      cwd: home.path,
    });
    expect(expectValidJson('init', stdout), stderr).toMatchObject({ ok: true, login: { state: 'live', isNew: true } });
    const text = await readFile(home.file, 'utf8');
    const kept = flag === '--totp-key-file' ? join(await realpath(home.path), value) : value.split(' ');
    expect(JSON.parse(text).profiles.sso[field]).toEqual(kept);
    expect(text).not.toContain(totpUser.totpKey);
    const again = await run(latchkey, ['auth', 'login', '--profile', 'sso', '--force', '--password-stdin'], {
      env: home.env,
      input: totpUser.password,
    });
    expect(again, again.stderr).toMatchObject({ code: 0 });
  });

  const written = `{
    // what I work with
    "default": "old",
    "profiles": {
        "old": { "system": "zuora-rest", "user": "me" }, // the first one
    },
}
`;

  it('keeps comments, order and the other profiles', async () => {
    await using home = await createHome(`\ufeff${written.replaceAll('\n', '\r\n')}`);
    const { code, stderr } = await run(latchkey, ['init', ...pulse(), '--no-try'], { env: home.env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const text = await readFile(home.file, 'utf8');
    for (const line of written.split('\n').filter((each) => each.includes('//'))) expect(text).toContain(line);
    expect(text).toMatch(/^\ufeff\{\r\n {4}\/\/ what I work with\r\n {4}"default": "old",/);
    expect(text).toContain('"work": {\r\n');
    expect(text.replaceAll('\r\n', '')).not.toContain('\n');
    const list = await run(latchkey, ['auth', 'list', '--json'], { env: home.env });
    expect(JSON.parse(list.stdout).profiles).toMatchObject([
      { name: 'old', isDefault: true },
      { name: 'work', isDefault: false, user },
    ]);
  });

  it('replaces a profile of the same name only when it is told to', async () => {
    await using home = await createHome('{"profiles":{"work":{"system":"zuora-rest"}}}');
    const refused = await run(latchkey, ['init', ...pulse(), '--no-try'], { env: home.env });
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.stderr).toContain('there is a profile "work" already');
    expect(await readFile(home.file, 'utf8')).toBe('{"profiles":{"work":{"system":"zuora-rest"}}}');
    expect((await run(latchkey, ['init', ...pulse(), '--no-try', '--replace'], { env: home.env })).code).toBe(0);
    expect(JSON.parse(await readFile(home.file, 'utf8')).profiles.work).toEqual({
      system: 'pulse-crm',
      baseUrl: service.url,
      user,
    });
  });

  it('says where a file is wrong, and leaves it as it is', async () => {
    await using home = await createHome('{\n  "profiles": {\n');
    const { code, stderr } = await run(latchkey, ['init', ...pulse()], { env: home.env });
    expect(stderr).toContain(`${home.file}:3:1: not JSON`);
    expect(code).toBe(2);
    expect(await readFile(home.file, 'utf8')).toBe('{\n  "profiles": {\n');
  });

  it('writes nothing into a file that says things twice: what is added would not count', async () => {
    const twice = '{"profiles":{"a":{"system":"zuora-rest"}},"profiles":{"b":{"system":"zuora-rest"}}}';
    await using home = await createHome(twice);
    const { code, stderr } = await run(latchkey, ['init', ...pulse(), '--no-try'], { env: home.env });
    expect(stderr).toContain('it may have "profiles" twice');
    expect(code).toBe(2);
    expect(await readFile(home.file, 'utf8')).toBe(twice);
  });

  it('tries the profile, and not what the environment says of somebody else', async () => {
    await using home = await createHome();
    const file = join(home.path, 'crm.secret');
    await writeFile(file, secret, { mode: 0o600 });
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_KEY: 'apiKey-000000000002' };
    const { stdout } = await run(latchkey, ['init', ...pulse(), '--secret-file', file, '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, login: { user } });
  });

  it('writes through a link to a file that is kept elsewhere', async () => {
    await using home = await createHome();
    await mkdir(join(home.path, 'config/latchkey'), { recursive: true, mode: 0o700 });
    const kept = join(await realpath(home.path), 'dotfiles.json');
    await writeFile(kept, '{}');
    await symlink(kept, home.file);
    expect((await run(latchkey, ['init', ...pulse(), '--no-try'], { env: home.env })).code).toBe(0);
    expect(await realpath(home.file)).toBe(kept);
    expect(JSON.parse(await readFile(kept, 'utf8')).profiles.work.user).toBe(user);
  });

  it('refuses a folder that others can write to', async () => {
    await using home = await createHome('{}');
    await chmod(join(home.path, 'config/latchkey'), 0o777);
    const { code, stderr } = await run(latchkey, ['init', ...pulse(), '--no-try'], { env: home.env });
    expect(stderr).toContain('Others can write to the folder');
    expect(code).toBe(1);
    expect(await readFile(home.file, 'utf8')).toBe('{}');
  });

  it('takes the secret of its command, and keeps paths that count from here', async () => {
    await using home = await createHome();
    const file = join(home.path, 'crm.secret');
    await writeFile(file, `${secret}\n`, { mode: 0o600 });
    const byCommand = ['init', ...pulse(), '--secret-command', `cat ${file}`, '--json'];
    expect(JSON.parse((await run(latchkey, byCommand, { env: home.env })).stdout)).toMatchObject({
      ok: true,
      login: {},
    });
    const byFile = ['init', ...pulse(), '--replace', '--no-try', '--secret-file', 'crm.secret'];
    expect((await run(latchkey, byFile, { env: home.env, cwd: home.path })).code).toBe(0);
    expect(JSON.parse(await readFile(home.file, 'utf8')).profiles.work.secretFile).toBe(
      join(await realpath(home.path), 'crm.secret'),
    );
  });

  it('tries what gives the secret though a session lives, and says so where nothing gives one', async () => {
    await using home = await createHome();
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_SECRET: secret };
    expect((await run(latchkey, ['init', ...pulse()], { env })).code).toBe(0);
    const again = ['init', ...pulse(), '--replace', '--json'];
    const wrong = await run(latchkey, [...again, '--secret-command', 'echo wrong-secret-0815'], { env: home.env });
    expect(wrong.code).toBe(6);
    expect(expectValidJson('init', wrong.stdout)).toMatchObject({ ok: false, code: 'ERR_LOGIN_DENIED', isKept: true });
    const missing = await run(latchkey, [...again, '--secret-file', 'nofile'], { env: home.env, cwd: home.path });
    expect(missing.code).toBe(4);
    expect(missing.stdout).toContain('nofile cannot be read (ENOENT)');
    const right = await run(latchkey, again, { env });
    expect(expectValidJson('init', right.stdout)).toMatchObject({ ok: true, login: { isNew: true } });
    const without = await run(latchkey, again, { env: home.env });
    expect(expectValidJson('init', without.stdout)).toMatchObject({
      ok: true,
      message: expect.stringContaining('No secret was tried: the session was there before'),
      login: { isNew: false },
    });
  });

  it('says that it was not tried where nothing gives the secret', async () => {
    await using home = await createHome();
    const { code, stdout } = await run(latchkey, ['init', ...pulse(), '--json'], { env: home.env });
    expect(expectValidJson('init', stdout)).toMatchObject({
      ok: true,
      login: null,
      message: expect.stringContaining('not tried'),
    });
    expect(code).toBe(0);
  });

  it('ends with 6 where the login is refused, keeps the profile and says so; no secret is anywhere', async () => {
    await using home = await createHome();
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_SECRET: 'wrong-secret-0815' };
    const { code, stdout, stderr } = await run(latchkey, ['init', ...pulse(), '--json'], { env });
    expect(expectValidJson('init', stdout)).toMatchObject({
      ok: false,
      code: 'ERR_LOGIN_DENIED',
      profile: 'work',
      isKept: true,
    });
    expect(code).toBe(6);
    expect(stdout + stderr + (await readFile(home.file, 'utf8'))).not.toContain('wrong-secret-0815');
    expect(JSON.parse(await readFile(home.file, 'utf8')).profiles.work.user).toBe(user);
  });
});
