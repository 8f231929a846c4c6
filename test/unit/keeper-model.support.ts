import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { expect } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import type { Session } from '../../src/keeper/session.ts';
import type { Outcome } from '../../src/keeper/source.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
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

const minutes = 60_000;
const QUARANTINE_MS = 61 * minutes;

type ActKind = 'call' | 'call with news' | 'unsure call' | 'login' | 'renew' | 'verify' | 'logout';

/** What can happen next. Everything that waits, waits at a gate, so that the steps are the whole of the interleaving. */
export type Step =
  | { readonly kind: ActKind | 'crash'; readonly keeper: number }
  | { readonly kind: 'abort'; readonly pick: number }
  | { readonly kind: 'let go on'; readonly pick: number }
  | { readonly kind: 'expire' | 'change password' | 'restore password' | 'store fails' | 'store is back' }
  | { readonly kind: 'advance'; readonly ms: number };

const keeperIndex = fc.nat({ max: 1 });
const acts = fc.record({
  kind: fc.constantFrom(
    ...(['call', 'call', 'call', 'call with news', 'unsure call', 'login', 'renew', 'verify', 'logout'] as const),
  ),
  keeper: keeperIndex,
}) satisfies fc.Arbitrary<Step>;
const goOn = fc.record({ kind: fc.constant('let go on'), pick: fc.nat({ max: 20 }) }) satisfies fc.Arbitrary<Step>;
const abort = fc.record({ kind: fc.constant('abort'), pick: fc.nat({ max: 20 }) }) satisfies fc.Arbitrary<Step>;
const world = fc.record({
  kind: fc.constantFrom('expire', 'expire', 'change password', 'restore password'),
}) satisfies fc.Arbitrary<Step>;
export const crash = fc.record({ kind: fc.constant('crash'), keeper: keeperIndex }) satisfies fc.Arbitrary<Step>;
export const storeTrouble = fc.record({
  kind: fc.constantFrom('store fails', 'store is back'),
}) satisfies fc.Arbitrary<Step>;
const advance = fc.record({
  kind: fc.constant('advance'),
  // A clock that is set back too.
  ms: fc.constantFrom(1000, 11 * minutes, 45 * minutes, 62 * minutes, -30 * minutes, -62 * minutes),
}) satisfies fc.Arbitrary<Step>;

export const steps = (...more: Array<{ arbitrary: fc.Arbitrary<Step>; weight: number }>): fc.Arbitrary<Step[]> =>
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

/** Locks whose holder can be gone without giving them back. */
function createBreakableLocks() {
  const holders = new Map<string, object>();
  const waiting = new Map<string, Array<() => void>>();
  const gone = new Set<object>();
  const callNext = (key: string): void => waiting.get(key)?.shift()?.();
  const free = (key: string, holder: object): void => {
    if (holders.get(key) !== holder) return;
    holders.delete(key);
    callNext(key);
  };
  return {
    async take(key: string, holder: object): Promise<void> {
      while (holders.has(key)) {
        await new Promise<void>((resolve) => {
          waiting.set(key, [...(waiting.get(key) ?? []), resolve]);
        });
      }
      if (gone.has(holder)) {
        callNext(key);
        await new Promise(() => {});
      }
      holders.set(key, holder);
    },
    free,
    isTaken: (key: string): boolean => holders.has(key),
    break(holder: object): void {
      gone.add(holder);
      for (const key of [...holders.keys()]) free(key, holder);
    },
  };
}

/** A store as one process sees it, until that crashes: then nothing that it asks for is answered. */
interface CrashableView extends SessionStore {
  crash(): void;
}

function createCrashableView(store: SessionStore, locks: ReturnType<typeof createBreakableLocks>): CrashableView {
  let isCrashed = false;
  const alive = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isCrashed) return new Promise(() => {});
    const done = await work();
    return isCrashed ? new Promise(() => {}) : done;
  };
  const holder = {};
  const write: SessionStore['write'] = (...args) => alive(() => store.write(...args));
  return {
    read: (key) => alive(() => store.read(key)),
    write,
    remove: (key) => alive(() => store.remove(key)),
    digest: (text) => alive(async () => store.digest?.(text) ?? ''),
    withLock: (key, task, { waitMs }) =>
      alive(async () => {
        // Whether the store can lock at all.
        await store.withLock(`probe ${key}`, async () => {}, { waitMs });
        if (waitMs === 0 && locks.isTaken(key)) throw new StoreError('busy', { reason: 'busy' });
        await locks.take(key, holder);
        try {
          return await task({ signal: new AbortController().signal, write });
        } finally {
          if (!isCrashed) locks.free(key, holder);
        }
      }),
    crash() {
      isCrashed = true;
      locks.break(holder);
    },
  };
}

/** One process: it can crash, and then nothing of it goes on. */
interface Process extends OpenedKeeper {
  readonly view: CrashableView;
}

interface Act {
  readonly of: Process;
  readonly promise: Promise<unknown>;
  readonly controller: AbortController;
}

interface Asking {
  readonly of: Process;
  readonly kind: ActKind;
  sends: number;
  logins: number;
}

/** One for all worlds: Node 20 keeps paying for each that was ever used. */
const asking = new AsyncLocalStorage<Asking>();

export class World {
  readonly clock = createManualClock();
  gates: Array<Gate & { readonly of: Process | undefined }> = [];
  acts: Act[] = [];
  readonly #refusedBefore = new Map<Process, Map<string, number>>();
  readonly #service: FakeService;
  readonly #processes: Process[];
  readonly #store: SpyStore;
  readonly #locks = createBreakableLocks();
  /** Keys of the records in the store. */
  readonly #kept = new Set<string>();
  #loginsAskedFor = 0;
  /** How many logins there may have been by now: one to begin with, and one more for each thing that can cost a session. */
  #mostLogins: number;
  #logins = 0;
  readonly #violations: string[] = [];
  /** When a password was last denied, by password; a success lifts it. */
  readonly #deniedAtMs = new Map<string, number>();

  constructor(processCount: 1 | 2) {
    this.#mostLogins = 1;
    const service = createFakeService({ canRenew: true, canEnd: true, lifetime: { kind: 'fixed', ms: 60 * minutes } });
    // Each wait of the service is a gate of its own.
    Object.defineProperty(service, 'gate', { get: () => this.#gate() });
    const { login } = service.source;
    service.source.login = async (credentials, io) => {
      const asked = asking.getStore();
      const deniedBefore = service.counts.denied;
      const result = await login.call(service.source, credentials, io).catch((error: unknown) => {
        if (service.counts.denied > deniedBefore) this.#denied(credentials.password);
        throw error;
      });
      if (asked) asked.logins += 1;
      this.#logins += 1;
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
    this.#processes = Array.from({ length: processCount }, () => this.#begin());
  }

  #begin(): Process {
    const view = createCrashableView(this.#store, this.#locks);
    const options = { clock: this.clock, loginBudget: { max: 1000, windowMs: minutes }, storeTimeoutMs: 2 ** 30 };
    return { ...openKeeper(this.#service, { store: view, ...options }), view };
  }

  /** Ends a process wherever it is: nothing of it goes on, its locks are free, and another begins in its place. */
  #crash(index: number): void {
    const at = index % this.#processes.length;
    const crashed = this.#processes[at];
    if (!crashed) throw new Error('no process');
    crashed.view.crash();
    this.acts = this.acts.filter((act) => act.of !== crashed);
    for (const gate of this.gates.filter(({ of }) => of === crashed)) gate.break(new Error('crashed'));
    this.gates = this.gates.filter(({ of }) => of !== crashed);
    this.#processes[at] = this.#begin();
    // What it had obtained may have gone with it.
    this.#mostLogins += 1;
  }

  /** Notes a broken promise; thrown inside a call it would look like an answer to the call. */
  #forbid(isBroken: boolean, what: string): void {
    if (isBroken) this.#violations.push(what);
  }

  #gate(): Gate {
    const gate = { ...createGate(), of: asking.getStore()?.of };
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
    for (const opened of this.#processes) {
      const known = new Map<string, number>();
      for (const event of opened.events) {
        if (event.type === 'refusal')
          known.set(event.session.id, Math.max(known.get(event.session.id) ?? 0, event.session.revision));
      }
      this.#refusedBefore.set(opened, known);
    }
  }

  #attempt(asked: Asking) {
    return async (session: Session<FakeFacts>): Promise<Outcome<boolean, FakeFacts>> => {
      asked.sends += 1;
      const refusedRevision = this.#refusedBefore.get(asked.of)?.get(session.id) ?? 0;
      this.#forbid(session.revision <= refusedRevision, 'a session known to be refused was used');
      await this.#gate().passed;
      const isAlive = this.#service.isAlive(session.secret);
      await this.#gate().passed;
      if (!isAlive) return { verdict: asked.kind === 'unsure call' ? 'unsure' : 'refused', value: false };
      const news = asked.kind === 'call with news' ? { secret: this.#service.beginElsewhere() } : undefined;
      return { verdict: 'accepted', value: true, news };
    };
  }

  #act(kind: ActKind, index: number): void {
    const of = this.#processes[index % this.#processes.length];
    if (!of) throw new Error('no process');
    const { keeper } = of;
    const controller = new AbortController();
    const { signal } = controller;
    const asked: Asking = { of, kind, sends: 0, logins: 0 };
    if (kind === 'login' || kind === 'logout' || kind === 'renew') this.#mostLogins += 1;
    const promise = asking.run(asked, (): Promise<unknown> => {
      if (kind === 'logout') return keeper.logout();
      if (kind === 'login' || kind === 'renew' || kind === 'verify') return keeper[kind]({ signal });
      return keeper.run(this.#attempt(asked), { signal });
    });
    const settled = (): void => {
      this.#forbid(asked.sends > 3, 'a call was sent more than three times');
      this.#forbid(asked.logins > 1, 'a call caused more than one login');
    };
    this.acts.push({ of, controller, promise: promise.then(settled, settled) });
    if (kind === 'login') this.#loginsAskedFor += 1;
    if (kind === 'logout') this.#afterLogout(promise, this.#loginsAskedFor);
  }

  /** Notes when a logout leaves a session behind although no login was asked for since. Only for one keeper: others may log in as they like. */
  #afterLogout(leaving: Promise<unknown>, loginsBefore: number): void {
    leaving.then(
      () => {
        if (this.#processes.length > 1 || this.#loginsAskedFor > loginsBefore) return;
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
      case 'crash':
        this.#crash(step.keeper);
        break;
      case 'expire':
        this.#service.revokeAll();
        this.#mostLogins += 1;
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
        this.#mostLogins += 1;
        break;
      default:
        this.#act(step.kind, step.keeper);
    }
    await settle(2);
    this.#forbid(this.#service.mostLoginsAtOnce() > 1, 'two logins were under way at once');
    this.#forbid(this.#logins > this.#mostLogins, 'a login happened although nothing had cost the session');
    expect(this.#violations).toEqual([]);
  }

  /** Lets everything go on until nothing waits any more. */
  async finish(): Promise<void> {
    for (let turn = 0; turn < 5000 && this.gates.length > 0; turn += 1) await this.take({ kind: 'let go on', pick: 0 });
    const everything = Promise.all([
      ...this.acts.map(({ promise }) => promise),
      ...this.#processes.map(({ keeper }) => keeper[Symbol.asyncDispose]()),
    ]).then(() => 'settled' as const);
    const outcome = await Promise.race([everything, settle(20).then(() => 'still waiting' as const)]);
    expect(outcome).toBe('settled');
    expect(this.#violations).toEqual([]);
  }
}
