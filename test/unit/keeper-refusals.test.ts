import { describe, expect, it } from 'vitest';
import { AccountLockedError, BodyNotReplayableError, LoginDeniedError, SessionRefusedError } from '../../src/errors.ts';
import type { Session } from '../../src/keeper/session.ts';
import type { Outcome } from '../../src/keeper/source.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { callOf, createFakeService, type FakeFacts, openKeeper } from '../helpers/fake-service.ts';
import { createSpyStore } from '../helpers/spy-store.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

type Verdict = Outcome<string, FakeFacts>['verdict'];

/** An attempt that gets these verdicts in turn, and keeps the sessions it was sent with. */
function scripted(verdicts: readonly Verdict[]) {
  const sessions: Session<FakeFacts>[] = [];
  const attempt = async (session: Session<FakeFacts>): Promise<Outcome<string, FakeFacts>> => {
    sessions.push(session);
    const verdict = verdicts[sessions.length - 1] ?? 'accepted';
    return { verdict, value: `answer ${sessions.length}` };
  };
  return { attempt, sessions };
}

describe('a refused session', () => {
  it('is begun anew once, and the call is sent again', async () => {
    const service = createFakeService();
    const { keeper, events, heard } = openKeeper(service);
    const old = await keeper.get();
    service.revokeAll();
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(service.counts.logins).toBe(2);
    expect(heard()).toEqual(['login', 'refusal', 'login', 'replay']);
    expect(events.at(1)).toMatchObject({ session: { id: old.id, revision: 1 } });
    expect(events.at(3)).toMatchObject({ sends: 2 });
  });

  it('is replaced from the store first, if somebody else has a newer one there', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    await b.keeper.get();
    service.revokeAll();
    expect(await b.keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(await a.keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(service.counts.logins).toBe(2);
    expect(a.heard()).toEqual(['login', 'refusal', 'adoption', 'replay']);
  });

  it('and a refused newer one from the store cost one login: three sends at most', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const [a, b] = [openKeeper(service, { store }), openKeeper(service, { store })];
    await a.keeper.get();
    await b.keeper.get();
    service.revokeAll();
    await b.keeper.run(callOf(service));
    service.revokeAll();
    const { attempt, sessions } = scripted(['refused', 'refused', 'accepted']);
    expect(await a.keeper.run(attempt)).toBe('answer 3');
    expect(sessions.map(({ secret }) => secret)).toEqual(['fake-secret-1', 'fake-secret-2', 'fake-secret-3']);
    expect(service.counts.logins).toBe(3);
  });

  it('just handed out by a login ends the call', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const { attempt, sessions } = scripted(['refused', 'refused', 'refused', 'refused']);
    await keeper.get();
    const error = await rejection(keeper.run(attempt));
    expect(error).toBeInstanceOf(SessionRefusedError);
    expect(error).toMatchObject({ sends: 2, retryable: true });
    expect(sessions).toHaveLength(2);
    expect(service.counts.logins).toBe(2);
  });

  it('begun for the call itself ends the call at its first refusal', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const { attempt, sessions } = scripted(['refused', 'refused']);
    expect(await rejection(keeper.run(attempt))).toMatchObject({ code: 'ERR_SESSION_REFUSED', sends: 1 });
    expect(sessions).toHaveLength(1);
    expect(service.counts.logins).toBe(1);
  });

  it('does not take the newer one with it when the refusal arrives late', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    const gate = createGate();
    let sends = 0;
    const late = keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      sends += 1;
      if (sends > 1) return { verdict: 'accepted', value: session.secret };
      await gate.passed;
      return { verdict: 'refused', value: '' };
    });
    await settle();
    service.revokeAll();
    await keeper.run(callOf(service));
    expect(service.counts.logins).toBe(2);
    gate.open();
    expect(await late).toBe('fake-secret-2');
    expect(await keeper.run(callOf(service))).toBe('fake-secret-2');
    expect(service.counts.logins).toBe(2);
  });

  it('is distrusted by id and revision: a later revision of the same one is tried first', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const first = await keeper.get();
    await keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
      return { verdict: 'accepted', value: '', news: { secret: 'fake-secret-1b' } };
    });
    const again = await keeper.get({ distrust: { id: first.id, revision: 1 } });
    expect(again).toMatchObject({ id: first.id, revision: 2, secret: 'fake-secret-1b' });
    expect(service.counts.logins).toBe(1);
    const next = await keeper.get({ distrust: again });
    expect(next.id).not.toBe(first.id);
    expect(service.counts.logins).toBe(2);
  });

  it('is begun anew for the last send, even if it was re-issued between the two refusals', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const first = await keeper.get();
    const reissue = (used: Session<FakeFacts>, secret: string) => () =>
      keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
        expect(used.id).toBe(first.id);
        return { verdict: 'accepted', value: '', news: { secret } };
      });
    const seen: string[] = [];
    const value = await keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      seen.push(session.secret);
      if (session.id !== first.id) return { verdict: 'accepted', value: 'at last' };
      // An answer to a call that was sent before the session ended arrives just now, with a new cookie.
      await reissue(session, `re-issued-${seen.length}`)();
      return { verdict: 'refused', value: '' };
    });
    expect(value).toBe('at last');
    expect(seen).toEqual(['fake-secret-1', 're-issued-1', 'fake-secret-2']);
    expect(service.counts.logins).toBe(2);
  });

  it('passes on what the login it causes comes to', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.revokeAll();
    service.password = 'changed by somebody';
    expect(await rejection(keeper.run(callOf(service)))).toBeInstanceOf(LoginDeniedError);
  });

  it('is renewed for a call whose body is spent, which is then told to be sent again', async () => {
    const service = createFakeService();
    const { keeper, heard } = openKeeper(service);
    await keeper.get();
    service.revokeAll();
    const { attempt, sessions } = scripted(['refused']);
    expect(await rejection(keeper.run(attempt, { replayable: false }))).toBeInstanceOf(BodyNotReplayableError);
    expect(sessions).toHaveLength(1);
    expect(heard()).toEqual(['login', 'refusal', 'login']);
    expect(await keeper.run(callOf(service), { replayable: false })).toBe('fake-secret-2');
  });

  it('is forgotten although the answer stands, when only a part of it was refused', async () => {
    const service = createFakeService();
    const { keeper, heard } = openKeeper(service);
    const old = await keeper.get();
    const { attempt, sessions } = scripted(['distrust']);
    expect(await keeper.run(attempt)).toBe('answer 1');
    expect(sessions).toHaveLength(1);
    expect(service.counts.logins).toBe(1);
    expect((await keeper.get()).id).not.toBe(old.id);
    expect(heard()).toEqual(['login', 'refusal', 'login']);
  });

  it('is never answered with again, and costs one login, however many calls it takes down', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.revokeAll();
    service.gate = createGate();
    const calls = Array.from({ length: 100 }, () => keeper.run(callOf(service)));
    await settle();
    service.gate.open();
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['fake-secret-2']));
    expect(service.counts.logins).toBe(2);
  });
});

describe('a slow call that outlives two sessions', () => {
  const slowCall = (opened: ReturnType<typeof openKeeper>, gate: ReturnType<typeof createGate>) => {
    let sends = 0;
    return opened.keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      sends += 1;
      if (sends > 1) return { verdict: 'accepted', value: session.secret };
      await gate.passed;
      return { verdict: 'refused', value: '' };
    });
  };

  it('takes the session of a login that is under way', async () => {
    const service = createFakeService();
    const opened = openKeeper(service);
    const gate = createGate();
    await opened.keeper.get();
    const slow = slowCall(opened, gate);
    await settle();
    service.revokeAll();
    await opened.keeper.run(callOf(service));
    service.revokeAll();
    service.gate = createGate();
    const other = opened.keeper.run(callOf(service));
    await settle();
    gate.open();
    slow.catch(() => {});
    await settle();
    service.gate.open();
    expect([await other, await slow]).toEqual(['fake-secret-3', 'fake-secret-3']);
    expect(service.counts.logins).toBe(3);
  });

  it('logs in when the second has only ended by the clock', async () => {
    const service = createFakeService({ lifetime: { kind: 'fixed', ms: 900_000 } });
    const opened = openKeeper(service);
    const gate = createGate();
    await opened.keeper.get();
    const slow = slowCall(opened, gate);
    await settle();
    service.revokeAll();
    await opened.keeper.run(callOf(service));
    opened.clock.advanceMs(900_000);
    gate.open();
    expect(await slow).toBe('fake-secret-3');
  });
});

describe('a call that has had its login', () => {
  it('does not log in again when that session has ended by the clock', async () => {
    const service = createFakeService({ lifetime: { kind: 'fixed', ms: 900_000 } });
    const { keeper, clock } = openKeeper(service);
    const call = keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
      clock.advanceMs(900_000);
      return { verdict: 'refused', value: '' };
    });
    expect(await rejection(call)).toMatchObject({ code: 'ERR_SESSION_REFUSED', sends: 1 });
    expect(service.counts.logins).toBe(1);
  });

  it('takes what another has obtained since', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    let sends = 0;
    const call = keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      sends += 1;
      if (sends > 1) return { verdict: 'accepted', value: session.secret };
      await keeper.login();
      return { verdict: 'refused', value: '' };
    });
    expect(await call).toBe('fake-secret-2');
  });
});

describe('a login that happens ahead of time', () => {
  it('counts for the call that waits for it, when it fails too: no second one is sent', async () => {
    const service = createFakeService({ lifetime: { kind: 'fixed', ms: 900_000 } });
    const { keeper, clock } = openKeeper(service);
    await keeper.get();
    clock.advanceMs(840_000);
    const gate = createGate();
    service.gate = gate;
    service.nextLoginFails = new AccountLockedError('locked', { system: 'fake' });
    service.revokeAll();
    const call = rejection(keeper.run(callOf(service)));
    await settle();
    service.gate = undefined;
    gate.open();
    expect(await call).toBeInstanceOf(AccountLockedError);
    expect(service.counts.logins).toBe(2);
  });
});

describe('a call that begins while a new session is being written', () => {
  it('may still have a login of its own', async () => {
    const service = createFakeService();
    const store = createSpyStore();
    const { keeper } = openKeeper(service, { store });
    const [written, sent] = [createGate(), createGate()];
    const { write } = store;
    store.write = async (key, value, options) => {
      if (key.startsWith('session')) await written.passed;
      return write(key, value, options);
    };
    const first = keeper.get();
    await settle();
    const call = keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      await sent.passed;
      return { verdict: service.isAlive(session.secret) ? 'accepted' : 'refused', value: session.secret };
    });
    await settle();
    written.open();
    await first;
    service.revokeAll();
    sent.open();
    expect(await call).toBe('fake-secret-2');
  });
});

describe('a call that may not log in any more', () => {
  it('still takes what another process has left in the store', async () => {
    const service = createFakeService();
    const store = createMemoryStore();
    const { keeper } = openKeeper(service, { store });
    const elsewhere = openKeeper(service, { store });
    let sends = 0;
    const call = keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      sends += 1;
      if (sends > 1) return { verdict: 'accepted', value: session.secret };
      await elsewhere.keeper.login();
      return { verdict: 'refused', value: '' };
    });
    expect(await call).toBe('fake-secret-2');
    expect(service.counts.logins).toBe(2);
  });
});

describe('an answer that leaves the session in doubt', () => {
  it('is passed on when the service still knows the session', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper, heard } = openKeeper(service);
    await keeper.get();
    const { attempt, sessions } = scripted(['unsure']);
    expect(await keeper.run(attempt)).toBe('answer 1');
    expect(sessions).toHaveLength(1);
    expect(service.counts).toMatchObject({ verifications: 1, logins: 1 });
    expect(heard()).toEqual(['login']);
  });

  it('counts as a refusal when the service does not', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.revokeAll();
    const { attempt, sessions } = scripted(['unsure', 'accepted']);
    expect(await keeper.run(attempt)).toBe('answer 2');
    expect(sessions.map(({ secret }) => secret)).toEqual(['fake-secret-1', 'fake-secret-2']);
  });

  it('is settled by a renewal where the service has no other way to ask', async () => {
    const service = createFakeService({ canRenew: true, lifetime: { kind: 'fixed', ms: 60_000 } });
    const { keeper, clock } = openKeeper(service);
    const before = await keeper.get();
    clock.advanceMs(1000);
    const { attempt } = scripted(['unsure']);
    expect(await keeper.run(attempt)).toBe('answer 1');
    const after = await keeper.get();
    expect(after).toMatchObject({ id: before.id, revision: 2, expiresAtMs: clock.nowMs() + 60_000 });
    expect(service.counts.renewals).toBe(1);
  });

  it('is settled once for all the calls that got such an answer', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.gate = createGate();
    const calls = Array.from({ length: 20 }, () => keeper.run(scripted(['unsure']).attempt));
    await settle();
    service.gate.open();
    expect(await Promise.all(calls)).toHaveLength(20);
    expect(service.counts.verifications).toBe(1);
  });

  it('stands when the service cannot be asked', async () => {
    const service = createFakeService({ canRenew: true, lifetime: { kind: 'fixed', ms: 60_000 } });
    const { keeper } = openKeeper(service);
    await keeper.get();
    service.nextRenewalFails = new Error('no answer');
    expect(await keeper.run(scripted(['unsure']).attempt)).toBe('answer 1');
    expect(service.counts.logins).toBe(1);
  });

  it('counts as a refusal of the old session when there is a newer one already', async () => {
    const service = createFakeService({ canVerify: true });
    const { keeper } = openKeeper(service);
    await keeper.get();
    const gate = createGate();
    const seen: string[] = [];
    const slow = keeper.run(async (session): Promise<Outcome<string, FakeFacts>> => {
      seen.push(session.secret);
      if (seen.length > 1) return { verdict: 'accepted', value: 'fine' };
      await gate.passed;
      return { verdict: 'unsure', value: 'odd' };
    });
    await settle();
    await keeper.login();
    gate.open();
    expect(await slow).toBe('fine');
    expect(seen).toEqual(['fake-secret-1', 'fake-secret-2']);
    expect(service.counts).toMatchObject({ verifications: 0, logins: 2 });
  });
});

describe('news', () => {
  it('of the current session is used from then on', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const before = await keeper.get();
    await keeper.run(callOf(service, () => ({ secret: 'newer', facts: { region: 'there' } })));
    expect(await keeper.get()).toMatchObject({
      id: before.id,
      revision: 2,
      secret: 'newer',
      facts: { region: 'there' },
    });
  });

  it('of an older session is dropped', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    await keeper.get();
    const gate = createGate();
    const slow = keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
      await gate.passed;
      return { verdict: 'accepted', value: 'fine', news: { secret: 'of the old session' } };
    });
    await settle();
    const newer = await keeper.login();
    gate.open();
    expect(await slow).toBe('fine');
    expect(await keeper.get()).toBe(newer);
  });

  it('that came with a revision refused meanwhile is dropped', async () => {
    const service = createFakeService();
    const { keeper } = openKeeper(service);
    const first = await keeper.get();
    const gate = createGate();
    const slow = keeper.run(async (): Promise<Outcome<string, FakeFacts>> => {
      await gate.passed;
      return { verdict: 'accepted', value: 'fine', news: { secret: 'too late' } };
    });
    await settle();
    service.gate = createGate();
    const other = keeper.get({ distrust: first });
    await settle();
    gate.open();
    await slow;
    service.gate.open();
    expect((await other).secret).toBe('fake-secret-2');
    expect((await keeper.get()).secret).toBe('fake-secret-2');
  });

  it('is written without a lock when the stored expiry lags by more than a third of the lifetime, and not before', async () => {
    const service = createFakeService({ lifetime: { kind: 'sliding', ms: 900_000 } });
    const store = createSpyStore();
    const { keeper, clock } = openKeeper(service, { store });
    await keeper.get();
    store.log.length = 0;
    clock.advanceMs(300_000);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(store.log).toEqual([]);
    clock.advanceMs(1000);
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(store.log).toEqual(['read session', 'write session']);
    store.log.length = 0;
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect(store.log).toEqual([]);
  });

  it('never overwrites a session in the store that was obtained later', async () => {
    const service = createFakeService({ lifetime: { kind: 'sliding', ms: 900_000 } });
    const store = createMemoryStore();
    const { keeper, clock } = openKeeper(service, { store });
    await keeper.get();
    clock.advanceMs(400_000);
    const newer = openKeeper(service, { store, clock });
    await newer.keeper.login();
    await keeper.run(callOf(service));
    await keeper[Symbol.asyncDispose]();
    expect((await openKeeper(service, { store, clock }).keeper.get()).secret).toBe('fake-secret-2');
  });
});
