import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { defaultZatoUsers } from '../../src/sandbox/index.ts';
import { totpAt } from '../../src/systems/totp.ts';
import { createHome, secret, shareService, user } from './home.support.ts';
import { keys, openTerminal, type Terminal } from './terminal.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();
const [totpUser = { username: '', password: '', totpKey: '' }] = defaultZatoUsers.filter(
  ({ isTotpEnabled }) => isTotpEnabled,
);

/** Answers questions in their order: each once it is shown. */
async function answer(terminal: Terminal, answers: readonly (readonly [question: string, typed: string])[]) {
  for (const [question, typed] of answers) {
    await terminal.shows(question);
    terminal.type(typed + keys.enter);
  }
}

const upToSecret = [
  ['Which system is it for?', keys.down + keys.down + keys.down],
  ['Where is Pulse CRM?', ''],
] as const;
const rest = [
  ['API key or email address', user],
  ['Account that calls are about', ''],
  ['Where does the API secret come from?', ''],
  ['A name for the profile', ''],
  ['Is it production?', 'y'],
  ['Use it where no profile is named?', ''],
] as const;
const questions = (): (readonly [string, string])[] => [upToSecret[0], [upToSecret[1][0], service.url], ...rest];

describe('latchkey init at a terminal', () => {
  it('asks for everything, shows what it will write, writes it, and logs in', async () => {
    await using home = await createHome();
    const out = join(home.path, 'out');
    await using terminal = openTerminal(['init'], { env: home.env, redirect: `>${out}` });
    await answer(terminal, questions());
    const shown = await terminal.shows('Write it?');
    expect(shown).toContain(`This goes into ${home.file}:`);
    expect(shown).toContain('"production": true');
    expect(shown.split('\n').slice(1, 5)).toEqual([
      '◇  Which system is it for?',
      'Pulse CRM (pulse-crm)',
      '◇  Where is Pulse CRM?',
      service.url,
    ]);
    for (const [question] of questions()) expect(shown.split(question), question).toHaveLength(2);
    expect(await readdir(home.path)).toEqual(['out']);
    await answer(terminal, [
      ['Write it?', ''],
      [`API secret of ${user}`, secret],
    ]);
    expect((await terminal.ended).code, terminal.screen()).toBe(0);
    expect(JSON.parse(await readFile(home.file, 'utf8'))).toEqual({
      profiles: { 'pulse-crm': { system: 'pulse-crm', baseUrl: service.url, user, production: true } },
      default: 'pulse-crm',
    });
    expect(await readFile(out, 'utf8')).toMatch(/^The profile pulse-crm is in .*\. Logged in to pulse-crm as /);
    expect(terminal.raw()).not.toContain('secret-');
  });

  const codes = [
    ['asked for each time', 0, undefined, undefined],
    ['from a command', 1, 'The command', 'totpCommand'],
    ['from a key that a command prints', 2, 'The command', 'totpKeyCommand'],
    ['from a key in a file', 3, 'The file', 'totpKeyFile'],
    ['from a key in the environment', 4, undefined, undefined],
  ] as const;
  it.each(codes)('asks where one-time codes come from, and logs in with those %s', async (_, at, question, field) => {
    await using home = await createHome();
    const { username, password, totpKey } = totpUser;
    const code = (): string => totpAt(totpKey ?? '', service.sandbox.clock.nowMs());
    const key = join(home.path, 'totp.key');
    await writeFile(key, field === 'totpCommand' ? code() : `${totpKey}`, { mode: 0o600 });
    const env = at === 4 ? { ...home.env, LATCHKEY_ZATO_SSO_TOTP_KEY: `${totpKey}` } : home.env;
    const flags = ['--system', 'zato-sso', '--base-url', service.url, '--user', username, '--current-app', 'CRM'];
    await using terminal = openTerminal(['init', '--name', 'sso', ...flags], { env });
    await answer(terminal, [
      ['Where does the password come from?', ''],
      ['Where do one-time codes come from', keys.down.repeat(at)],
      ...(question === undefined ? [] : [[question, field === 'totpKeyFile' ? key : `cat ${key}`] as const]),
      ['Is it production?', ''],
      ['Use it where no profile is named?', ''],
      ['Write it?', ''],
      [`Password of ${username}`, `${password}`],
    ]);
    if (at === 0) {
      await terminal.shows(`One-time code of ${username}`);
      terminal.type(code() + keys.enter);
    }
    expect((await terminal.ended).code, terminal.screen()).toBe(0);
    const {
      system: _system,
      baseUrl: _url,
      user: _user,
      currentApp: _app,
      ...totp
    } = JSON.parse(await readFile(home.file, 'utf8')).profiles.sso;
    const given = field === 'totpKeyFile' ? key : ['cat', key];
    expect(totp).toEqual(field === undefined ? {} : { [field]: given });
    for (const secret of [password, totpKey]) expect(terminal.raw()).not.toContain(secret);
  });

  it.each([
    ['keeps', '', true],
    ['drops', keys.down, false],
  ])('%s the profile as is wished where the login is refused', async (_, choice, isKept) => {
    await using home = await createHome();
    await using terminal = openTerminal(['init', '--base-url', service.url], { env: home.env });
    await answer(terminal, [
      ...questions().filter(([question]) => !question.startsWith('Where is')),
      ['Write it?', ''],
      [`API secret of ${user}`, 'a-wrong-secret'],
    ]);
    await terminal.shows('The login failed:');
    await answer(terminal, [['Keep the profile', choice]]);
    expect((await terminal.ended).code, terminal.screen()).toBe(6);
    expect(await readdir(join(home.path, 'config/latchkey'))).toEqual(
      isKept ? ['config.json', 'store.key'] : ['store.key'],
    );
    expect(terminal.raw()).not.toContain('a-wrong-secret');
  });

  it.each([
    ['Ctrl-C', keys.ctrlC],
    ['Escape', keys.escape],
    ['Ctrl-D', keys.ctrlD],
  ])('writes nothing when it is ended by %s, at any question', async (_, key) => {
    const all = [...questions(), ['Write it?', ''] as const];
    for (const at of all.keys()) {
      // A line that holds something is not ended by Ctrl-D.
      if (key === keys.ctrlD && all[at]?.[0] === 'A name for the profile') continue;
      await using home = await createHome();
      await using terminal = openTerminal(['init'], { env: home.env });
      await answer(terminal, all.slice(0, at));
      await terminal.shows(all[at]?.[0] ?? '');
      terminal.type(key);
      const { code, settings, running } = await terminal.ended;
      expect(code, terminal.screen()).toBe(130);
      expect(settings.split(/\s+/)).toEqual(expect.arrayContaining(['icanon', 'echo', 'isig']));
      expect(running).toEqual([]);
      expect(await readdir(home.path)).toEqual([]);
    }
  });

  it('takes no for an answer', async () => {
    await using home = await createHome();
    await using terminal = openTerminal(['init'], { env: { ...home.env, TERM: 'dumb' } });
    await answer(terminal, [
      ['Which system is it for?', '4'],
      ['Where is Pulse CRM?', service.url],
      ...rest.map(([question, typed]) => [question, question.startsWith('Where does') ? '1' : typed] as const),
      ['Write it?', 'n'],
    ]);
    expect((await terminal.ended).code, terminal.screen()).toBe(130);
    expect(terminal.screen()).toContain('Nothing was written');
    expect(await readdir(home.path)).toEqual([]);
  });
});
