import { describe, expect, it } from 'vitest';
import { ServiceUnreachableError } from '../../src/errors.ts';
import { wideBudget as loginBudget, openAccount, wrong, wrongs } from '../helpers/account-book.ts';
import { openKeeper, rightCredentials } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { rejection } from '../helpers/waiting.ts';

const minutes = 60_000;

describe('what a process could not save', () => {
  it('counts together with what the store holds, and is written with it when that works again', async () => {
    const { clock, kept, open } = openAccount();
    const [a, b] = [open(), open()];
    const [mine, theirs] = wrongs(1, 2);
    a.store.fails.write = storeIsDown();
    await a.tell(mine ?? wrong);
    clock.advanceMs(1);
    await b.tell(theirs ?? wrong);
    a.store.fails = {};
    expect(await a.tell(theirs ?? wrong)).toBe('quarantined');
    expect(await a.tell(mine ?? wrong)).toBe('quarantined');
    clock.advanceMs(1);
    expect(await b.tell(mine ?? wrong)).toBe('denied');
    clock.advanceMs(1);
    await a.tell(wrong);
    const { denials, logins } = await kept.book();
    expect(denials.map(({ sinceMs }) => sinceMs - clock.nowMs())).toEqual([-2, -1, 0]);
    expect(logins.map((at) => at - clock.nowMs())).toEqual([-3, -2, -1, 0]);
  });

  it.each([
    ['in the store', 0],
    ['in the process', 1],
  ])('stands where it is the later of two denials of the same credentials: that %s', async (_, later) => {
    const { clock, kept, open } = openAccount();
    const [a, b] = [open(), open()];
    a.store.fails.write = storeIsDown();
    const inTurn = later === 1 ? [b, a] : [a, b];
    await inTurn[0]?.tell(wrong);
    const stored = await kept.text();
    clock.advanceMs(30 * minutes);
    if (later === 1) await kept.takeAway();
    await inTurn[1]?.tell(wrong);
    if (later === 1) await kept.put(stored);
    a.store.fails = {};
    expect((await a.keeper.status()).quarantinedUntilMs).toBe(clock.nowMs() + 61 * minutes);
    await a.tell(rightCredentials);
    expect((await kept.book()).denials.map(({ sinceMs }) => sinceMs)).toEqual([clock.nowMs()]);
  });

  it('and what the store holds are the eight latest denials, and all the logins in the order of their times', async () => {
    const { clock, kept, open } = openAccount();
    const [a, b] = [open(), open()];
    a.store.fails.write = storeIsDown();
    const begun = clock.nowMs();
    for (const [n, credentials] of wrongs(1, 10).entries()) {
      clock.advanceMs(1);
      // The first, third and so on is known to the store.
      await (n % 2 === 0 ? b : a).tell(credentials);
    }
    a.store.fails = {};
    await a.tell(rightCredentials);
    const { denials, logins } = await kept.book();
    expect(denials.map(({ sinceMs }) => sinceMs - begun)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(logins.map((at) => at - begun)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]);
  });

  it('is told, by the reading as by the writing', async () => {
    for (const method of ['read', 'write'] as const) {
      const { kept, open } = openAccount();
      const inner = createSpyStore(kept.store);
      const does = inner[method].bind(inner) as (...given: unknown[]) => Promise<never>;
      inner[method] = async (key: string, ...rest: unknown[]) => {
        if (key.startsWith('account')) throw storeIsDown();
        return does(key, ...rest);
      };
      const { heard, tell } = open({ store: inner });
      expect(await tell(rightCredentials)).toBe('in');
      expect(heard()).toContain('warning:store-failed');
    }
  });
});

describe('a login under the account’s lock', () => {
  it('reads the book once and writes it once, where others are denied too', async () => {
    const { open } = openAccount();
    await open().tell(wrong);
    const { store, tell } = open();
    expect(await tell(rightCredentials)).toBe('in');
    expect(store.log.filter((call) => /account$/.test(call))).toEqual([
      'lock account',
      'read account',
      'write account',
    ]);
  });

  it('takes what the book says again where the lock was lost: another’s login is not lost', async () => {
    const { clock, kept, service } = openAccount();
    const lost = createSpyStore(kept.store);
    const { withLock } = lost;
    lost.withLock = (key, task, options) =>
      withLock(key, (lease) => task({ ...lease, signal: AbortSignal.abort() }), options);
    const source = {
      ...service.source,
      login: async (...given: Parameters<typeof service.source.login>) => {
        await kept.put({ denials: [], logins: [clock.nowMs() - 1] });
        return service.source.login(...given);
      },
    };
    const { keeper } = openKeeper({ ...service, source }, { clock, store: lost, loginBudget });
    await keeper.login();
    expect((await kept.book()).logins).toEqual([clock.nowMs() - 1, clock.nowMs()]);
  });

  it('waits for it for two logins’ time', async () => {
    const { open } = openAccount();
    const { store, tell } = open();
    const waits: number[] = [];
    const { withLock } = store;
    store.withLock = (key, task, options) => {
      if (key.startsWith('account')) waits.push(options.waitMs);
      return withLock(key, task, options);
    };
    expect(await tell(rightCredentials)).toBe('in');
    expect(waits).toEqual([60_000]);
  });
});

describe('a login that is spent without the account’s lock', () => {
  it('counts beside those that others have spent meanwhile, whether this process has had the lock before or not', async () => {
    const { kept, open, service } = openAccount();
    const source = {
      ...service.source,
      verify: async (...[, io]: Parameters<NonNullable<typeof service.source.verify>>) => io.spend(async () => true),
    };
    const options = { clock: openAccount().clock, store: kept.store, loginBudget };
    const [a, b] = [openKeeper({ ...service, source }, options), openKeeper({ ...service, source }, options)];
    await a.keeper.login();
    await b.keeper.verify();
    await open().tell(rightCredentials);
    await a.keeper.verify();
    expect((await kept.book()).logins).toHaveLength(4);
    expect([...a.heard(), ...b.heard()]).toEqual(['login', 'adoption']);
  });

  it('is given back alone when it never left', async () => {
    const { clock, kept, open, service } = openAccount();
    const { tell, keeper } = open();
    await tell(rightCredentials);
    clock.advanceMs(1);
    service.nextLoginFails = new ServiceUnreachableError('refused', { system: 'fake', neverSent: true });
    await rejection(keeper.login());
    expect((await kept.book()).logins).toEqual([clock.nowMs() - 1]);
  });
});
