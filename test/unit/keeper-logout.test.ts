import { describe, expect, it } from 'vitest';
import { LoggedOutError, StoreError } from '../../src/errors.ts';
import type { Outcome } from '../../src/keeper/source.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, type FakeFacts, openKeeper } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const minutes = 60_000;

describe('a logout', () => {
  it('ends the session at the service and wipes the store', async () => {
    const service = createFakeService({ canEnd: true });
    const store = createMemoryStore();
    const { keeper, heard } = openKeeper(service, { store });
    await keeper.get();
    expect(await keeper.logout()).toEqual({ endedAtService: true, mayLiveUntilMs: null });
    expect(service.isAlive('fake-secret-1')).toBe(false);
    expect(heard()).toEqual(['login', 'logout']);
    const next = openKeeper(service, { store, credentials: null });
    expect(await rejection(next.keeper.get())).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING' });
  });

  it('says until when the session may live on where the service cannot end it', async () => {
    const service = createFakeService({ lifetime: { kind: 'sliding', ms: 15 * minutes } });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    expect(await keeper.logout()).toEqual({ endedAtService: false, mayLiveUntilMs: clock.nowMs() + 15 * minutes });
  });

  it('says that it does not know when the service did not answer', async () => {
    const service = createFakeService({ canEnd: true, lifetime: { kind: 'fixed', ms: 60 * minutes } });
    const { keeper, clock } = openKeeper(service, { loginTimeoutMs: 20 });
    await keeper.get();
    service.gate = createGate();
    expect(await keeper.logout()).toEqual({ endedAtService: 'unknown', mayLiveUntilMs: clock.nowMs() + 60 * minutes });
    service.gate.open();
  });

  it('stops silent logins on that client until somebody logs in', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.run(callOf(service));
    await keeper.logout();
    expect(await rejection(keeper.run(callOf(service)))).toBeInstanceOf(LoggedOutError);
    expect(await rejection(keeper.get())).toBeInstanceOf(LoggedOutError);
    expect(await rejection(keeper.renew())).toBeInstanceOf(LoggedOutError);
    expect(await keeper.verify()).toBe(false);
    expect((await keeper.status()).state).toBe('logged-out');
    expect(service.counts.logins).toBe(1);
    await keeper.login();
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
  });

  it('holds although another process has logged in since', async () => {
    const service = createFakeService({ canVerify: true });
    const store = createMemoryStore();
    const { keeper, heard } = openKeeper(service, { store });
    await keeper.get();
    await keeper.logout();
    await openKeeper(service, { store }).keeper.get();
    expect(await keeper.verify()).toBe(false);
    expect((await keeper.status()).session).toBeNull();
    expect(await rejection(keeper.run(callOf(service)))).toBeInstanceOf(LoggedOutError);
    expect(heard()).toEqual(['login', 'logout']);
    expect(service.counts.verifications).toBe(0);
  });

  it('stays in force when the login after it fails', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    await keeper.logout();
    service.nextLoginFails = new Error('no answer');
    await rejection(keeper.login());
    expect(await rejection(keeper.get())).toBeInstanceOf(LoggedOutError);
  });

  it('waits for a login under way, and ends what that brings', async () => {
    const service = createFakeService({ canEnd: true });
    const { keeper } = openKeeper(service);
    service.gate = createGate();
    const using = keeper.get();
    await settle();
    const leaving = keeper.logout();
    await settle();
    service.gate.open();
    expect((await using).secret).toBe('fake-secret-1');
    expect(await leaving).toMatchObject({ endedAtService: true });
    expect(service.isAlive('fake-secret-1')).toBe(false);
    expect(await rejection(keeper.get())).toBeInstanceOf(LoggedOutError);
  });

  it.each([
    ['a call that waited for a renewal which failed', 'call'],
    ['a login that waited for another', 'login'],
  ] as const)('ends what is begun only while it waits, too: by %s', async (_, by) => {
    const service = createFakeService({ canRenew: true, canEnd: true, lifetime: { kind: 'fixed', ms: 60 * minutes } });
    const store = createMemoryStore();
    const { keeper, clock } = openKeeper(service, { store });
    const gate = createGate();
    if (by === 'call') {
      await keeper.get();
      clock.advanceMs(50 * minutes);
      service.gate = gate;
      await keeper.run(callOf(service));
      service.revokeAll();
      service.nextRenewalFails = new Error('no renewal today');
    } else {
      service.gate = gate;
      keeper.get().catch(() => {});
    }
    await settle();
    const waiting = by === 'call' ? keeper.run(callOf(service)) : keeper.login();
    waiting.catch(() => {});
    await settle();
    const leaving = keeper.logout();
    await settle();
    service.gate = undefined;
    gate.open();
    expect(await leaving).toMatchObject({ endedAtService: true });
    await waiting;
    expect(service.isAlive('fake-secret-2')).toBe(false);
    const other = openKeeper(service, { store, credentials: null, clock });
    expect(await rejection(other.keeper.get())).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING' });
  });

  it('does not wipe the session of a login that was asked for after it', async () => {
    const service = createFakeService({ canEnd: true });
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.get();
    const gate = createGate();
    service.gate = gate;
    const leaving = keeper.logout();
    await settle();
    service.gate = undefined;
    const login = keeper.login();
    await settle(50);
    gate.open();
    expect(await leaving).toMatchObject({ endedAtService: true });
    expect((await login).secret).toBe('fake-secret-2');
    expect((await openKeeper(service, { store, credentials: null }).keeper.get()).secret).toBe('fake-secret-2');
  });

  it('holds although a login that was asked for before it lands only then', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.gate = createGate();
    const login = keeper.login();
    await settle();
    const leaving = keeper.logout();
    await settle();
    service.gate.open();
    await Promise.all([login, leaving]);
    expect(await rejection(keeper.run(callOf(service)))).toBeInstanceOf(LoggedOutError);
    expect((await keeper.status()).state).toBe('logged-out');
  });

  it('ends a call whose session was refused meanwhile, without a login', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    const gate = createGate();
    const call = keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
      await gate.passed;
      return { verdict: 'refused', value: '' };
    });
    await settle();
    await keeper.logout();
    gate.open();
    expect(await rejection(call)).toBeInstanceOf(LoggedOutError);
    expect(service.counts.logins).toBe(1);
  });

  it('is not undone by news of a call that was under way', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.get();
    const gate = createGate();
    const call = keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
      await gate.passed;
      return { verdict: 'accepted', value: 'fine', news: { secret: 'newer' } };
    });
    await settle();
    await keeper.logout();
    gate.open();
    expect(await call).toBe('fine');
    await keeper[Symbol.asyncDispose]();
    expect((await keeper.status()).state).toBe('logged-out');
    expect(await openKeeper(service, { store }).keeper.verify()).toBe(false);
  });

  it('finds the session in the store when this client has not used it yet', async () => {
    const service = createFakeService({ canEnd: true });
    const store = createMemoryStore();
    await openKeeper(service, { store }).keeper.get();
    expect(await openKeeper(service, { store }).keeper.logout()).toEqual({
      endedAtService: true,
      mayLiveUntilMs: null,
    });
    expect(service.isAlive('fake-secret-1')).toBe(false);
  });

  it('of a client without any session does nothing but hold', async () => {
    const service = createFakeService({ canEnd: true });
    const { keeper, events } = openKeeper(service);
    expect(await keeper.logout()).toEqual({ endedAtService: false, mayLiveUntilMs: null });
    expect(events).toMatchObject([{ type: 'logout', session: undefined }]);
    expect(service.counts.ends).toBe(0);
  });

  it('fails when the store may still hold the session', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.get();
    store.fails.remove = storeIsDown();
    expect(await rejection(keeper.logout())).toBeInstanceOf(StoreError);
    expect(await rejection(keeper.get())).toBeInstanceOf(LoggedOutError);
  });

  it('tells what came of it at the service even where the store fails', async () => {
    const service = createFakeService({ canEnd: true });
    const store = createSpyStore();
    const { keeper, events } = openKeeper(service, { store });
    await keeper.get();
    store.fails.remove = storeIsDown();
    await rejection(keeper.logout());
    expect(events.at(-1)).toMatchObject({ type: 'logout', endedAtService: true });
  });

  it('goes on when nobody waits for it any more', async () => {
    const service = createFakeService({ canEnd: true });
    const { keeper } = openKeeper(service);
    await keeper.get();
    const controller = new AbortController();
    const leaving = rejection(keeper.logout({ signal: controller.signal }));
    const reason = new Error('enough');
    controller.abort(reason);
    expect(await leaving).toBe(reason);
    await settle();
    expect(service.isAlive('fake-secret-1')).toBe(false);
    expect(await rejection(keeper.get())).toBeInstanceOf(LoggedOutError);
  });
});

describe('the verbs that look and mend', () => {
  it('end their wait with the reason of a signal', async () => {
    const { keeper } = openKeeper(createFakeService());
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    for (const verb of ['status', 'clearQuarantine', 'logout'] as const)
      expect(await rejection(keeper[verb]({ signal }))).toBe(reason);
    expect((await keeper.status()).state).toBe('none');
  });
});

describe('disposing', () => {
  it('waits for a renewal in the background', async () => {
    const service = createFakeService({ canRenew: true, lifetime: { kind: 'fixed', ms: 60 * minutes } });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(50 * minutes);
    service.gate = createGate();
    await keeper.run(callOf(service));
    let isDone = false;
    const disposing = keeper[Symbol.asyncDispose]().then(() => {
      isDone = true;
    });
    await settle();
    expect(isDone).toBe(false);
    service.gate.open();
    await disposing;
    expect((await keeper.get()).revision).toBe(2);
  });

  it('never ends the session: others may be using it', async () => {
    const service = createFakeService({ canEnd: true });
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.get();
    await keeper[Symbol.asyncDispose]();
    expect(service.isAlive('fake-secret-1')).toBe(true);
    expect(service.counts.ends).toBe(0);
    expect((await openKeeper(service, { store }).keeper.get()).secret).toBe('fake-secret-1');
  });

  it('does not fail with a login that failed', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    service.gate = createGate();
    const call = rejection(keeper.get());
    await settle();
    service.gate.break(new Error('no answer'));
    await keeper[Symbol.asyncDispose]();
    expect(await call).toMatchObject({ message: 'no answer' });
  });
});
