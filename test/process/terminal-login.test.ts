import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { latchkey, run } from './built.support.ts';
import { createHome, secret, shareService, user } from './home.support.ts';
import { expectLeftInOrder, keys, openTerminal, type Terminal } from './terminal.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();

/** Names of all files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

describe('auth login at a terminal', () => {
  it('asks on stderr for what is missing, shows nothing of the secret, and prints the result on stdout', async () => {
    await using home = await createHome();
    const out = join(home.path, 'out');
    await using terminal = openTerminal(['auth', 'login', 'pulse-crm'], { env: home.env, redirect: `>${out}` });
    await terminal.shows('Where is Pulse CRM?');
    terminal.type(service.url + keys.enter);
    await terminal.shows('API key or email address');
    terminal.type(user + keys.enter);
    await terminal.shows(`API secret of ${user}`);
    const before = terminal.screen();
    terminal.type(secret.slice(0, 12));
    terminal.type(secret.slice(12) + keys.enter);
    const end = await terminal.ended;
    expect(end.code).toBe(0);
    expectLeftInOrder(terminal, end);
    expect(terminal.raw()).not.toContain('secret-');
    // Neither the secret nor a mark for each of its letters.
    expect(terminal.raw()).not.toMatch(/[•*]{2}/);
    expect(terminal.screen().split('\n').slice(0, 3)).toEqual(before.split('\n').slice(0, 3));
    expect(await readFile(out, 'utf8')).toMatch(new RegExp(`^Logged in to pulse-crm as ${user} at ${service.url}`));
    expect(terminal.screen()).not.toContain('Logged in to');
  });

  it('shows nothing of a secret that is typed before it is asked for', async () => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url];
    await using terminal = openTerminal(args, { env: home.env });
    await terminal.shows('API key or email address');
    terminal.type(user);
    await terminal.shows(user);
    // As far as the program can tell, some of it with the answer before it, some later.
    for (const piece of [`${keys.enter}sec`, 'ret-', '0', `00000000001${keys.enter}`]) {
      terminal.type(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const end = await terminal.ended;
    expect(terminal.raw()).not.toContain('secret-');
    expect(end.code, terminal.screen()).toBe(0);
    expectLeftInOrder(terminal, end);
  });

  it('lets choose the system where none is named, and one of several logins, or another one', async () => {
    await using home = await createHome();
    await using first = openTerminal(['auth', 'login'], { env: home.env });
    await first.shows('Which system?');
    first.type(keys.down.repeat(3) + keys.enter);
    await first.shows('Where is Pulse CRM?');
    first.type(service.url + keys.enter);
    await first.shows('API key or email address');
    first.type(user + keys.enter);
    await first.shows(`API secret of ${user}`);
    first.type(secret + keys.enter);
    const end = await first.ended;
    expect(end.code, first.screen()).toBe(0);
    expectLeftInOrder(first, end);
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', 'apiKey-000000000002'];
    await using second = openTerminal(args, { env: home.env });
    await second.shows('API secret of');
    second.type(`secret-000000000002${keys.enter}`);
    expect((await second.ended).code, second.screen()).toBe(0);
    const { logins } = service.sandbox.counts('pulse-crm');
    await using token = openTerminal(['auth', 'token', 'pulse-crm'], { env: home.env });
    await token.shows('Which login to Pulse CRM?');
    await token.shows(`${user} at ${service.url}`);
    token.type(keys.down + keys.enter);
    expect((await token.ended).code, token.screen()).toBe(0);
    expect(service.sandbox.counts('pulse-crm').logins).toBe(logins);
    await using other = openTerminal(['auth', 'login', 'pulse-crm', '--base-url', service.url], { env: home.env });
    await other.shows('another one');
    other.type(keys.down.repeat(2) + keys.enter);
    await other.shows('API key or email address');
    other.type(keys.ctrlC);
    expect((await other.ended).code).toBe(130);
  });

  it('asks again where the answer cannot be', async () => {
    await using home = await createHome();
    await using terminal = openTerminal(['auth', 'login', 'zato-sso'], { env: home.env });
    await terminal.shows('Where is Zato SSO?');
    terminal.type(keys.enter);
    await terminal.shows('Something must be entered');
    terminal.type(`crm.example.com${keys.enter}`);
    await terminal.shows('An address that begins with https://');
    terminal.type(keys.ctrlC);
    expect((await terminal.ended).code).toBe(130);
  });

  const questions = [
    ['where', [], 'Where is Pulse CRM?'],
    ['who', ['--base-url', 'http://127.0.0.1:1'], 'API key or email address'],
    ['the secret', ['--base-url', 'http://127.0.0.1:1', '--user', user], 'API secret of'],
  ] as const;
  const ways = [
    ['Ctrl-C', keys.ctrlC],
    ['Escape', keys.escape],
    ['Ctrl-D', keys.ctrlD],
  ] as const;
  for (const [question, flags, shown] of questions) {
    for (const term of ['xterm-256color', 'dumb']) {
      it.each(ways)(`is ended at the question for ${question} by %s (${term})`, async (_, key) => {
        await using home = await createHome();
        const env = { ...home.env, TERM: term };
        await using terminal = openTerminal(['auth', 'login', 'pulse-crm', ...flags], { env });
        await terminal.shows(shown);
        terminal.type(key);
        const end = await terminal.ended;
        expect(end.code, terminal.screen()).toBe(130);
        expectLeftInOrder(terminal, end);
        expect(terminal.screen()).toContain('Interrupted');
        expect(await filesIn(home.path)).toEqual([]);
      });
    }
    it.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
      `is ended at the question for ${question} by %s`,
      async (name) => {
        await using home = await createHome();
        await using terminal = openTerminal(['auth', 'login', 'pulse-crm', ...flags], { env: home.env });
        await terminal.shows(shown);
        process.kill(terminal.pid(), name);
        const end = await terminal.ended;
        expect(end.code, terminal.screen()).toBe(130);
        expectLeftInOrder(terminal, end);
      },
    );
  }

  it('ends when the terminal goes away', async () => {
    await using home = await createHome();
    const terminal = openTerminal(['auth', 'login', 'pulse-crm'], { env: home.env });
    await terminal.shows('Where is Pulse CRM?');
    const pid = terminal.pid();
    terminal.hangUp();
    await terminal[Symbol.asyncDispose]();
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 10_000, interval: 50 });
  });

  it('hands its session to a second terminal, which asks nothing and makes no login', async () => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
    await using first = openTerminal(args, { env: home.env });
    await first.shows('API secret of');
    first.type(secret + keys.enter);
    expect((await first.ended).code).toBe(0);
    const logins = service.sandbox.counts('pulse-crm').logins;
    await using second = openTerminal(['auth', 'token'], { env: home.env });
    const end = await second.ended;
    expect(end.code, second.screen()).toBe(0);
    expect(second.screen()).toMatch(/^\[pid \d+\]\n\S{16,}\n/);
    expect(service.sandbox.counts('pulse-crm').logins).toBe(logins);
  });

  it('is asked for in the middle of a call, where the service no longer knows the session; the call is made then', async () => {
    await using home = await createHome();
    const who = ['pulse-crm', '--base-url', service.url, '--user', user];
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_SECRET: secret };
    expect((await run(latchkey, ['auth', 'login', ...who], { env })).code).toBe(0);
    service.sandbox.scenario('pulse-crm', 'expire-now');
    const { logins } = service.sandbox.counts('pulse-crm');
    await using terminal = openTerminal(['call', 'pulse-crm', 'getSession'], { env: home.env });
    await terminal.shows(`API secret of ${user}`);
    terminal.type(secret + keys.enter);
    const end = await terminal.ended;
    expect(end.code, terminal.screen()).toBe(0);
    expect(terminal.screen()).toContain('"email"');
    expectLeftInOrder(terminal, end);
    expect(service.sandbox.counts('pulse-crm').logins).toBe(logins + 1);
    expect(terminal.raw()).not.toContain(secret);
  });

  it.each([
    ['--no-input', ['--no-input'], {}],
    ['CI', [], { CI: 'true' }],
  ])('asks nothing with %s', async (_, flags, more) => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user, ...flags];
    await using terminal = openTerminal(args, { env: { ...home.env, ...more } });
    expect((await terminal.ended).code).toBe(4);
    expect(terminal.screen()).toContain('the API secret is not given');
    expect(terminal.raw()).not.toContain('\x1b');
  });

  it('reads no secret from a terminal with --password-stdin, where what is typed would be seen', async () => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user, '--password-stdin'];
    await using terminal = openTerminal(args, { env: home.env });
    const end = await terminal.ended;
    expect(end.code).toBe(2);
    expect(terminal.screen()).toContain('reads a pipe, and stdin is a terminal: leave it out');
    expectLeftInOrder(terminal, end);
  });

  it('needs both ends of the terminal for a question', async () => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
    for (const redirect of ['</dev/null', '2>/dev/null']) {
      await using terminal = openTerminal(args, { env: home.env, redirect });
      expect((await terminal.ended).code).toBe(4);
    }
  });

  it('has no colours with NO_COLOR, and no escape sequence at all with TERM=dumb', async () => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
    await using grey = openTerminal(args, { env: { ...home.env, NO_COLOR: '1' } });
    await grey.shows('API secret of');
    grey.type(keys.enter);
    await grey.shows('Something must be entered');
    grey.type(keys.ctrlC);
    await grey.ended;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are such characters.
    expect(grey.raw()).not.toMatch(/\x1b\[([\d;]*;)?(3\d|4\d|9\d|10\d)(;[\d;]*)?m/);
    await using dumb = openTerminal(args, { env: { ...home.env, TERM: 'dumb' } });
    await dumb.shows('API secret of');
    dumb.type(keys.enter);
    await dumb.shows('Something must be entered');
    dumb.type(`wrong\x7f\x7f\x7f\x7f\x7f${secret}${keys.enter}`);
    const end = await dumb.ended;
    expect(end.code, dumb.screen()).toBe(0);
    expectLeftInOrder(dumb, end);
    expect(dumb.raw()).not.toContain('\x1b');
    expect(dumb.raw()).not.toContain('secret-');
  });

  it('stays readable at 20 columns, and when the window changes', async () => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url];
    await using terminal = openTerminal(args, { env: home.env, columns: 20 });
    await terminal.shows('API key or');
    terminal.type(user);
    // The question stands there once, whatever was typed, and the answer is whole.
    await vi.waitFor(() => expect(terminal.screen().replaceAll('\n', '')).toContain(user));
    expect(terminal.screen().match(/API key or/g)).toHaveLength(1);
    terminal.resize(60);
    terminal.type(keys.enter);
    await terminal.shows('API secret of');
    terminal.resize(15);
    terminal.type(secret + keys.enter);
    const end = await terminal.ended;
    expect(end.code, terminal.screen()).toBe(0);
    expectLeftInOrder(terminal, end);
    expect(terminal.raw()).not.toContain('secret-');
  });
});

describe('a login that takes long', () => {
  const slow = async (env: Readonly<Record<string, string>>, redirect = ''): Promise<Terminal> => {
    service.sandbox.scenario('pulse-crm', 'slow-login', { ms: 1500 });
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
    const withSecret = { ...env, LATCHKEY_PULSE_CRM_API_SECRET: secret };
    const terminal = openTerminal(args, { env: withSecret, redirect });
    return terminal;
  };

  it('is told of on the terminal, in a line that goes away', async () => {
    await using home = await createHome();
    await using terminal = await slow(home.env);
    await terminal.shows('Waiting for Pulse CRM');
    const end = await terminal.ended;
    expect(end.code).toBe(0);
    expectLeftInOrder(terminal, end);
    expect(terminal.screen()).not.toContain('Waiting for');
  });

  it('is ended by Ctrl-C with 130, and leaves nothing half written', async () => {
    await using home = await createHome();
    await using terminal = await slow(home.env);
    await terminal.shows('Waiting for Pulse CRM');
    terminal.type(keys.ctrlC);
    const end = await terminal.ended;
    expect(end.code).toBe(130);
    expectLeftInOrder(terminal, end);
    expect((await filesIn(home.path)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('is not told of in CI, nor where stderr is no terminal', async () => {
    await using home = await createHome();
    await using inCi = await slow({ ...home.env, CI: 'true' });
    expect((await inCi.ended).code).toBe(0);
    await using other = await createHome();
    const file = join(other.path, 'err');
    await using piped = await slow(other.env, `2>${file}`);
    expect((await piped.ended).code).toBe(0);
    for (const text of [inCi.raw(), piped.raw(), await readFile(file, 'utf8')]) expect(text).not.toContain('Waiting');
  });
});
