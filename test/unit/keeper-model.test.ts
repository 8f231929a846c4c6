import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/keeper/session.ts';
import type { Outcome } from '../../src/keeper/source.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import {
  createFakeService,
  type FakeFacts,
  type FakeService,
  type OpenedKeeper,
  openKeeper,
  rightCredentials,
} from '../helpers/fake-service.ts';
import { createSpyStore, type SpyStore, storeIsDown } from '../helpers/spy-store.ts';
import { createGate, createManualClock, type Gate, settle } from '../helpers/waiting.ts';

/** More of it, or a run that failed elsewhere, as fast-check printed it. */
const { LATCHKEY_MODEL_RUNS = '120', LATCHKEY_MODEL_SEED } = process.env;
const parameters = {
  numRuns: Number(LATCHKEY_MODEL_RUNS),
  ...(LATCHKEY_MODEL_SEED === undefined ? {} : { seed: Number(LATCHKEY_MODEL_SEED) }),
};
const LONGEST_MS = Math.max(60_000, 50 * parameters.numRuns);

const minutes = 60_000;
const QUARANTINE_MS = 61 * minutes;

/** What can happen next. Everything that waits, waits at a gate, so that the steps are the whole of the interleaving. */
type Step =
  | { readonly kind: 'call' | 'unsure call' | 'login' | 'renew' | 'verify' | 'logout'; readonly keeper: number }
  | { readonly kind: 'abort'; readonly pick: number }
  | { readonly kind: 'let go on'; readonly pick: number }
  | { readonly kind: 'expire' | 'change password' | 'restore password' | 'store fails' | 'store is back' }
  | { readonly kind: 'advance'; readonly ms: number };

const keeperIndex = fc.nat({ max: 1 });
const acts = fc.record({
  kind: fc.constantFrom('call', 'call', 'call', 'call', 'unsure call', 'login', 'renew', 'verify', 'logout'),
  keeper: keeperIndex,
}) satisfies fc.Arbitrary<Step>;
const goOn = fc.record({ kind: fc.constant('let go on'), pick: fc.nat({ max: 20 }) }) satisfies fc.Arbitrary<Step>;
const abort = fc.record({ kind: fc.constant('abort'), pick: fc.nat({ max: 20 }) }) satisfies fc.Arbitrary<Step>;
const world = fc.record({
  kind: fc.constantFrom('expire', 'expire', 'change password', 'restore password'),
}) satisfies fc.Arbitrary<Step>;
const storeTrouble = fc.record({ kind: fc.constantFrom('store fails', 'store is back') }) satisfies fc.Arbitrary<Step>;
const advance = fc.record({
  kind: fc.constant('advance'),
  ms: fc.constantFrom(1000, 11 * minutes, 45 * minutes, 62 * minutes),
}) satisfies fc.Arbitrary<Step>;

const steps = (...more: Array<{ arbitrary: fc.Arbitrary<Step>; weight: number }>): fc.Arbitrary<Step[]> =>
  fc.array(
    fc.oneof(
      { arbitrary: acts, weight: 6 },
      { arbitrary: goOn, weight: 10 },
      { arbitrary: abort, weight: 1 },
      { arbitrary: world, weight: 2 },
      { arbitrary: advance, weight: 1 },
      ...more,
    ),
    { minLength: 5, maxLength: 70 },
  );

interface Act {
  readonly promise: Promise<unknown>;
  readonly controller: AbortController;
  readonly counts: { sends: number; logins: number };
  isSettled: boolean;
}

/** One for all worlds: Node 20 keeps paying for each that was ever used. */
const asking = new AsyncLocalStorage<Act['counts']>();

class World {
  readonly clock = createManualClock();
  readonly gates: Gate[] = [];
  readonly acts: Act[] = [];
  readonly #refusedBefore = new Map<OpenedKeeper, Map<string, number>>();
  readonly #service: FakeService;
  readonly #keepers: readonly OpenedKeeper[];
  readonly #store: SpyStore;
  /** Keys of the records in the store. */
  readonly #kept = new Set<string>();
  #loginsAskedFor = 0;
  readonly #violations: string[] = [];
  /** When a password was last denied, by password; a success lifts it. */
  readonly #deniedAtMs = new Map<string, number>();

  constructor(keeperCount: 1 | 2) {
    const service = createFakeService({ canRenew: true, canEnd: true, lifetime: { kind: 'fixed', ms: 60 * minutes } });
    // Each wait of the service is a gate of its own.
    Object.defineProperty(service, 'gate', { get: () => this.#gate() });
    const { login } = service.source;
    service.source.login = async (credentials, io) => {
      const counts = asking.getStore();
      const deniedBefore = service.counts.denied;
      const result = await login.call(service.source, credentials, io).catch((error: unknown) => {
        if (service.counts.denied > deniedBefore) this.#denied(credentials.password);
        throw error;
      });
      if (counts) counts.logins += 1;
      this.#deniedAtMs.delete(credentials.password);
      return result;
    };
    this.#service = service;
    const inner = createMemoryStore();
    const { write, remove } = inner;
    inner.write = (key, value, options) => {
      this.#kept.add(key);
      return write(key, value, options);
    };
    inner.remove = (key) => {
      this.#kept.delete(key);
      return remove(key);
    };
    this.#store = createSpyStore(inner);
    this.#keepers = Array.from({ length: keeperCount }, () =>
      openKeeper(service, { store: this.#store, clock: this.clock, loginBudget: { max: 1000, windowMs: minutes } }),
    );
  }

  /** Notes a broken promise; thrown inside a call it would look like an answer to the call. */
  #forbid(isBroken: boolean, what: string): void {
    if (isBroken) this.#violations.push(what);
  }

  #gate(): Gate {
    const gate = createGate();
    this.gates.push(gate);
    return gate;
  }

  #denied(password: string): void {
    const before = this.#deniedAtMs.get(password);
    const isTooEarly = before !== undefined && this.clock.nowMs() - before < QUARANTINE_MS;
    this.#forbid(isTooEarly, 'denied credentials were sent again within their quarantine');
    this.#deniedAtMs.set(password, this.clock.nowMs());
  }

  /** What each keeper saw refused, as of the end of the last step. */
  #noteRefusals(): void {
    for (const opened of this.#keepers) {
      const known = new Map<string, number>();
      for (const event of opened.events) {
        if (event.type === 'refusal')
          known.set(event.session.id, Math.max(known.get(event.session.id) ?? 0, event.session.revision));
      }
      this.#refusedBefore.set(opened, known);
    }
  }

  #attempt(opened: OpenedKeeper, counts: Act['counts'], verdictOfDead: 'refused' | 'unsure') {
    return async (session: Session<FakeFacts>): Promise<Outcome<boolean, FakeFacts>> => {
      counts.sends += 1;
      const refusedRevision = this.#refusedBefore.get(opened)?.get(session.id) ?? 0;
      this.#forbid(session.revision <= refusedRevision, 'a session known to be refused was used');
      await this.#gate().passed;
      const isAlive = this.#service.isAlive(session.secret);
      await this.#gate().passed;
      return isAlive ? { verdict: 'accepted', value: true } : { verdict: verdictOfDead, value: false };
    };
  }

  #act(kind: 'call' | 'unsure call' | 'login' | 'renew' | 'verify' | 'logout', index: number): void {
    const opened = this.#keepers[index % this.#keepers.length];
    if (!opened) throw new Error('no keeper');
    const { keeper } = opened;
    const controller = new AbortController();
    const { signal } = controller;
    const counts = { sends: 0, logins: 0 };
    const promise = asking.run(counts, (): Promise<unknown> => {
      if (kind === 'call') return keeper.run(this.#attempt(opened, counts, 'refused'), { signal });
      if (kind === 'unsure call') return keeper.run(this.#attempt(opened, counts, 'unsure'), { signal });
      return kind === 'logout' ? keeper.logout() : keeper[kind]({ signal });
    });
    const act: Act = { promise, controller, counts, isSettled: false };
    const settled = (): void => {
      act.isSettled = true;
      this.#forbid(counts.sends > 3, 'a call was sent more than three times');

      this.#forbid(counts.logins > 1, 'a call caused more than one login');
    };
    this.acts.push({ ...act, promise: promise.then(settled, settled) });
    if (kind === 'login') this.#loginsAskedFor += 1;
    if (kind === 'logout') this.#afterLogout(promise, this.#loginsAskedFor);
  }

  /** Notes when a logout leaves a session behind although no login was asked for since. Only for one keeper: others may log in as they like. */
  #afterLogout(leaving: Promise<unknown>, loginsBefore: number): void {
    leaving.then(
      () => {
        if (this.#keepers.length > 1 || this.#loginsAskedFor > loginsBefore) return;
        const left = [...this.#kept].filter((key) => key.startsWith('session'));
        this.#forbid(left.length > 0, 'a logout left a session in the store');
      },
      () => {},
    );
  }

  async take(step: Step): Promise<void> {
    this.#noteRefusals();
    switch (step.kind) {
      case 'let go on':
        this.gates.splice(step.pick % Math.max(this.gates.length, 1), 1)[0]?.open();
        break;
      case 'abort':
        this.acts[step.pick % Math.max(this.acts.length, 1)]?.controller.abort(new Error('aborted'));
        break;
      case 'expire':
        this.#service.revokeAll();
        break;
      case 'change password':
        this.#service.password = 'changed';
        break;
      case 'restore password':
        this.#service.password = rightCredentials.password;
        break;
      case 'store fails':
        this.#store.fails = { read: storeIsDown(), write: storeIsDown(), withLock: storeIsDown() };
        break;
      case 'store is back':
        this.#store.fails = {};
        break;
      case 'advance':
        this.clock.advanceMs(step.ms);
        break;
      default:
        this.#act(step.kind, step.keeper);
    }
    await settle(2);
    this.#forbid(this.#service.mostLoginsAtOnce() > 1, 'two logins were under way at once');
    expect(this.#violations).toEqual([]);
  }

  /** Lets everything go on until nothing waits any more. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 5000 && this.gates.length > 0; turn += 1) await this.take({ kind: 'let go on', pick: 0 });
    const everything = Promise.all([
      ...this.acts.map(({ promise }) => promise),
      ...this.#keepers.map(({ keeper }) => keeper[Symbol.asyncDispose]()),
    ]).then(() => 'settled' as const);
    const outcome = await Promise.race([everything, settle(20).then(() => 'still waiting' as const)]);
    expect(outcome).toBe('settled');
    expect(this.#violations).toEqual([]);
  }
}

const play = async (keeperCount: 1 | 2, taken: readonly Step[]): Promise<void> => {
  const it = new World(keeperCount);
  for (const step of taken) await it.take(step);
  await it.finish();
};

describe('whatever happens in whichever order', () => {
  it(
    'two keepers of one store keep their promises',
    async () => {
      await fc.assert(
        fc.asyncProperty(steps(), (taken) => play(2, taken)),
        parameters,
      );
    },
    LONGEST_MS,
  );

  it(
    'one keeper keeps its promises while the store comes and goes',
    async () => {
      const trouble = steps({ arbitrary: storeTrouble, weight: 2 });
      await fc.assert(
        fc.asyncProperty(trouble, (taken) => play(1, taken)),
        parameters,
      );
    },
    LONGEST_MS,
  );
});
