import { describe, expect, it, vi } from 'vitest';
import { defaultZatoUsers } from '../../src/sandbox/index.ts';
import { totpAt } from '../../src/systems/totp.ts';
import { createHome, type Home, shareService } from './home.support.ts';
import { expectLeftInOrder, keys, openTerminal, type Terminal } from './terminal.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();

/** Codes that are never right: the user's are of digits. */
const WRONG = 'abcdef';

describe('a one-time code at a terminal', () => {
  const person = defaultZatoUsers.find(({ isTotpEnabled }) => isTotpEnabled);
  const rightCode = (): string => totpAt(person?.totpKey ?? '', service.sandbox.clock.nowMs());

  /** Somebody who has typed the password, and is asked for a code. */
  async function asked({ env }: Home, ...verb: string[]): Promise<Terminal> {
    const flags = ['--base-url', service.url, '--user', 'totp-user', '--current-app', 'CRM'];
    const terminal = openTerminal([...verb, 'zato-sso', ...flags], { env });
    await terminal.shows('Password of totp-user');
    terminal.type(`${person?.password}${keys.enter}`);
    await terminal.shows('One-time code of totp-user');
    return terminal;
  }

  /** Types a code that is refused, and waits for the next question. */
  async function mistype(terminal: Terminal): Promise<void> {
    const refusals = (): number => terminal.screen().match(/Another code\?/g)?.length ?? 0;
    const before = refusals();
    terminal.type(WRONG + keys.enter);
    await vi.waitFor(() => expect(refusals()).toBe(before + 1), { timeout: 20_000, interval: 20 });
  }

  /** What the service has counted of logins meanwhile. */
  function countLogins(): () => number {
    const before = service.sandbox.counts('zato-sso').logins;
    return () => service.sandbox.counts('zato-sso').logins - before;
  }

  it.each([
    ['auth login', ['auth', 'login']],
    ['auth login --force', ['auth', 'login', '--force']],
    ['auth token', ['auth', 'token']],
    ['auth header', ['auth', 'header']],
    ['auth refresh', ['auth', 'refresh']],
  ])('is asked for once the service wants one, and costs one request more: %s', async (_, verb) => {
    await using home = await createHome();
    const logins = countLogins();
    await using terminal = await asked(home, ...verb);
    expect(logins()).toBe(1);
    terminal.type(rightCode() + keys.enter);
    const end = await terminal.ended;
    expect(end.code, terminal.screen()).toBe(0);
    expect(logins()).toBe(2);
    expectLeftInOrder(terminal, end);
    expect(terminal.raw()).not.toContain(person?.password);
  });

  it('leaves the terminal in order where the answer is Ctrl-C', async () => {
    await using home = await createHome();
    await using terminal = await asked(home, 'auth', 'login');
    terminal.type(keys.ctrlC);
    const end = await terminal.ended;
    expect(end.code).toBe(130);
    expectLeftInOrder(terminal, end);
  });

  it('is asked for again where it was mistyped, and nobody is locked out for that', async () => {
    await using home = await createHome();
    const logins = countLogins();
    await using careless = await asked(home, 'auth', 'login');
    await mistype(careless);
    await mistype(careless);
    careless.type(WRONG + keys.enter);
    expect((await careless.ended).code, careless.screen()).toBe(6);
    // One without a code, and the three that were typed.
    expect(logins()).toBe(4);

    await using leaving = await asked(home, 'auth', 'login');
    await mistype(leaving);
    leaving.type(keys.ctrlC);
    expect((await leaving.ended).code).toBe(130);

    await using terminal = await asked(home, 'auth', 'login');
    await mistype(terminal);
    terminal.type(rightCode() + keys.enter);
    expect((await terminal.ended).code, terminal.screen()).toBe(0);
    expect(terminal.screen()).toContain('Logged in to zato-sso as totp-user');
  });
});
