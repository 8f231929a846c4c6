import { chmod, mkdir, readdir, readFile, realpath, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { latchkey, run } from './built.support.ts';
import { createHome, secret, shareService, user } from './home.support.ts';
import { expectValidJson } from './json-schemas.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();

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
    ['an address that is none', ['--base-url', 'crm.example.com'], 'baseUrl must be an absolute URL'],
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
  ])('refuses %s', async (_, more, said) => {
    await using home = await createHome();
    const { code, stderr } = await run(latchkey, ['init', ...pulse(), ...more], { env: home.env });
    expect(stderr).toContain(said);
    expect(code).toBe(2);
    expect(await readdir(home.path)).toEqual([]);
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
