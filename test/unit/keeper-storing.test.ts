import { describe, expect, it } from 'vitest';
import { ServiceUnreachableError } from '../../src/errors.ts';
import { recordKey } from '../../src/keeper/session.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { callOf, createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { createGate, createManualClock, type Gate, settle } from '../helpers/waiting.ts';

const minutes = 60_000;
const sliding = { kind: 'sliding', ms: 15 * minutes } as const;
const fixedHour = { kind: 'fixed', ms: 60 * minutes } as const;
/** Of the fake service's only identity. */
const key = recordKey('session', ['fake', ...createFakeService().source.identity]);

/** A store in memory that keeps the ends that a session was written with, and may be made to wait or fail. */
function createSessionStore() {
  const store = createMemoryStore();
  const ends: Array<number | null> = [];
  const steered: { gate?: Gate | undefined; failure?: Error } = {};
  const { write } = store;
  store.write = async (at, value, options) => {
    if (at === key) {
      ends.push(options.expiresAtMs);
      await steered.gate?.passed;
      if (steered.failure) throw steered.failure;
    }
    await write(at, value, options);
  };
  return { store, ends, steered };
}

describe('what the store holds of a session', () => {
  it('ends with the session, whether it was written under a lock or not', async () => {
    const service = createFakeService({ lifetime: sliding });
    const { store, ends } = createSessionStore();
    const { keeper, clock } = openKeeper(service, { store });
    const begun = clock.nowMs();
    await keeper.run(callOf(service));
    clock.advanceMs(6 * minutes);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(ends.map((at) => (at ?? Number.NaN) - begun)).toEqual([15 * minutes, 21 * minutes]);
  });

  it.each([
    ['is overwritten by news of one that was obtained later', -1, 'fake-secret-1'],
    ['is overwritten by news of one that was obtained at the same time', 0, 'fake-secret-1'],
    ['is kept from news of one that was obtained earlier', 1, 'fake-secret-2'],
  ])('%s', async (_, laterMs, secret) => {
    const service = createFakeService({ lifetime: sliding });
    const store = createMemoryStore();
    const { keeper, clock } = openKeeper(service, { store });
    await keeper.get();
    const other = openKeeper(service, { clock: createManualClock(clock.nowMs() + laterMs) });
    await other.keeper.get();
    await store.write(key, (await other.store.read(key)) ?? '', { expiresAtMs: null });
    clock.advanceMs(6 * minutes);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(JSON.parse((await store.read(key)) ?? '')).toMatchObject({ secret });
  });

  it('is not written again by the first use after it was taken from there', async () => {
    const service = createFakeService({ lifetime: sliding });
    const store = createSpyStore();
    const { clock } = openKeeper(service, { store });
    await openKeeper(service, { store, clock }).keeper.get();
    store.log.length = 0;
    clock.advanceMs(4 * minutes);
    const { keeper } = openKeeper(service, { store, clock });
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(store.log).not.toContain('write session');
  });

  it('that cannot be written is told', async () => {
    const service = createFakeService();
    const { store, steered } = createSessionStore();
    steered.failure = storeIsDown();
    const { keeper, heard } = openKeeper(service, { store });
    await keeper.get();
    expect(heard()).toEqual(['warning:store-failed', 'login']);
    expect((await keeper.status()).storeFailure).toBe('The store is down');
  });

  it('that cannot be read is named by its key', async () => {
    const store = createMemoryStore();
    await store.write(key, 'damaged', { expiresAtMs: null });
    const { keeper, events } = openKeeper(createFakeService(), { store });
    await keeper.get();
    expect(events[0]).toMatchObject({ message: `The stored record ${key} cannot be read and counts as absent` });
  });

  it('is complete when the keeper is disposed of, the slowest of several writes too', async () => {
    const service = createFakeService({ lifetime: sliding });
    const { store, steered } = createSessionStore();
    const { keeper, clock } = openKeeper(service, { store });
    await keeper.get();
    const gate = createGate();
    for (const slow of [gate, undefined]) {
      steered.gate = slow;
      clock.advanceMs(6 * minutes);
      await keeper.run(callOf(service));
      await settle();
    }
    let isDisposed = false;
    const disposing = keeper[Symbol.asyncDispose]().then(() => {
      isDisposed = true;
    });
    await settle();
    expect(isDisposed).toBe(false);
    gate.open();
    await disposing;
  });

  it('is not taken any more once it was logged out, even if somebody late writes it again', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { keeper, heard } = openKeeper(service, { store });
    await keeper.get();
    const text = (await store.read(key)) ?? '';
    await keeper.logout();
    await keeper.login();
    await store.write(key, text, { expiresAtMs: null });
    service.revokeAll();
    expect(await keeper.run(callOf(service))).toBe('fake-secret-3');
    expect(heard()).not.toContain('adoption');
  });
});

describe('what is known of a session', () => {
  it('that the service does not know any more is not used again', async () => {
    for (const way of [{ canVerify: true }, { canRenew: true }]) {
      const service = createFakeService({ ...way, lifetime: fixedHour });
      const { keeper } = openKeeper(service);
      await keeper.get();
      service.revokeAll();
      expect(await keeper.verify()).toBe(false);
      expect((await keeper.get()).secret).toBe('fake-secret-2');
    }
  });

  it('that the service does not know any more is not handed to the next who asks the store', async () => {
    for (const way of [{ canVerify: true }, { canRenew: true }]) {
      const service = createFakeService({ ...way, lifetime: fixedHour });
      const store = createMemoryStore();
      await openKeeper(service, { store }).keeper.get();
      service.revokeAll();
      expect(await openKeeper(service, { store }).keeper.verify()).toBe(false);
      expect(await store.read(key)).toBeNull();
      expect(await openKeeper(service, { store }).keeper.status()).toMatchObject({ state: 'none' });
    }
  });

  it('that was refused is not handed on where no login brings another', async () => {
    const service = createFakeService({ lifetime: fixedHour });
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    const session = await keeper.get();
    service.revokeAll();
    service.nextLoginFails = new ServiceUnreachableError('down', { system: 'fake' });
    await expect(openKeeper(service, { store }).keeper.get({ distrust: session })).rejects.toThrow('down');
    expect(await store.read(key)).toBeNull();
  });

  it('that came in place of one that was refused stays in the store', async () => {
    const service = createFakeService({ canVerify: true, lifetime: fixedHour });
    const { store } = createSessionStore();
    const { keeper } = openKeeper(service, { store });
    await keeper.get();
    service.revokeAll();
    await openKeeper(service, { store }).keeper.login();
    const text = await store.read(key);
    expect(await keeper.verify()).toBe(false);
    expect(await store.read(key)).toBe(text);
    service.nextLoginFails = new ServiceUnreachableError('down', { system: 'fake' });
    await expect(keeper.login()).rejects.toThrow('down');
    expect(await store.read(key)).toBe(text);
  });

  it('that the service has ended is that it lives on no longer, and a second logout finds none', async () => {
    const service = createFakeService({ canEnd: true, lifetime: fixedHour });
    const { keeper, events } = openKeeper(service);
    await keeper.get();
    expect(await keeper.logout()).toEqual({ endedAtService: true, mayLiveUntilMs: null });
    expect(await keeper.logout()).toEqual({ endedAtService: false, mayLiveUntilMs: null });
    expect(service.counts.ends).toBe(1);
    expect(events.at(-1)).toMatchObject({ type: 'logout', session: undefined });
  });

  it('says of a store that tells nothing about itself that this is not known', async () => {
    const { describe: _, ...store }: SessionStore = createMemoryStore();
    const { keeper } = openKeeper(createFakeService(), { store });
    const told = { kind: 'custom', location: null, protection: 'unknown: the store does not tell' };
    expect((await keeper.status()).store).toEqual(told);
  });
});
