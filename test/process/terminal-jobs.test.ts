import { describe, expect, it, vi } from 'vitest';
import { createHome, type Home, secret, shareService, user } from './home.support.ts';
import { commandLine, expectLeftInOrder, keys, openShell, openTerminal, type Screen } from './terminal.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();
const terms = ['xterm-256color', 'dumb'] as const;

/** A shell with jobs, at whose prompt commands are typed. */
async function shellAt({ env }: Home, term: string): Promise<Screen> {
  const shell = openShell({ env: { ...env, TERM: term, PS1: 'ready> ', BASH_SILENCE_DEPRECATION_WARNING: '1' } });
  await shell.shows('ready>');
  return shell;
}

/** What comes after the last place of a text; nothing where it is not there yet. */
function textBehind(text: string, mark: string): string {
  return text.includes(mark) ? text.slice(text.lastIndexOf(mark) + mark.length) : '';
}

/** Modes of the terminal that the shell's programs find. */
async function modes(shell: Screen, mark: string): Promise<readonly string[]> {
  shell.type(`stty -a; echo ${mark}"-told"${keys.enter}`);
  const shown = await shell.shows(`${mark}-told`);
  return textBehind(shown, `${mark}"-told"`).split(/\s+/);
}

describe('Ctrl-Z at a question', () => {
  it.each(terms)(
    'stops the command, gives the terminal back, and the question is there again after fg (%s)',
    async (term) => {
      await using home = await createHome();
      await using shell = await shellAt(home, term);
      const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
      shell.type(`${commandLine(args).join(' ')}${keys.enter}`);
      await shell.shows('API secret of');
      shell.type(secret.slice(0, 3));
      shell.type(keys.ctrlZ);
      await shell.shows('Stopped');
      expect(shell.raw().lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(shell.raw().lastIndexOf('\x1b[?25l'));
      expect(await modes(shell, 'stopped')).toEqual(expect.arrayContaining(['icanon', 'isig', 'echo', 'opost']));

      shell.type(`fg${keys.enter}`);
      await vi.waitFor(() => expect(textBehind(shell.screen(), 'ready> fg')).toContain('API secret of'), {
        timeout: 10_000,
      });
      shell.type(secret.slice(3) + keys.enter);
      await shell.shows(`Logged in to pulse-crm as ${user}`);
      expect(await modes(shell, 'ended')).toEqual(expect.arrayContaining(['icanon', 'isig', 'echo', 'opost']));
      expect(shell.raw()).not.toContain('ret-');
      expect(shell.raw().lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(shell.raw().lastIndexOf('\x1b[?25l'));
    },
  );

  it.each(terms)('hides what is typed after a stop by a signal, too (%s)', async (term) => {
    await using home = await createHome();
    await using shell = await shellAt(home, term);
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
    // The shell's own signals are for its jobs: this one comes from elsewhere.
    shell.type(`sh -c 'echo "pid=$$"; exec "$@"' x ${commandLine(args).join(' ')}${keys.enter}`);
    const [, pid] = /pid=(\d+)/.exec(await shell.shows('API secret of')) ?? [];
    process.kill(Number(pid), 'SIGSTOP');
    await shell.shows('Stopped');
    shell.type(`fg${keys.enter}`);
    await vi.waitFor(() => expect(textBehind(shell.screen(), 'ready> fg')).toContain('API secret of'), {
      timeout: 10_000,
    });
    shell.type(secret + keys.enter);
    await shell.shows(`Logged in to pulse-crm as ${user}`);
    expect(shell.raw()).not.toContain('secret-');
  });

  it.each(terms)('shows nothing of a secret where no shell could continue the command (%s)', async (term) => {
    await using home = await createHome();
    const args = ['auth', 'login', 'pulse-crm', '--base-url', service.url, '--user', user];
    await using terminal = openTerminal(args, { env: { ...home.env, TERM: term } });
    await terminal.shows('API secret of');
    terminal.type(keys.ctrlZ);
    // It is put once more: by then the key has been seen.
    await vi.waitFor(() => expect(terminal.raw().match(/API secret of/g)).toHaveLength(2), { timeout: 10_000 });
    terminal.type(secret + keys.enter);
    const end = await terminal.ended;
    expect(terminal.raw()).not.toContain('secret-');
    expect(end.code, terminal.screen()).toBe(0);
    expectLeftInOrder(terminal, end);
  });

  it('keeps hidden what is typed between two questions', async () => {
    await using home = await createHome();
    await using shell = await shellAt(home, 'xterm-256color');
    shell.type(`${commandLine(['auth', 'login', 'pulse-crm', '--base-url', service.url]).join(' ')}${keys.enter}`);
    await shell.shows('API key or email address');
    shell.type(user + keys.ctrlZ);
    await shell.shows('Stopped');
    shell.type(`fg${keys.enter}`);
    await vi.waitFor(() => expect(textBehind(shell.screen(), 'ready> fg')).toContain(user), { timeout: 10_000 });
    shell.type(keys.enter + secret);
    await shell.shows('API secret of');
    shell.type(keys.enter);
    await shell.shows(`Logged in to pulse-crm as ${user}`);
    expect(shell.raw()).not.toContain('secret-');
  });
});
