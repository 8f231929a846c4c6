import { describe, expect, it } from 'vitest';
import { CredentialsMissingError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, openKeeper, type rightCredentials } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const minutes = 60_000;
const fixedHour = { kind: 'fixed', ms: 60 * minutes } as const;

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

  it('fails for the calls that begin meanwhile too, and is not made again', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const failure = new CredentialsMissingError('none');
    service.nextLoginFails = failure;
    service.gate = createGate();
    const both = [rejection(keeper.login()), settle().then(() => rejection(keeper.run(callOf(service))))];
    await settle(9);
    service.gate.open();
    expect(await Promise.all(both)).toEqual([failure, failure]);
    expect(service.counts.logins).toBe(1);
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
  it('ahead brings its session to a call that was refused meanwhile', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(45 * minutes);
    const gate = createGate();
    service.gate = gate;
    const call = keeper.run(async ({ revision, secret }) => {
      await settle();
      return revision === 1 ? { verdict: 'refused', value: '' } : { verdict: 'accepted', value: secret };
    });
    await settle(9);
    gate.open();
    expect(await call).toBe('fake-secret-1');
    expect(heard()).toEqual(['login', 'refusal', 'renewal', 'replay']);
  });

  it('ahead that ends in a login is the login of a call that waits for it, even if its session ends on its way here', async () => {
    const service = createFakeService({ lifetime: fixedHour });
    const { keeper, clock } = openKeeper(service, {
      onEvent: ({ type }) => {
        if (type === 'login' && service.counts.logins === 2) clock.advanceMs(60 * minutes);
      },
    });
    await keeper.get();
    clock.advanceMs(45 * minutes);
    const gate = createGate();
    service.gate = gate;
    await keeper.run(callOf(service));
    const call = rejection(
      keeper.run(async () => {
        await settle();
        return { verdict: 'refused', value: '' };
      }),
    );
    await settle(9);
    gate.open();
    expect(await call).toMatchObject({ code: 'ERR_SESSION_REFUSED', sends: 1 });
    expect(service.counts.logins).toBe(2);
  });

  it('is none where the session has ended: a login that fails is told as that alone', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(60 * minutes);
    service.nextLoginFails = new CredentialsMissingError('none');
    await rejection(keeper.run(callOf(service)));
    await keeper[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login', 'login-failed']);
  });

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
