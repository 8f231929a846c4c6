import { describe, expect, it } from 'vitest';
import { CredentialsMissingError, isLatchkeyError, LoggedOutError, SessionRefusedError } from '../../src/errors.ts';
import { recordKey, type Session } from '../../src/keeper/session.ts';
import type { Attempt, Outcome } from '../../src/keeper/source.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, type FakeFacts, openKeeper, rightCredentials } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const minutes = 60_000;
const fixedHour = { kind: 'fixed', ms: 60 * minutes } as const;

/** A call that is refused so often; `before` runs before each refusal. Keeps the secrets it was sent with. */
function refusedTimes(times: number, before: (sends: number) => Promise<unknown> = async () => {}) {
  const secrets: string[] = [];
  const attempt: Attempt<string, FakeFacts> = async ({ secret }): Promise<Outcome<string, FakeFacts>> => {
    secrets.push(secret);
    if (secrets.length > times) return { verdict: 'accepted', value: secret };
    await before(secrets.length);
    return { verdict: 'refused', value: '' };
  };
  return { attempt, secrets };
}

describe('a call', () => {
  it('ends at its third refusal, although it has had no login of its own', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    const { attempt, secrets } = refusedTimes(9, () => b.keeper.login());
    const error = await rejection(a.keeper.run(attempt));
    expect(error).toBeInstanceOf(SessionRefusedError);
    expect(error).toMatchObject({
      message: 'fake refused a session that it had just handed out (sends of this call: 3)',
      system: 'fake',
      sends: 3,
    });
    expect(secrets).toEqual(['fake-secret-1', 'fake-secret-2', 'fake-secret-3']);
    expect(a.heard().filter((what) => what === 'login')).toHaveLength(1);
  });

  it('that is refused twice takes what was obtained during the second send', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    const { attempt } = refusedTimes(2, (sends) => (sends === 1 ? b : a).keeper.login());
    expect(await a.keeper.run(attempt)).toBe('fake-secret-3');
    expect(service.counts.logins).toBe(3);
  });

  it('that is refused a second time during a logout is told of that', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    const { attempt } = refusedTimes(2, (sends) => (sends === 1 ? b.keeper.login() : a.keeper.logout()));
    const error = await rejection(a.keeper.run(attempt));
    expect(error).toBeInstanceOf(LoggedOutError);
    expect(error).toMatchObject({
      message: 'This fake client was logged out; call session.login() to begin again',
      system: 'fake',
    });
  });

  it.each([
    ['looks for another', 1, 'fake-secret-2'],
    ['gives up when that was refused elsewhere too', 2, 'ERR_SESSION_REFUSED'],
  ])('whose session was refused elsewhere on its way here %s', async (_, refusedElsewhere, cameTo) => {
    const service = createFakeService();
    const key = recordKey('session', ['fake', ...service.source.identity]);
    const texts: Array<string | null> = [];
    for (let n = 0; n < 3; n += 1) {
      const { keeper, store } = openKeeper(service);
      await keeper.login();
      texts.push(await store.read(key));
    }
    const memory = createMemoryStore();
    const others: Promise<unknown>[] = [];
    const { keeper, heard } = openKeeper(service, {
      credentials: () => rightCredentials,
      // Each time that somebody looks, another process has put a newer one there.
      store: { ...memory, read: async (at) => (at === key ? (texts.shift() ?? null) : memory.read(at)) },
      onEvent: (event) => {
        if (event.type !== 'adoption' || others.length === refusedElsewhere) return;
        others.push(keeper.get({ distrust: event.session }).catch(() => {}));
      },
    });
    const call = keeper.run(callOf(service)).catch((error: unknown) => (isLatchkeyError(error) ? error.code : error));
    expect(await call).toBe(cameTo);
    await Promise.all(others);
    expect(heard()).not.toContain('login');
    expect(service.counts.logins).toBe(3);
  });

  it('whose answers leave the session in doubt twice has the service asked twice', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper } = openKeeper(service);
    const unsure = async ({ secret }: Session<FakeFacts>): Promise<Outcome<string, FakeFacts>> => {
      await null;
      return { verdict: service.isAlive(secret) ? 'unsure' : 'accepted', value: secret };
    };
    await keeper.run(unsure);
    const { secret } = await keeper.get();
    const asked = keeper.run(async (session) => {
      service.revoke(secret);
      return { verdict: session.secret === secret ? 'unsure' : 'accepted', value: session.secret };
    });
    expect(await asked).toBe('fake-secret-2');
    expect(service.counts.verifications).toBe(2);
  });
});

describe('a login that is asked for', () => {
  it('is one, although the service could prolong the session', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, heard } = openKeeper(service);
    await keeper.get();
    expect((await keeper.login()).secret).toBe('fake-secret-2');
    expect(heard()).toEqual(['login', 'login']);
  });

  it('is one, although a renewal ahead is under way', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(45 * minutes);
    const gate = createGate();
    service.gate = gate;
    await keeper.run(callOf(service));
    const login = keeper.login();
    await settle();
    gate.open();
    expect((await login).secret).toBe('fake-secret-2');
    expect(heard()).toEqual(['login', 'renewal', 'login']);
  });

  it('serves the calls that begin meanwhile, which look for nothing in the store', async () => {
    const service = createFakeService();
    const { keeper, heard } = openKeeper(service);
    service.gate = createGate();
    const login = keeper.login();
    await settle();
    const call = keeper.run(callOf(service));
    await settle();
    service.gate.open();
    expect([(await login).secret, await call]).toEqual(['fake-secret-1', 'fake-secret-1']);
    expect(heard()).toEqual(['login']);
  });

  it('fails without credentials, and says what is missing', async () => {
    const { keeper } = openKeeper(createFakeService(), { credentials: null });
    const error = await rejection(keeper.login());
    expect(error).toBeInstanceOf(CredentialsMissingError);
    expect(error).toMatchObject({
      message: 'fake: no live session was found and no credentials were given to log in with',
      system: 'fake',
    });
  });

  it.each([null, undefined, 'ada', { user: 'ada' }, { user: 'ada', password: '' }])(
    'fails with credentials that are none: %j, given by a function or not',
    async (none) => {
      // What plain JavaScript lets through.
      const credentials = none as unknown as typeof rightCredentials;
      const expected = {
        name: 'TypeError',
        code: 'ERR_CREDENTIALS',
        message: 'fake: credentials are { user, password }, each a text that is not empty',
      };
      const { keeper } = openKeeper(createFakeService(), { credentials: () => credentials });
      expect(await rejection(keeper.login())).toMatchObject(expected);
      if (!none) return;
      expect(() => openKeeper(createFakeService(), { credentials })).toThrow(expect.objectContaining(expected));
    },
  );

  it('that takes too long fails with the limit and the system', async () => {
    const service = createFakeService();
    service.gate = createGate();
    const { keeper } = openKeeper(service, { loginTimeoutMs: 20 });
    expect(await rejection(keeper.login())).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
      message: 'fake did not answer within 20 ms',
      system: 'fake',
    });
    service.gate.open();
  });

  it('is told with the time that it took, failed or not, unless the failure is none of ours', async () => {
    const service = createFakeService();
    const { keeper, clock, events, heard } = openKeeper(service);
    for (const failure of [undefined, new CredentialsMissingError('none'), new Error('of the source')]) {
      service.gate = createGate();
      service.nextLoginFails = failure;
      const login = keeper.login().catch(() => {});
      await settle();
      clock.advanceMs(70);
      service.gate.open();
      await login;
    }
    expect(heard()).toEqual(['login', 'login-failed']);
    expect(events).toMatchObject([{ tookMs: 70 }, { tookMs: 70 }]);
  });

  it('takes these steps at the store, and waits for others’ locks for two logins’ time', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { withLock } = store;
    const waits: number[] = [];
    store.withLock = (key, task, options) => {
      waits.push(options.waitMs);
      return withLock(key, task, options);
    };
    await openKeeper(service, { store, loginTimeoutMs: 5000 }).keeper.login();
    expect(store.log.filter((step) => !step.startsWith('digest'))).toEqual([
      'lock session',
      'lock account',
      'read account',
      'write account',
      'write session',
    ]);
    expect(waits).toEqual([10_000, 10_000]);
  });
});

describe('a renewal', () => {
  it('that is asked for prolongs what is in the store, without a login', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const store = createMemoryStore();
    await openKeeper(service, { store }).keeper.get();
    const { keeper, heard } = openKeeper(service, { store });
    expect(await keeper.renew()).toMatchObject({ secret: 'fake-secret-1', revision: 2 });
    expect(heard()).toEqual(['adoption', 'renewal']);
  });

  it.each([
    [
      'an error of the source’s own',
      new Error('right-password was not taken'),
      'fake: the renewal failed',
      'ERR_RENEWAL',
    ],
    ['a store that is down', storeIsDown(), 'The store is down', 'ERR_STORE'],
  ])('ahead that fails with %s is told', async (_, failure, message, code) => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, events } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(45 * minutes);
    service.nextRenewalFails = failure;
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    const told = events.at(-1);
    expect(told).toMatchObject({ type: 'warning', code: 'renewal-failed', message, error: { code, message } });
    if (code !== 'ERR_RENEWAL') return;
    expect(told).toMatchObject({
      error: { retryable: true, system: 'fake', cause: { message: expect.stringMatching(/was not taken$/) } },
    });
    expect(told?.type === 'warning' && String(told.error?.cause)).not.toContain('right-password');
  });
});
