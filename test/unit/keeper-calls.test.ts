import { describe, expect, it } from 'vitest';
import { isLatchkeyError, LoggedOutError, SessionRefusedError } from '../../src/errors.ts';
import { recordKey, type Session } from '../../src/keeper/session.ts';
import type { Attempt, Outcome } from '../../src/keeper/source.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, type FakeFacts, openKeeper, rightCredentials } from '../helpers/fake-service.ts';
import { rejection } from '../helpers/waiting.ts';

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

  it('whose answer leaves the session in doubt during a logout is told of that', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper } = openKeeper(service);
    const call = keeper.run(async () => {
      await keeper.logout();
      return { verdict: 'unsure', value: '' };
    });
    expect(await rejection(call)).toBeInstanceOf(LoggedOutError);
  });

  it('that cannot be sent twice says why it was not', async () => {
    const { keeper } = openKeeper(createFakeService());
    await keeper.get();
    expect(await rejection(keeper.run(refusedTimes(1).attempt, { replayable: false }))).toMatchObject({
      code: 'ERR_BODY_NOT_REPLAYABLE',
      message:
        'fake refused the session; it has been renewed, but the body of this call could be sent only once: send the call again',
      system: 'fake',
    });
  });

  it('asks for no login when another has had one since, whose session was refused as well', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    const { attempt } = refusedTimes(1, async () => {
      await keeper.login();
      await keeper.run(async () => ({ verdict: 'distrust', value: '' }));
    });
    expect(await rejection(keeper.run(attempt))).toMatchObject({ code: 'ERR_SESSION_REFUSED', sends: 1 });
    expect(service.counts.logins).toBe(2);
  });

  it('that has had its login leaves a renewal that is due to the next', async () => {
    const service = createFakeService({ lifetime: fixedHour, canRenew: true });
    const { keeper, clock } = openKeeper(service);
    const { attempt } = refusedTimes(1, async () => {
      await keeper.login();
      clock.advanceMs(45 * minutes);
    });
    expect(await keeper.run(attempt)).toBe('fake-secret-2');
    await keeper[Symbol.asyncDispose]();
    expect(service.counts).toMatchObject({ logins: 2, renewals: 0 });
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(service.counts).toMatchObject({ logins: 2, renewals: 1 });
  });
});
