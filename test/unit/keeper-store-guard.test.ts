import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { callOf, createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { createGate } from '../helpers/waiting.ts';

const storeTimeoutMs = 40;
const never = (): Promise<never> => new Promise(() => {});
const methods = ['read', 'write', 'withLock', 'digest'] as const;

function hungIn(method: (typeof methods)[number]): SessionStore {
  const good = createMemoryStore();
  const withLock: SessionStore['withLock'] = (key, task, options) =>
    good.withLock(key, ({ signal }) => task({ signal, write: never }), options);
  return { ...good, ...(method === 'write' && { withLock }), [method]: never };
}

/** The code and message of each warning. */
function warnings({ events }: ReturnType<typeof openKeeper>): readonly string[] {
  return events.flatMap((event) => (event.type === 'warning' ? [`${event.code}: ${event.message}`] : []));
}

describe('a store that never answers', () => {
  it.each(methods)('in %s costs a wait and a warning, never a call', async (method) => {
    const service = createFakeService();
    const opened = openKeeper(service, {
      store: hungIn(method),
      storeTimeoutMs,
      loginTimeoutMs: 100,
    });
    expect(await opened.keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
    // A digest has scrypt to stand in for it.
    if (method !== 'digest')
      expect(warnings(opened)).toContain(`store-failed: The session store did not answer within ${storeTimeoutMs} ms`);
  });

  it('in anything costs one wait, not one a call', async () => {
    const service = createFakeService();
    const store: SessionStore = { read: never, write: never, remove: never, withLock: never, digest: never };
    const { keeper } = openKeeper(service, { store, storeTimeoutMs: 300 });
    const startedAt = performance.now();
    await keeper.run(callOf(service));
    service.revokeAll();
    await keeper.run(callOf(service));
    // Each login alone asks the store nine times.
    expect(performance.now() - startedAt).toBeLessThan(5 * 300);
    expect(service.counts.logins).toBe(2);
  });

  it('when a logout wipes it is told to whoever logs out', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service, { store: { ...createMemoryStore(), remove: never }, storeTimeoutMs });
    await keeper.get();
    await expect(keeper.logout()).rejects.toMatchObject({ code: 'ERR_STORE', reason: 'unavailable' });
  });

  it('is used again when it answers again', async () => {
    const service = createFakeService();
    const good = createMemoryStore();
    let isHung = true;
    const store: SessionStore = { ...good, read: (key) => (isHung ? never() : good.read(key)) };
    const { keeper } = openKeeper(service, { store, storeTimeoutMs });
    await keeper.run(callOf(service));
    isHung = false;
    await pause(3 * storeTimeoutMs);
    service.revokeAll();
    await keeper.run(callOf(service));
    expect((await openKeeper(service, { store: good }).keeper.get()).secret).toBe('fake-secret-2');
  });

  it('with a lock too late runs nothing under it any more', async () => {
    const service = createFakeService();
    const good = createMemoryStore();
    const gate = createGate();
    const late: unknown[] = [];
    const store: SessionStore = {
      ...good,
      async withLock(key, task, options) {
        await gate.passed;
        return good.withLock(key, task, options).catch((error: unknown) => {
          late.push(error);
          throw error;
        });
      },
    };
    const { keeper } = openKeeper(service, { store, storeTimeoutMs, loginTimeoutMs: 10 });
    expect(await keeper.run(callOf(service))).toBe('fake-secret-1');
    gate.open();
    await pause(5);
    expect(late.length).toBeGreaterThan(0);
    for (const error of late) expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'unavailable' });
    expect(service.counts.logins).toBe(1);
  });

  it('when the lock is given back has its task’s session used', async () => {
    const service = createFakeService();
    const good = createMemoryStore();
    const store: SessionStore = {
      ...good,
      withLock: async (key, task, options) => {
        await good.withLock(key, task, options);
        return never();
      },
    };
    const opened = openKeeper(service, { store, storeTimeoutMs });
    expect(await opened.keeper.run(callOf(service))).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
    expect(warnings(opened)).toContain(`store-failed: The session store did not answer within ${storeTimeoutMs} ms`);
  });
});

describe('a store that answers in time', () => {
  it('is not left alone later for the lock that it gave', async () => {
    const service = createFakeService();
    const { keeper, heard } = openKeeper(service, { storeTimeoutMs });
    await keeper.login();
    await pause(2 * storeTimeoutMs);
    await keeper.login();
    expect(heard()).toEqual(['login', 'login']);
    expect((await keeper.status()).storeFailure).toBeNull();
  });
});
