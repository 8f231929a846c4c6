import { describe, expect, it, vi } from 'vitest';
import { CredentialsMissingError, LoginDeniedError, ServiceUnreachableError } from '../../src/errors.ts';
import { Fingerprinter } from '../../src/keeper/fingerprint.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { callOf, createFakeService, openKeeper, rightCredentials } from '../helpers/fake-service.ts';
import { createSpyStore } from '../helpers/spy-store.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const fifty = Array.from({ length: 50 }, (_, n) => n);

describe('a keeper that has no session', () => {
  it('logs in once for everybody who asks meanwhile', async () => {
    const service = createFakeService();
    service.gate = createGate();
    const { keeper, heard } = openKeeper(service);
    const calls = fifty.map(() => keeper.run(callOf(service)));
    await settle();
    expect(service.counts.logins).toBe(1);
    service.gate.open();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['fake-secret-1']));
    expect(service.counts.logins).toBe(1);
    expect(heard()).toEqual(['login']);
  });

  it('serves from memory afterwards: no store, no lock, no login', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.run(callOf(service));
    store.log.length = 0;
    for (let n = 0; n < 10; n += 1) await keeper.run(callOf(service));
    expect(store.log).toEqual([]);
    expect(service.counts.logins).toBe(1);
  });

  it('adopts a live session from the store without a lock or a login', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    await openKeeper(service, { store }).keeper.get();
    store.log.length = 0;
    const second = openKeeper(service, { store });
    expect((await second.keeper.get()).secret).toBe('fake-secret-1');
    expect(second.heard()).toEqual(['adoption']);
    expect(store.log.filter((entry) => entry.startsWith('lock'))).toEqual([]);
    expect(service.counts.logins).toBe(1);
  });

  it('does not put what it read before a login over the session of that login', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    await openKeeper(service, { store }).keeper.get();
    const { keeper, heard } = openKeeper(service, { store });
    const gate = createGate();
    store.readGate = gate;
    const asking = keeper.status();
    await settle();
    store.readGate = undefined;
    await keeper.login();
    gate.open();
    expect((await asking).session?.id).toBe((await keeper.get()).id);
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    expect(heard()).toEqual(['login']);
  });

  it('reads the store again under the lock, and adopts what somebody wrote meanwhile', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper, heard } = openKeeper(service, { store });
    store.underLock = async () => {
      await openKeeper(service, { store: store.unlocked }).keeper.get();
    };
    const session = await keeper.get();
    expect(session.secret).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
    expect(heard()).toEqual(['adoption']);
  });

  it('lets two keepers of one store log in once between them', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    service.gate = createGate();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    const both = [a.keeper.get(), b.keeper.get()];
    await settle();
    service.gate.open();
    const [first, second] = await Promise.all(both);
    expect(first?.secret).toBe(second?.secret);
    expect(service.counts.logins).toBe(1);
    expect([...a.heard(), ...b.heard()].sort()).toEqual(['adoption', 'login']);
  });

  it('keeps different identities apart, in one store too', async () => {
    const store = createMemoryStore();
    const [ada, bob] = [createFakeService(), createFakeService({ who: 'bob' })];
    const a = await openKeeper(ada, { store }).keeper.get();
    const b = await openKeeper(bob, { store }).keeper.get();
    expect(a.id).not.toBe(b.id);
    expect([ada.counts.logins, bob.counts.logins]).toEqual([1, 1]);
  });

  it('shows every waiter the failure, then starts afresh', async () => {
    const service = createFakeService();
    service.gate = createGate();
    service.nextLoginFails = new ServiceUnreachableError('down', { system: 'fake' });
    const { keeper, heard } = openKeeper(service);
    const calls = fifty.map(() => rejection(keeper.run(callOf(service))));
    await settle();
    service.gate.open();
    const errors = await Promise.all(calls);
    expect(new Set(errors).size).toBe(1);
    expect(errors[0]).toBeInstanceOf(ServiceUnreachableError);
    expect(service.counts.logins).toBe(1);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(heard()).toEqual(['login-failed', 'login']);
  });

  it('goes on for the others when one waiter aborts', async () => {
    const service = createFakeService();
    service.gate = createGate();
    const { keeper } = openKeeper(service);
    const controller = new AbortController();
    const leaving = rejection(keeper.run(callOf(service), { signal: controller.signal }));
    const staying = keeper.run(callOf(service));
    await settle();
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await leaving).toBe(reason);
    service.gate.open();
    expect(await staying).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
  });

  it('keeps what a login brought even when its only waiter has left', async () => {
    const service = createFakeService();
    service.gate = createGate();
    const { keeper } = openKeeper(service);
    const controller = new AbortController();
    const leaving = rejection(keeper.get({ signal: controller.signal }));
    await settle();
    controller.abort();
    await leaving;
    service.gate.open();
    await keeper[Symbol.asyncDispose]();
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
  });

  it.each(['run', 'get', 'login', 'renew', 'verify'] as const)(
    'starts nothing for %s with a fired signal',
    async (verb) => {
      const service = createFakeService();
      const { keeper } = openKeeper(service);
      const signal = AbortSignal.abort(new Error('too late'));
      const asked = verb === 'run' ? keeper.run(callOf(service), { signal }) : keeper[verb]({ signal });
      expect(await rejection(asked)).toBe(signal.reason);
      await keeper[Symbol.asyncDispose]();
      expect(service.counts.logins).toBe(0);
    },
  );

  it('gives up a login that takes too long, as unreachable and not as denied', async () => {
    const service = createFakeService();
    service.gate = createGate();
    const { keeper } = openKeeper(service, { loginTimeoutMs: 20 });
    expect(await rejection(keeper.get())).toBeInstanceOf(ServiceUnreachableError);
    service.gate.open();
    service.gate = undefined;
    expect((await keeper.get()).revision).toBe(1);
  });
});

describe('credentials', () => {
  it('as a function are asked at each login, and only then', async () => {
    const service = createFakeService();
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return rightCredentials;
    };
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { credentials, store });
    await keeper.run(callOf(service));
    await keeper.run(callOf(service));
    expect(asked).toBe(1);
    await openKeeper(service, { credentials, store }).keeper.get();
    expect(asked).toBe(1);
    service.revokeAll();
    await keeper.run(callOf(service));
    expect(asked).toBe(2);
  });

  it('left out, only adopt: without a session in the store that is an error of its own', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { credentials: null, store });
    expect(await rejection(keeper.get())).toBeInstanceOf(CredentialsMissingError);
    await openKeeper(service, { store }).keeper.get();
    expect((await keeper.get()).secret).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
  });

  it('given as a value adopt only a session that they made', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    await openKeeper(service, { store }).keeper.get();
    const changed = { user: 'ada', password: 'other-password' };
    service.password = changed.password;
    const { keeper, heard } = openKeeper(service, { store, credentials: changed });
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    expect(heard()).toEqual(['login']);
  });

  it('that are wrong never get at the session of the right ones', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    await openKeeper(service, { store }).keeper.get();
    const { keeper } = openKeeper(service, { store, credentials: { user: 'ada', password: 'wrong' } });
    expect(await rejection(keeper.get())).toBeInstanceOf(LoginDeniedError);
    expect((await openKeeper(service, { store }).keeper.get()).secret).toBe('fake-secret-1');
  });

  it.each([
    ['nothing', undefined],
    ['a number for the password', { user: 'ada', password: 7 }],
    ['an empty password', { user: 'ada', password: '' }],
  ])('are not sent when a function gives %s', async (_, given) => {
    const service = createFakeService();
    // What plain JavaScript lets through.
    const credentials = (() => given) as () => typeof rightCredentials;
    const { keeper } = openKeeper(service, { credentials });
    expect(await rejection(keeper.get())).toMatchObject({ name: 'TypeError', code: 'ERR_CREDENTIALS' });
    expect(service.counts.logins).toBe(0);
  });

  it('that a function gives too late are not blamed on the service', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { credentials: () => new Promise(() => {}), loginTimeoutMs: 20 });
    const error = await rejection(keeper.get());
    expect(error).toBeInstanceOf(CredentialsMissingError);
    expect(error).toHaveProperty('message', 'fake: the credentials function gave none within 20 ms');
  });

  it('as a function adopt by identity alone, whatever made the session', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    await openKeeper(service, { store }).keeper.get();
    const { keeper } = openKeeper(service, { store, credentials: () => ({ user: 'ada', password: 'other' }) });
    expect((await keeper.get()).secret).toBe('fake-secret-1');
  });

  it('are told apart with a salted hash where the store has no key of its own', async () => {
    const service = createFakeService();
    const { digest: _, ...plain } = createMemoryStore();
    const records: string[] = [];
    const write: typeof plain.write = (key, value, options) => {
      records.push(value);
      return plain.write(key, value, options);
    };
    const keyless: SessionStore = {
      ...plain,
      write,
      withLock: (key, task, options) => plain.withLock(key, (lease) => task({ ...lease, write }), options),
    };
    await openKeeper(service, { store: keyless }).keeper.get();
    expect((await openKeeper(service, { store: keyless }).keeper.get()).secret).toBe('fake-secret-1');
    const other = { user: 'ada', password: 'other-password' };
    service.password = other.password;
    expect((await openKeeper(service, { store: keyless, credentials: other }).keeper.get()).secret).toBe(
      'fake-secret-2',
    );
    expect(records.length).toBeGreaterThan(1);
    for (const record of records) expect(record).not.toMatch(/right-password|other-password/);
  });
});

describe('a forced login', () => {
  it('logs in although a live session is at hand, once for all who force it at the same time', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.gate = createGate();
    const forced = [keeper.login(), keeper.login(), keeper.login()];
    await settle();
    service.gate.open();
    expect(new Set((await Promise.all(forced)).map(({ secret }) => secret))).toEqual(new Set(['fake-secret-2']));
    expect(service.counts.logins).toBe(2);
  });

  it('lets a login that is under way land first, then logs in itself', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    service.gate = createGate();
    const using = keeper.get();
    await settle();
    const forced = keeper.login();
    await settle();
    expect(service.counts.logins).toBe(1);
    service.gate.open();
    expect([(await using).secret, (await forced).secret]).toEqual(['fake-secret-1', 'fake-secret-2']);
    expect(service.mostLoginsAtOnce()).toBe(1);
  });

  it('replaces what the store holds', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.get();
    await keeper.login();
    expect((await openKeeper(service, { store }).keeper.get()).secret).toBe('fake-secret-2');
  });
});

describe('a login', () => {
  it('happens while a test tool holds the ticks of the process back', async () => {
    const { keeper } = openKeeper(createFakeService());
    const { nextTick } = process;
    process.nextTick = (): void => {};
    try {
      // The runner itself needs them: what is waited for here must not.
      const session = await keeper.get();
      expect(session.secret).toBe('fake-secret-1');
    } finally {
      process.nextTick = nextTick;
    }
  });

  it('is not lost because its credentials cannot be digested', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store: { ...store, digest: () => Promise.reject(new Error('no key')) } });
    vi.spyOn(Fingerprinter.prototype, 'of').mockRejectedValue(new Error('no memory'));
    expect((await keeper.get()).secret).toBe('fake-secret-1');
    vi.restoreAllMocks();
    // Nobody can tell whose it is, so that nobody who has credentials of their own takes it.
    expect((await openKeeper(service, { store }).keeper.get()).secret).toBe('fake-secret-2');
  });
});
