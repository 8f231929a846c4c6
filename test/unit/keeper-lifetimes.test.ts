import { describe, expect, it } from 'vitest';
import { AccountLockedError, ServiceUnreachableError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { createSpyStore } from '../helpers/spy-store.ts';
import { createGate, settle } from '../helpers/waiting.ts';

const minutes = 60_000;
const fixedHour = { kind: 'fixed', ms: 60 * minutes } as const;

describe('a session with a sliding lifetime', () => {
  const sliding = { kind: 'sliding', ms: 15 * minutes } as const;

  it('lives on with each use, without any renewal or login', async () => {
    const service = createFakeService({ lifetime: sliding, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    for (let n = 0; n < 20; n += 1) {
      expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
      clock.advanceMs(14 * minutes);
    }
    await keeper[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login']);
    expect(service.counts).toMatchObject({ logins: 1, renewals: 0 });
  });

  it('has ended when it was not used for that long: the next call logs in before it is sent', async () => {
    const service = createFakeService({ lifetime: sliding });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.run(callOf(service));
    clock.advanceMs(15 * minutes);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(heard()).toEqual(['login', 'login']);
  });

  it('does not slide with a refused call', async () => {
    const service = createFakeService({ lifetime: sliding });
    const { keeper, clock } = openKeeper(service);
    const before = await keeper.get();
    clock.advanceMs(minutes);
    await keeper.run(async () => ({ verdict: 'distrust', value: '' }));
    expect((await keeper.get()).id).not.toBe(before.id);
  });

  it('slides for other processes too: what the store holds keeps up', async () => {
    const service = createFakeService({ lifetime: sliding });
    const store = createMemoryStore();
    const { keeper, clock } = openKeeper(service, { store });
    await keeper.run(callOf(service));
    clock.advanceMs(10 * minutes);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    clock.advanceMs(10 * minutes);
    expect((await openKeeper(service, { store, clock }).keeper.get()).secret).toBe('fake-secret-1');
  });
});

describe('a session of unknown lifetime', () => {
  it('is live until it is refused, however long that takes', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service);
    expect((await keeper.get()).expiresAtMs).toBeNull();
    clock.advanceMs(10 * 365 * 24 * 60 * minutes);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    expect((await keeper.status()).state).toBe('live');
  });

  it('ends when its login said that it would', async () => {
    const service = createFakeService();
    const { keeper, clock } = openKeeper(service);
    service.expiresAtMs = clock.nowMs() + minutes;
    await keeper.get();
    clock.advanceMs(minutes - 1);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    clock.advanceMs(1);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
  });
});

describe('a session with a fixed lifetime', () => {
  it('is left alone in its first two thirds', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    await keeper.run(callOf(service));
    clock.advanceMs(40 * minutes - 1);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(0);
  });

  it('is renewed by the first call of the last third, once, and nobody waits for it', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    const before = await keeper.get();
    clock.advanceMs(40 * minutes);
    service.gate = createGate();
    const calls = await Promise.all(Array.from({ length: 30 }, () => keeper.run(callOf(service))));
    expect(new Set(calls)).toEqual(new Set(['fake-secret-1']));
    await settle();
    expect(service.counts.renewals).toBe(1);
    service.gate.open();
    await keeper[Symbol.asyncDispose]();
    const after = await keeper.get();
    expect(after).toMatchObject({ id: before.id, revision: 2, expiresAtMs: clock.nowMs() + 60 * minutes });
    expect(heard()).toEqual(['login', 'renewal']);
  });

  it('is not renewed again by a call when somebody is renewing it already', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(50 * minutes);
    const gate = createGate();
    service.gate = gate;
    const renewing = keeper.renew();
    await settle();
    await keeper.run(callOf(service));
    service.gate = undefined;
    gate.open();
    await renewing;
    await keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(1);
  });

  it('is renewed at a jittered time within that third', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service, { random: () => 0.999 });
    await keeper.get();
    clock.advanceMs(40 * minutes);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(0);
    clock.advanceMs(10 * minutes);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(1);
  });

  it('is begun anew in the background where the service has no renewal', async () => {
    const service = createFakeService({ lifetime: { kind: 'fixed', ms: 15 * minutes } });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(10 * minutes);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    await keeper[Symbol.asyncDispose]();
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(heard()).toEqual(['login', 'login']);
  });

  it('is written to the store when it was renewed, so that others need not renew it', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    await b.keeper.get();
    for (const { clock } of [a, b]) clock.advanceMs(45 * minutes);
    await a.keeper.run(callOf(service));
    await a.keeper[Symbol.asyncDispose]();
    await b.keeper.run(callOf(service));
    await b.keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(1);
    expect(b.heard()).toEqual(['adoption', 'adoption']);
  });

  it('is left to whoever is renewing it already', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    await b.keeper.get();
    for (const { clock } of [a, b]) clock.advanceMs(45 * minutes);
    service.gate = createGate();
    await a.keeper.run(callOf(service));
    await settle();
    expect(await b.keeper.run(callOf(service))).toBe('fake-secret-1');
    await settle();
    await b.keeper[Symbol.asyncDispose]();
    expect(b.heard()).toEqual(['adoption']);
    service.gate.open();
    await a.keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(1);
  });

  it('that another is renewing is begun anew when it is refused meanwhile', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const store = createSpyStore();
    const { keeper, clock } = openKeeper(service, { store });
    await keeper.get();
    clock.advanceMs(45 * minutes);
    // Somebody else takes the lock before the renewal that the call starts gets to it.
    const released = createGate();
    const holding = store.holdLock(() => released.passed);
    store.readGate = createGate();
    const call = keeper.run(async (session) =>
      session.secret === 'fake-secret-1'
        ? { verdict: 'refused', value: '' }
        : { verdict: 'accepted', value: session.secret },
    );
    call.catch(() => {});
    await settle();
    store.readGate.open();
    await settle();
    released.open();
    await holding;
    expect(await call).toBe('fake-secret-2');
  });

  it('stays in use, with a warning, when the renewal fails', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, events, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(45 * minutes);
    service.nextRenewalFails = new ServiceUnreachableError('down', { system: 'fake' });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    await keeper[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login', 'warning:renewal-failed']);
    expect(events.at(1)).toMatchObject({ error: { code: 'ERR_SERVICE_UNREACHABLE' } });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    await keeper[Symbol.asyncDispose]();
    // One try is enough: a service that is down is not asked again by each call.
    expect(service.counts.renewals).toBe(1);
    clock.advanceMs(15 * minutes);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
  });

  it('stays in use when the renewal comes to a denial, of which nothing is remembered', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(45 * minutes);
    service.nextRenewalFails = new AccountLockedError('locked', { system: 'fake' });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    await keeper[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login', 'warning:renewal-failed']);
    expect((await keeper.status()).quarantinedUntilMs).toBeNull();
  });

  it('is begun anew in the background when the renewal finds it gone', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock, heard } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(45 * minutes);
    service.revokeAll();
    await keeper.run(async (session) => ({ verdict: 'accepted', value: session.secret }));
    await keeper[Symbol.asyncDispose]();
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    expect(heard()).toEqual(['login', 'login']);
  });

  it('ends by the clock when nothing renewed it', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(60 * minutes);
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(service.counts.renewals).toBe(0);
  });
});

describe('a renewal that is asked for', () => {
  it('prolongs the session at once, whatever its age', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(5 * minutes);
    expect((await keeper.renew()).expiresAtMs).toBe(clock.nowMs() + 60 * minutes);
    expect(service.counts).toMatchObject({ renewals: 1, logins: 1 });
  });

  it('is a login where the service has no other way', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    expect((await keeper.renew()).secret).toBe('fake-secret-2');
  });

  it('costs one login when there was no session at all', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.renew();
    expect(service.counts.logins).toBe(1);
  });

  it('tells what went wrong, and leaves the session as it was', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper } = openKeeper(service);
    const before = await keeper.get();
    service.nextRenewalFails = new ServiceUnreachableError('down', { system: 'fake' });
    await expect(keeper.renew()).rejects.toThrow(ServiceUnreachableError);
    expect(await keeper.get()).toBe(before);
  });
});

describe('asking whether the session lives', () => {
  it('asks the service', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper } = openKeeper(service);
    await keeper.get();
    expect(await keeper.verify()).toBe(true);
    service.revokeAll();
    expect(await keeper.verify()).toBe(false);
    expect(service.counts).toMatchObject({ verifications: 2, logins: 1 });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
  });

  it('renews where that is the only way to ask', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(minutes);
    expect(await keeper.verify()).toBe(true);
    expect((await keeper.get()).expiresAtMs).toBe(clock.nowMs() + 60 * minutes);
  });

  it('goes by what is known where there is no way to ask', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    expect(await keeper.verify()).toBe(false);
    await keeper.get();
    service.revokeAll();
    expect(await keeper.verify()).toBe(true);
  });

  it('never logs in, and looks into the store', async () => {
    const service = createFakeService({ canVerify: true });
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    expect(await keeper.verify()).toBe(false);
    expect(service.counts).toMatchObject({ logins: 0, verifications: 0 });
    await openKeeper(service, { store }).keeper.get();
    expect(await keeper.verify()).toBe(true);
    expect(service.counts).toMatchObject({ logins: 1, verifications: 1 });
  });

  it('renews once, even in the last third, where a call would start a renewal of its own', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(50 * minutes);
    await keeper.verify();
    await keeper[Symbol.asyncDispose]();
    expect(service.counts.renewals).toBe(1);
  });
});

describe('the status', () => {
  it('tells what is known and asks nobody, in the last third neither', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true, canVerify: true });
    const { keeper, clock } = openKeeper(service);
    expect(await keeper.status()).toMatchObject({ system: 'fake', state: 'none', session: null, loginsInWindow: 0 });
    const { id, obtainedAtMs } = await keeper.get();
    clock.advanceMs(50 * minutes);
    expect(await keeper.status()).toMatchObject({
      state: 'live',
      session: { id, revision: 1, obtainedAtMs, expiresAtMs: obtainedAtMs + 60 * minutes },
      store: { kind: 'memory' },
    });
    clock.advanceMs(10 * minutes);
    expect(await keeper.status()).toMatchObject({ state: 'none', session: null });
    await keeper[Symbol.asyncDispose]();
    expect(service.counts).toMatchObject({ logins: 1, renewals: 0, verifications: 0 });
  });

  it('tells of a session that another process left in the store', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { id } = await openKeeper(service, { store }).keeper.get();
    expect(await openKeeper(service, { store }).keeper.status()).toMatchObject({ state: 'live', session: { id } });
  });
});
