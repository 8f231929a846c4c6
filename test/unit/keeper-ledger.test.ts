import { describe, expect, it } from 'vitest';
import {
  AccountLockedError,
  LoginBudgetError,
  LoginDeniedError,
  LoginQuarantinedError,
  ServiceUnreachableError,
  TotpRequiredError,
} from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, openKeeper, rightCredentials } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { createGate, createManualClock, type Gate, rejection, settle } from '../helpers/waiting.ts';

const minutes = 60_000;
const wrong = { user: 'ada', password: 'wrong-password' };

describe('refused credentials', () => {
  it('are sent once, then fail at once with the time when they may be tried again', async () => {
    const service = createFakeService();
    const { keeper, clock, heard } = openKeeper(service, { credentials: wrong });
    const since = clock.nowMs();
    expect(await rejection(keeper.get())).toMatchObject({ code: 'ERR_LOGIN_DENIED', isRemembered: true });
    clock.advanceMs(minutes);
    const error = await rejection(keeper.get());
    expect(error).toBeInstanceOf(LoginQuarantinedError);
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(error).toMatchObject({ sinceMs: since, untilMs: since + 61 * minutes, reason: 'WRONG', retryable: false });
    expect(service.counts.logins).toBe(1);
    expect(heard()).toEqual(['login-failed', 'login-failed']);
    expect((await keeper.status()).quarantinedUntilMs).toBe(since + 61 * minutes);
  });

  it('are sent once however many calls ask at the same time', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { credentials: wrong });
    const errors = await Promise.all(Array.from({ length: 50 }, () => rejection(keeper.run(callOf(service)))));
    for (const error of errors) expect(error).toBeInstanceOf(LoginDeniedError);
    expect(service.counts.logins).toBe(1);
  });

  it('are refused for every keeper of the account, across identities and processes that share the store', async () => {
    const store = createMemoryStore();
    const [a, b] = [createFakeService(), createFakeService()];
    const elsewhere = { ...b.source, identity: ['https://fake.example.test', 'ada', 'another entity'] };
    await rejection(openKeeper(a, { store, credentials: wrong }).keeper.get());
    const other = openKeeper({ ...b, source: elsewhere }, { store, credentials: wrong });
    expect(await rejection(other.keeper.get())).toBeInstanceOf(LoginQuarantinedError);
    expect(b.counts.logins).toBe(0);
  });

  it('do not stand in the way of others of the same account', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    await rejection(openKeeper(service, { store, credentials: wrong }).keeper.get());
    expect((await openKeeper(service, { store }).keeper.get()).secret).toBe('fake-secret-1');
  });

  it('do not stand in the way when a function gives changed ones', async () => {
    const service = createFakeService();
    let credentials = wrong;
    const { keeper } = openKeeper(service, { credentials: () => credentials });
    await rejection(keeper.get());
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginQuarantinedError);
    credentials = rightCredentials;
    expect((await keeper.get()).secret).toBe('fake-secret-1');
    expect(service.counts).toMatchObject({ logins: 2, denied: 1 });
  });

  it('leave a live session alone', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.password = 'changed';
    expect(await rejection(keeper.login())).toBeInstanceOf(LoginDeniedError);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
  });

  it('are tried again when the quarantine ends, and left alone twice as long after the next denial', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service, { credentials: wrong });
    await rejection(keeper.get());
    let wait = 61 * minutes;
    for (let times = 1; times <= 4; times += 1) {
      clock.advanceMs(wait - 1);
      expect(await rejection(keeper.get())).toBeInstanceOf(LoginQuarantinedError);
      clock.advanceMs(1);
      const denied = await rejection(keeper.get());
      expect(denied).not.toBeInstanceOf(LoginQuarantinedError);
      wait *= 2;
      expect((await keeper.status()).quarantinedUntilMs).toBe(clock.nowMs() + wait);
    }
    expect(service.counts.logins).toBe(5);
  });

  it('are never left alone for more than a day', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service, { credentials: wrong });
    for (let times = 0; times < 12; times += 1) {
      await rejection(keeper.get());
      clock.setMs((await keeper.status()).quarantinedUntilMs ?? Number.NaN);
    }
    await rejection(keeper.get());
    expect((await keeper.status()).quarantinedUntilMs).toBe(clock.nowMs() + 24 * 60 * minutes);
  });

  it('may be tried again when somebody clears the quarantine', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { credentials: wrong });
    await rejection(keeper.get());
    await keeper.clearQuarantine();
    expect((await keeper.status()).quarantinedUntilMs).toBeNull();
    expect(await rejection(keeper.get())).not.toBeInstanceOf(LoginQuarantinedError);
    expect(service.counts.logins).toBe(2);
  });

  it('are let go after a login of another process that is under way, not before it is denied', async () => {
    const service = createFakeService();
    const { keeper, store, clock } = openKeeper(service, { credentials: wrong });
    const other = openKeeper(service, { credentials: wrong, store, clock }).keeper;
    const gate = createGate();
    service.gate = gate;
    const denied = rejection(keeper.get());
    while (service.counts.logins === 0) await settle();
    const cleared = other.clearQuarantine();
    await settle();
    gate.open();
    await Promise.all([denied, cleared]);
    expect((await other.status()).quarantinedUntilMs).toBeNull();
  });

  it('are forgotten once they work: the next denial counts as the first', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service, { credentials: wrong });
    await rejection(keeper.get());
    clock.advanceMs(61 * minutes);
    service.password = wrong.password;
    await keeper.get();
    service.password = 'changed again';
    await rejection(keeper.login());
    expect((await keeper.status()).quarantinedUntilMs).toBe(clock.nowMs() + 61 * minutes);
  });

  it('stay in quarantine when the store comes back with an older denial of them', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper, clock } = openKeeper(service, { store, credentials: wrong });
    await rejection(keeper.get());
    clock.advanceMs(62 * minutes);
    store.fails = { read: storeIsDown(), write: storeIsDown(), withLock: storeIsDown(), digest: storeIsDown() };
    expect(await rejection(keeper.get())).not.toBeInstanceOf(LoginQuarantinedError);
    store.fails = {};
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginQuarantinedError);
    expect(service.counts.logins).toBe(2);
  });

  it('stay in quarantine when the store fails', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper } = openKeeper(service, { credentials: wrong, store });
    store.fails = { read: storeIsDown(), write: storeIsDown(), withLock: storeIsDown() };
    await rejection(keeper.get());
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginQuarantinedError);
    expect(service.counts.logins).toBe(1);
    store.fails = {};
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginQuarantinedError);
    expect(service.counts.logins).toBe(1);
  });

  it('stay in quarantine when what the store holds of the account is damaged', async () => {
    const service = createFakeService();
    const inner = createMemoryStore();
    const store = createSpyStore(inner);
    const { keeper } = openKeeper(service, { credentials: wrong, store });
    await rejection(keeper.get());
    const read = inner.read;
    inner.read = async (key) => (key.startsWith('account') ? '{"v":1,"denials":[{}],"logins":["x"]}' : read(key));
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginQuarantinedError);
    expect(service.counts.logins).toBe(1);
  });

  it('are told by a hash, never written down', async () => {
    const service = createFakeService();
    const inner = createMemoryStore();
    const written: string[] = [];
    const note: typeof inner.write = async (key, value, options) => {
      written.push(value);
      await inner.write(key, value, options);
    };
    const store = { ...inner, write: note, withLock: lockWriting(inner, note) };
    await rejection(openKeeper(service, { credentials: wrong, store }).keeper.get());
    expect(written.length).toBeGreaterThan(0);
    expect(written.join('\n')).not.toContain(wrong.password);
  });

  it.each([
    ['a locked account', new AccountLockedError('locked', { system: 'fake' })],
    ['a missing one-time code', new TotpRequiredError('code', { system: 'fake' })],
    ['no answer', new ServiceUnreachableError('down', { system: 'fake' })],
  ])('do not include those of %s', async (_, failure) => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    service.nextLoginFails = failure;
    expect(await rejection(keeper.get())).toBe(failure);
    expect((await keeper.get()).secret).toBe('fake-secret-1');
  });
});

function lockWriting(
  inner: ReturnType<typeof createMemoryStore>,
  write: ReturnType<typeof createMemoryStore>['write'],
): ReturnType<typeof createMemoryStore>['withLock'] {
  return (key, task, options) => inner.withLock(key, (lease) => task({ ...lease, write }), options);
}

describe('the login budget', () => {
  it('stops logins when it is used up, with the time when the next is allowed', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service, { loginBudget: { max: 3, windowMs: 10 * minutes } });
    const first = clock.nowMs();
    for (let n = 0; n < 3; n += 1) {
      await keeper.login();
      clock.advanceMs(minutes);
    }
    const error = await rejection(keeper.login());
    expect(error).toBeInstanceOf(LoginBudgetError);
    expect(error).toMatchObject({ untilMs: first + 10 * minutes, retryable: true });
    expect(service.counts.logins).toBe(3);
    expect((await keeper.status()).loginsInWindow).toBe(3);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-3');
    clock.setMs(first + 10 * minutes);
    await keeper.login();
    expect(service.counts.logins).toBe(4);
  });

  it('tells the logins of the last hour beside those that count against it, a hundred at most', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service, { loginBudget: { max: 3, windowMs: minutes } });
    for (let n = 0; n < 6; n += 1) {
      await keeper.login();
      clock.advanceMs(15 * minutes);
    }
    expect(await keeper.status()).toMatchObject({ loginsInWindow: 0, loginsInLastHour: 3 });
    await keeper.login();
    expect(await keeper.status()).toMatchObject({ loginsInWindow: 1, loginsInLastHour: 4 });
    for (let n = 0; n < 110; n += 1) {
      clock.advanceMs(minutes / 3);
      await keeper.login();
    }
    expect(await keeper.status()).toMatchObject({ loginsInWindow: 3, loginsInLastHour: 100 });
  });

  it('counts logins that were denied, and those that got no answer', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { loginBudget: { max: 2, windowMs: 10 * minutes } });
    service.nextLoginFails = new ServiceUnreachableError('down', { system: 'fake' });
    await rejection(keeper.get());
    service.nextLoginFails = new AccountLockedError('locked', { system: 'fake' });
    await rejection(keeper.get());
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginBudgetError);
  });

  it('does not count logins that certainly never reached the service', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { loginBudget: { max: 2, windowMs: 10 * minutes } });
    for (let n = 0; n < 5; n += 1) {
      service.nextLoginFails = new ServiceUnreachableError('refused', { system: 'fake', neverSent: true });
      expect(await rejection(keeper.get())).toBeInstanceOf(ServiceUnreachableError);
    }
    expect((await keeper.status()).loginsInWindow).toBe(0);
    await keeper.get();
  });

  it('gives back only the login that was never sent, even if another was spent in the same millisecond', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { loginBudget: { max: 2, windowMs: 10 * minutes } });
    await keeper.login();
    service.nextLoginFails = new ServiceUnreachableError('refused', { system: 'fake', neverSent: true });
    await rejection(keeper.login());
    expect((await keeper.status()).loginsInWindow).toBe(1);
  });

  it('is shared by all keepers of the account', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const clock = createManualClock();
    const loginBudget = { max: 2, windowMs: 10 * minutes };
    const [a, b] = [
      openKeeper(service, { store, clock, loginBudget }),
      openKeeper(service, { store, clock, loginBudget }),
    ];
    await a.keeper.login();
    clock.advanceMs(1);
    await b.keeper.login();
    clock.advanceMs(1);
    expect(await rejection(a.keeper.login())).toBeInstanceOf(LoginBudgetError);
    expect(await rejection(b.keeper.login())).toBeInstanceOf(LoginBudgetError);
  });

  it('holds while the store is down', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper, clock } = openKeeper(service, { store, loginBudget: { max: 2, windowMs: 10 * minutes } });
    store.fails = { read: storeIsDown(), write: storeIsDown(), withLock: storeIsDown() };
    await keeper.login();
    clock.advanceMs(1);
    await keeper.login();
    clock.advanceMs(1);
    expect(await rejection(keeper.login())).toBeInstanceOf(LoginBudgetError);
  });

  it('is not stopped for ever by a clock that was set back', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service, { loginBudget: { max: 1, windowMs: 10 * minutes } });
    await keeper.login();
    clock.advanceMs(-24 * 60 * minutes);
    await keeper.login();
    expect(service.counts.logins).toBe(2);
  });
});

describe('a look at the status', () => {
  it('while a login spends twice makes the budget lose none of them', async () => {
    const service = createFakeService();
    const memory = createMemoryStore();
    let gate: Gate | undefined;
    // What it found is old by the time that it is told.
    const read = async (key: string): Promise<string | null> => {
      const found = await memory.read(key);
      if (key.startsWith('account')) await gate?.passed;
      return found;
    };
    // As a system does that is asked for a one-time code: two requests in one login.
    const source = {
      ...service.source,
      login: async (...[credentials, io]: Parameters<typeof service.source.login>) => {
        await io.spend(async () => {});
        const opened = createGate();
        gate = opened;
        const looking = keeper.status();
        await settle();
        const result = await service.source.login(credentials, io);
        opened.open();
        gate = undefined;
        await looking;
        await io.spend(async () => {});
        return result;
      },
    };
    const { keeper } = openKeeper({ ...service, source }, { store: { ...memory, read } });
    await keeper.get();
    expect((await keeper.status()).loginsInWindow).toBe(3);
  });
});
