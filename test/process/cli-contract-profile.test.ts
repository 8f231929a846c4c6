import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { ContractReport } from '../../src/contract/index.ts';
import { defaultZatoUsers } from '../../src/sandbox/index.ts';
import { latchkey, run } from './built.support.ts';
import { people } from './desk.support.ts';
import { createHome, type Home, secret, shareService, user } from './home.support.ts';
import { expectValidJson } from './json-schemas.support.ts';
import { keys, openTerminal } from './terminal.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();
/** Requests to log in, whatever came of them. */
const logins = (): number => service.sandbox.counts('pulse-crm').logins;

/** A home whose file holds one profile, `work`, at the sandbox. */
async function homeWith(profile: object): Promise<Home> {
  return createHome(JSON.stringify({ profiles: { work: { baseUrl: service.url, ...profile } } }));
}

/** Runs contract with `--json`: the exit code, and how each scenario ended. */
async function hold(home: Home, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const options = { env: { ...home.env, ...env }, cwd: home.path };
  const { code, stdout, stderr } = await run(latchkey, ['contract', ...args, '--json'], options);
  const document = expectValidJson('contract', stdout);
  const { reports: [report] = [] }: { readonly reports?: readonly ContractReport[] } = JSON.parse(stdout);
  const of = (name: string) => report?.results.find((result) => result.name === name);
  return { code, stderr, stdout, document, report, of };
}

describe('latchkey contract --profile', () => {
  it.each([
    ['a file', () => ({ secretFile: 'secret.txt' })],
    ['a command', () => ({ secretCommand: ['cat', 'config/latchkey/secret.txt'] })],
  ])('holds the service of a profile to its spec, with the secret from %s', async (_, from) => {
    await using home = await homeWith({ system: 'pulse-crm', user, ...from() });
    await writeFile(join(home.path, 'config/latchkey/secret.txt'), `${secret}\n`);
    const held = await hold(home, ['--profile', 'work']);
    expect(held).toMatchObject({ code: 0, stderr: '', report: { system: 'pulse-crm', target: service.url } });
    expect(held.of('login')).toMatchObject({ outcome: 'conforms' });
    // The profile names no person, and the account of its calls is not a second one.
    expect(held.of('login-person')).toMatchObject({ outcome: 'skipped', reason: 'needs email, password' });
    expect(held.stdout).not.toContain(secret);
  });

  it('takes the address of SOAP from a profile, too', async () => {
    const { path, user: username, secretVariable, secret: password } = people['zuora-soap'];
    await using home = await homeWith({ system: 'zuora-soap', baseUrl: service.url + path, user: username });
    const held = await hold(home, ['--profile', 'work', '--scenario', 'login'], { [secretVariable]: password });
    expect(held).toMatchObject({ code: 0, report: { outcome: 'conforms' } });
  });

  it('takes secrets of the environment from files and commands', async () => {
    await using home = await createHome('{}');
    const file = join(home.path, 'secret.txt');
    await writeFile(file, secret);
    const args = ['--system', 'pulse-crm', '--target', service.url, '--scenario', 'login'];
    const who = { LATCHKEY_PULSE_CRM_API_KEY: user };
    const byFile = await hold(home, args, { ...who, LATCHKEY_PULSE_CRM_API_SECRET_FILE: file });
    expect(byFile.code).toBe(0);
    const byCommand = await hold(home, args, { ...who, LATCHKEY_PULSE_CRM_API_SECRET_COMMAND: `cat ${file}` });
    expect(byCommand.code).toBe(0);
    const before = logins();
    const gone = await hold(home, args, { ...who, LATCHKEY_PULSE_CRM_API_SECRET_FILE: `${file}.gone` });
    expect(gone).toMatchObject({ code: 4, document: { code: 'ERR_CREDENTIALS_MISSING' } });
    expect(gone.document.message).toContain(`${file}.gone cannot be read (ENOENT)`);
    expect(logins()).toBe(before);
  });

  it("never sends a profile's secret as the secret of another user", async () => {
    await using home = await homeWith({ system: 'pulse-crm', user, secretFile: 'secret.txt' });
    await writeFile(join(home.path, 'config/latchkey/secret.txt'), secret);
    const before = logins();
    const held = await hold(home, ['--profile', 'work'], { LATCHKEY_PULSE_CRM_API_KEY: 'apiKey-000000000002' });
    expect(held).toMatchObject({ code: 4, document: { code: 'ERR_CREDENTIALS_MISSING' } });
    expect(held.document.message).toContain('needs apiSecret');
    expect(logins()).toBe(before);
  });

  it("runs the scenarios with one-time codes as the profile's user, and those without as the environment's", async () => {
    const coded = defaultZatoUsers.find(({ isTotpEnabled }) => isTotpEnabled);
    await using home = await homeWith({
      system: 'zato-sso',
      user: coded?.username,
      currentApp: 'CRM',
      secretFile: 'password.txt',
      totpKeyFile: 'key.txt',
    });
    await writeFile(join(home.path, 'config/latchkey/password.txt'), coded?.password ?? '');
    await writeFile(join(home.path, 'config/latchkey/key.txt'), coded?.totpKey ?? '');
    const plain = people['zato-sso'];
    const env = { [plain.userVariable]: plain.user, [plain.secretVariable]: plain.secret };
    const held = await hold(home, ['--profile', 'work', '--scenario', 'login', 'one-time-code'], env);
    expect(held).toMatchObject({ code: 0, stderr: '' });
    for (const name of ['login', 'one-time-code']) expect(held.of(name)).toMatchObject({ outcome: 'conforms' });
    const bare = await hold(home, ['--profile', 'work']);
    expect(bare).toMatchObject({ code: 4 });
    expect(bare.document.message).toContain('needs username, password');
  });

  it.each([
    ['a profile that is not there', ['--profile', 'wrok'], 'there are work, nowhere'],
    [
      "a system that is not the profile's",
      ['--profile', 'work', '--system', 'zato-sso'],
      'is for pulse-crm, not for zato-sso',
    ],
    [
      'the sandbox',
      ['--profile', 'work', '--target', 'sandbox:http'],
      'is for a service, and --target sandbox:http is none',
    ],
    ['a profile without an address', ['--profile', 'nowhere'], 'has no baseUrl: say with --target'],
  ])('ends with 2 for %s', async (_, args, why) => {
    const profiles = { work: { system: 'pulse-crm', baseUrl: service.url }, nowhere: { system: 'pulse-crm' } };
    await using home = await createHome(JSON.stringify({ profiles }));
    const held = await hold(home, args);
    expect(held).toMatchObject({ code: 2, document: { code: 'ERR_USAGE' } });
    expect(held.document.message).toContain(why);
  });

  it('asks before what is unsafe in production, however the place is named, and wants --yes where nobody can be asked', async () => {
    await using home = await homeWith({ system: 'pulse-crm', user, secretFile: 'secret.txt', production: true });
    await writeFile(join(home.path, 'config/latchkey/secret.txt'), secret);
    const unsafe = ['--allow-unsafe', '--scenario', 'login-denied'];
    const before = logins();
    const address = ['--system', 'pulse-crm', '--target', service.url];
    for (const where of [['--profile', 'work'], address]) {
      const held = await hold(home, [...where, ...unsafe]);
      expect(held).toMatchObject({ code: 2, document: { code: 'ERR_NOT_CONFIRMED' } });
      expect(held.document.message).toContain('say --yes');
    }
    await using terminal = openTerminal(['contract', '--profile', 'work', ...unsafe], { env: home.env });
    await terminal.shows('contract --allow-unsafe may lock an account');
    terminal.type('n');
    expect(await terminal.ended).toMatchObject({ code: 2, running: [] });
    expect(logins()).toBe(before);
    const sure = await hold(home, ['--profile', 'work', ...unsafe, '--yes']);
    expect(sure.of('login-denied')).toMatchObject({ outcome: 'conforms' });
    expect(logins()).toBe(before + 1);
    expect((await hold(home, ['--profile', 'work', '--scenario', 'login'])).code).toBe(0);
  });

  it('asks somebody at the terminal for the secret, hidden, and not with --no-input', async () => {
    await using home = await homeWith({ system: 'pulse-crm', user });
    const args = ['contract', '--profile', 'work', '--scenario', 'login'];
    await using terminal = openTerminal(args, { env: home.env });
    await terminal.shows(`apiSecret of ${user} at ${service.url}`);
    terminal.type(`${secret}${keys.enter}`);
    await terminal.shows('the service conforms to its spec');
    const { code, settings } = await terminal.ended;
    expect(code).toBe(0);
    expect(settings).toMatch(/ icanon /);
    expect(settings).toMatch(/ echo /);
    expect(terminal.raw()).not.toContain(secret);
    await using silent = openTerminal([...args, '--no-input'], { env: home.env });
    await silent.shows('needs apiSecret');
    expect((await silent.ended).code).toBe(4);
  });
});
