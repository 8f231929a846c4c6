import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt, root } from './built.support.ts';
import { type Desk, everybody, openDesk, people, zatoUser } from './desk.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const ada = people['pulse-crm'];
const email = { user: 'ada@pulse.example.test', password: 'pulse-password-1' };

/** A program that prints a text, and the words that run it. */
async function program(desk: Desk, name: string, prints: string): Promise<string> {
  const path = join(desk.folder, name);
  await writeFile(path, `#!/bin/sh\ncat <<'END'\n${prints}\nEND\n`);
  await chmod(path, 0o700);
  return path;
}

async function writeProfiles(desk: Desk, file: object): Promise<void> {
  await mkdir(join(desk.folder, 'config/latchkey'), { recursive: true });
  await writeFile(join(desk.folder, 'config/latchkey/config.json'), JSON.stringify(file));
}

describe('a secret', () => {
  it.each(everybody)('is taken from the environment, a file or a command, $system', async (person) => {
    const { secret, secretVariable } = person;
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'a secret'), `${secret}\r\n`, { mode: 0o600 });
    const forms = {
      [secretVariable]: secret,
      [`${secretVariable}_FILE`]: join(desk.folder, 'a secret'),
      [`${secretVariable}_COMMAND`]: JSON.stringify(['cat', join(desk.folder, 'a secret')]),
    };
    for (const [name, value] of Object.entries(forms)) {
      const login = ['auth', 'login', ...desk.who(person), '--force'];
      expect(await desk.ask(login, { env: { [name]: value } }), name).toMatchObject({ exit: 0, isNew: true });
    }
    expect(desk.sandbox.counts(person.system).logins).toBe(3);
  });

  it.each(everybody)('comes with who and where from the environment alone, $system', async (person) => {
    await using desk = await openDesk();
    const env = {
      [`LATCHKEY_${person.system.replace('-', '_').toUpperCase()}_BASE_URL`]: desk.url + person.path,
      [person.userVariable]: person.user,
      [person.secretVariable]: person.secret,
      LATCHKEY_ZATO_SSO_CURRENT_APP: 'CRM',
    };
    const token = await desk.run(['auth', 'token', person.system], { env });
    expect(token).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\S+\n$/) });
    expect(await desk.run(['auth', 'token', person.system], { env })).toEqual(token);
    expect(desk.sandbox.counts(person.system).logins).toBe(1);
  });

  it('may be a key’s or an email address’', async () => {
    await using desk = await openDesk();
    const where = ['pulse-crm', '--base-url', desk.url];
    const byEmail = { LATCHKEY_PULSE_CRM_EMAIL: email.user, LATCHKEY_PULSE_CRM_PASSWORD: email.password };
    expect(await desk.ask(['auth', 'login', ...where], { env: byEmail })).toMatchObject({ exit: 0, user: email.user });
    const named = [...where, '--user', email.user, '--password-stdin', '--force'];
    expect(await desk.ask(['auth', 'login', ...named], { input: email.password })).toMatchObject({ exit: 0 });
    const keys = { ...byEmail, [ada.secretVariable]: ada.secret };
    const byKey = await desk.ask(['auth', 'login', ...where, '--user', ada.user], { env: keys });
    expect(byKey).toMatchObject({ exit: 0, user: ada.user });
  });

  it('is read from stdin as it is but for one line end, up to 64 KiB', async () => {
    await using desk = await openDesk();
    const user = people['zato-sso'];
    desk.sandbox.scenario('zato-sso', 'change-password', { username: user.user, password: ' two  words é\n' });
    const args = ['auth', 'login', ...desk.who(user), '--password-stdin', '--force'];
    expect(await desk.ask(args, { input: ' two  words é\n\r\n' })).toMatchObject({ exit: 0 });
    const large = await desk.ask(args, { input: 'x'.repeat(65_537) });
    expect(large).toMatchObject({ exit: 2, code: 'ERR_USAGE', message: expect.stringContaining('65536 bytes') });
    expect(desk.sandbox.counts('zato-sso').logins).toBe(1);
  });

  it('is never looked for while a session lives', async () => {
    await using desk = await openDesk();
    await desk.login(ada);
    const trace = join(desk.folder, 'asked');
    const env = { [`${ada.secretVariable}_COMMAND`]: JSON.stringify(['sh', '-c', 'echo asked >> "$0"', trace]) };
    for (const verb of ['login', 'token', 'header', 'status', 'list', 'logout']) {
      const system = verb === 'list' ? [] : ['pulse-crm'];
      expect(await desk.ask(['auth', verb, ...system], { env }), verb).toMatchObject({ exit: 0 });
    }
    expect(await desk.run(['auth', 'token', ...desk.who(ada)], { env })).toMatchObject({ code: 4 });
    expect(await readFile(trace, 'utf8')).toBe('asked\n');
  });

  it('in a variable that holds no command is wrong usage, and is not repeated', async () => {
    await using desk = await openDesk();
    const env = { [`${ada.secretVariable}_COMMAND`]: `printf '%s' "${ada.secret}" | cat` };
    const answer = await desk.ask(['auth', 'login', ...desk.who(ada)], { env });
    expect(answer).toMatchObject({ exit: 2, code: 'ERR_USAGE' });
    expect(answer.message).toContain('LATCHKEY_PULSE_CRM_API_SECRET_COMMAND');
    expect(answer.message).not.toContain(ada.secret);
  });
});

describe('a profile', () => {
  it('says who, where and how the secret is had; flags and environment go before it', async () => {
    await using desk = await openDesk();
    const { user, secret, system } = ada;
    const secretCommand = ['cat', join(desk.folder, 'secret')];
    await writeFile(join(desk.folder, 'secret'), secret);
    const work = { system, user, baseUrl: desk.url, secretCommand };
    const file = { system, user: email.user, baseUrl: desk.url, secretFile: '../../password' };
    await writeFile(join(desk.folder, 'password'), email.password);
    await writeProfiles(desk, {
      default: 'work',
      profiles: { work, file, away: { ...work, baseUrl: 'https://a.test' } },
    });
    expect(await desk.ask(['auth', 'login'])).toMatchObject({ exit: 0, profile: 'work', user });
    const byFlag = await desk.ask(['auth', 'login', '--profile', 'file']);
    expect(byFlag).toMatchObject({ exit: 0, profile: 'file', user: email.user, isNew: true });
    const env = { LATCHKEY_PROFILE: 'file' };
    expect(await desk.ask(['auth', 'status'], { env })).toMatchObject({ exit: 0, profile: 'file' });
    expect(await desk.ask(['auth', 'status', '--profile', 'work'], { env })).toMatchObject({ profile: 'work' });
    const elsewhere = ['auth', 'login', '--profile', 'away', '--base-url', desk.url];
    expect(await desk.ask(elsewhere)).toMatchObject({ exit: 0, baseUrl: desk.url, isNew: false });
    const wrong = await desk.ask(['auth', 'token', 'zato-sso', '--profile', 'work']);
    expect(wrong).toMatchObject({ exit: 2, code: 'ERR_USAGE', message: expect.stringContaining('is for pulse-crm') });
    const { profiles } = await desk.ask(['auth', 'list']);
    expect(profiles).toMatchObject([
      { name: 'work', isDefault: true },
      { name: 'file', isDefault: false },
      { name: 'away' },
    ]);
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(2);
  });

  it('of one user does not lend its secret to another who is named beside it', async () => {
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'secret'), ada.secret);
    const work = { system: ada.system, user: ada.user, baseUrl: desk.url, secretFile: join(desk.folder, 'secret') };
    await writeProfiles(desk, { profiles: { work } });
    const other = await desk.ask(['auth', 'login', '--profile', 'work', '--user', 'apiKey-000000000002']);
    expect(other).toMatchObject({ exit: 4, code: 'ERR_CREDENTIALS_MISSING' });
    expect(desk.sandbox.counts('pulse-crm').requests).toBe(0);
  });
});

describe('one-time codes', () => {
  const key = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const person = zatoUser('totp-user');

  /** A command that prints the code of the moment: one that was made before may be of a step that has passed. */
  async function codePrinter({ folder }: Desk): Promise<string[]> {
    const file = join(folder, 'print-code.mjs');
    const library = pathToFileURL(join(root, 'dist/src/systems/totp.js'));
    await writeFile(file, `import { totpAt } from '${library}';\nconsole.log(totpAt('${key}', Date.now()));\n`);
    return [process.execPath, file];
  }

  it('come from a key in the environment, a file or a command, or from a command that prints one', async () => {
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'key'), `${key}\n`);
    const forms = {
      LATCHKEY_ZATO_SSO_TOTP_KEY: key,
      LATCHKEY_ZATO_SSO_TOTP_KEY_FILE: join(desk.folder, 'key'),
      LATCHKEY_ZATO_SSO_TOTP_KEY_COMMAND: await program(desk, 'print-key', key),
      LATCHKEY_ZATO_SSO_TOTP_COMMAND: JSON.stringify(await codePrinter(desk)),
    };
    for (const [name, value] of Object.entries(forms)) {
      const env = { [name]: value, [person.secretVariable]: person.secret };
      const answer = await desk.ask(['auth', 'login', ...desk.who(person), '--force'], { env });
      expect(answer, name).toMatchObject({ exit: 0, isNew: true });
    }
  });

  it('come from what a profile names', async () => {
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'password'), person.secret);
    const common = { system: 'zato-sso', user: person.user, baseUrl: desk.url, currentApp: 'CRM' };
    const secretFile = join(desk.folder, 'password');
    const byKey = { ...common, secretFile, totpKeyCommand: [await program(desk, 'print-key', key)] };
    const byCode = { ...common, secretFile, totpCommand: await codePrinter(desk) };
    await writeProfiles(desk, { profiles: { byKey, byCode } });
    for (const name of ['byKey', 'byCode']) {
      expect(await desk.ask(['auth', 'login', '--profile', name, '--force'])).toMatchObject({ exit: 0, isNew: true });
    }
  });

  it('that are wrong are denied, and a key that is none is wrong usage', async () => {
    await using desk = await openDesk();
    const asked = (env: Readonly<Record<string, string>>) =>
      desk.ask(['auth', 'login', ...desk.who(person)], { env: { ...env, [person.secretVariable]: person.secret } });
    const noKey = await asked({ LATCHKEY_ZATO_SSO_TOTP_KEY: 'not base32!' });
    expect(noKey).toMatchObject({ exit: 2, code: 'ERR_TOTP_SEED' });
    expect(noKey.message).not.toContain('not base32!');
    const wrong = await asked({ LATCHKEY_ZATO_SSO_TOTP_COMMAND: await program(desk, 'wrong', '000000') });
    expect(wrong).toMatchObject({ exit: 6, code: 'ERR_LOGIN_DENIED' });
  });
});
