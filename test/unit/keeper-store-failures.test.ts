import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { RECORD_VERSION } from '../../src/keeper/session.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { createSpyStore, storeIsDown } from '../helpers/spy-store.ts';

const methods = ['read', 'write', 'withLock', 'digest'] as const;

describe('a store that fails', () => {
  it.each(methods)('in %s costs warnings, never a call, and no second login', async (method) => {
    const service = createFakeService();
    const store = createSpyStore();
    store.fails[method] = storeIsDown();
    const { keeper, heard, events } = openKeeper(service, { store });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
    expect(heard().filter((what) => what === 'login')).toHaveLength(1);
    for (const event of events) {
      if (event.type !== 'warning') continue;
      expect(event).toMatchObject({ code: 'store-failed', error: { code: 'ERR_STORE' } });
    }
    if (method !== 'digest') expect(heard()).toContain('warning:store-failed');
  });

  it('altogether leaves the process on memory, which survives an ended session too', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    for (const method of [...methods, 'remove'] as const) store.fails[method] = storeIsDown();
    const { keeper } = openKeeper(service, { store });
    await keeper.run(callOf(service));
    service.revokeAll();
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(service.counts.logins).toBe(2);
    expect((await keeper.status()).state).toBe('live');
  });

  it('is used again when it is back', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper } = openKeeper(service, { store });
    for (const method of methods) store.fails[method] = storeIsDown();
    await keeper.run(callOf(service));
    store.fails = {};
    service.revokeAll();
    await keeper.run(callOf(service));
    expect((await openKeeper(service, { store }).keeper.get()).secret).toBe('fake-secret-2');
  });

  it('with an error of its own is reported as a StoreError that keeps no secret', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    store.fails.write = new Error('cannot write {"password":"right-password","secret":"fake-secret-1"}');
    const { keeper, events } = openKeeper(service, { store });
    await keeper.get();
    const warnings = events.filter((event) => event.type === 'warning');
    expect(warnings.length).toBeGreaterThan(0);
    for (const { error } of warnings) {
      expect(error).toBeInstanceOf(StoreError);
      expect(`${error?.message} ${String(error?.cause)}`).not.toMatch(/right-password|fake-secret/);
    }
  });

  it('whose lock is busy for too long is told to the caller', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    await openKeeper(service, { store }).keeper.get();
    service.revokeAll();
    const { keeper, heard } = openKeeper(service, { store, loginTimeoutMs: 10 });
    const release: Array<() => void> = [];
    const holding = store.holdLock(() => new Promise<void>((resolve) => void release.push(resolve)));
    await expect(keeper.run(callOf(service))).rejects.toMatchObject({ code: 'ERR_STORE', reason: 'busy' });
    expect(heard()).toContain('warning:store-busy');
    expect(heard()).not.toContain('warning:store-failed');
    release[0]?.();
    await holding;
  });
});

describe('a store that has failed', () => {
  it('is named by status until it works again, and told once', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper, heard } = openKeeper(service, { store });
    expect((await keeper.status()).storeFailure).toBeNull();
    for (const method of methods) store.fails[method] = storeIsDown();
    await keeper.get();
    await keeper.login();
    expect((await keeper.status()).storeFailure).toBe('The store is down');
    expect(heard().filter((name) => name === 'warning:store-failed')).toHaveLength(1);
    store.fails = {};
    await keeper.login();
    expect((await keeper.status()).storeFailure).toBeNull();
    for (const method of methods) store.fails[method] = storeIsDown();
    await keeper.login();
    expect(heard().filter((name) => name === 'warning:store-failed')).toHaveLength(2);
  });
});

describe('a stored record that cannot be used', () => {
  const damaged: Array<[string, (good: string) => string]> = [
    ['is not JSON', (good) => good.slice(0, -5)],
    ['is JSON but no record', () => '[]'],
    ['is empty', () => ''],
    ['is of another version', (good) => good.replace(`"v":${RECORD_VERSION}`, `"v":${RECORD_VERSION + 1}`)],
    ['has no secret', (good) => good.replace(/"secret":"[^"]*"/, '"secret":""')],
    ['has facts of another kind', (good) => good.replace('"region":"here"', '"region":7')],
    ['has a time that is none', (good) => good.replace(/"obtainedAtMs":\d+/, '"obtainedAtMs":"soon"')],
    ['has an expiry that is none', (good) => good.replace(/"expiresAtMs":null/, '"expiresAtMs":"never"')],
  ];

  it.each(damaged)('because it %s counts as absent, with a warning', async (_, damage) => {
    const service = createFakeService();
    const inner = createMemoryStore();
    await openKeeper(service, { store: inner }).keeper.get();
    const read = inner.read;
    const before: string[] = [];
    inner.read = async (key) => {
      const text = await read(key);
      if (text === null || !key.startsWith('session')) return text;
      before.push(text);
      return before.length > 2 ? text : damage(text);
    };
    const { keeper, heard } = openKeeper(service, { store: inner });
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    expect(before[0]).not.toBe(damage(before[0] ?? ''));
    expect(heard()).toContain('warning:record-unreadable');
    expect(heard()).toContain('login');
  });

  it('because the store itself cannot read it counts as absent, and says so in the same words', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    store.fails.read = new StoreError('The stored record is damaged', { reason: 'unreadable' });
    const { keeper, heard } = openKeeper(service, { store });
    expect((await keeper.get()).secret).toBe('fake-secret-1');
    expect(heard()).toContain('warning:record-unreadable');
  });
});

describe('a listener', () => {
  it('that throws fails no call', async () => {
    const service = createFakeService();
    const { keeper, heard } = openKeeper(service, {
      onEvent: () => {
        throw new Error('from the listener');
      },
    });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(heard()).toEqual(['login']);
  });

  it('that rejects later neither fails a call nor ends the process', async () => {
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', onUnhandled);
    try {
      const service = createFakeService();
      const { keeper } = openKeeper(service, {
        onEvent: (async () => {
          throw new Error('from the listener');
        }) as () => void,
      });
      expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', onUnhandled);
    }
  });

  it('gets system and time with each event', async () => {
    const service = createFakeService();
    const { keeper, events, clock } = openKeeper(service);
    const { id } = await keeper.get();
    expect(events).toEqual([
      { type: 'login', system: 'fake', atMs: clock.nowMs(), session: { id, revision: 1 }, tookMs: 0 },
    ]);
  });
});
