import { BodyNotReplayableError, LoggedOutError } from '../errors.ts';
import type { SessionRef } from '../events.ts';
import type { StoreDescription } from '../stores/store.ts';
import type { LedgerSummary } from './account-ledger.ts';
import { HeldSession } from './held-session.ts';
import { type Errand, Obtaining, type Purpose } from './obtaining.ts';
import type { KeeperOptions } from './options.ts';
import { refOf, type Session } from './session.ts';
import type { Attempt, EndOutcome } from './source.ts';
import { abortable } from './waiting.ts';
import { Ways } from './ways.ts';

/** The most sends of one call: with the session at hand, with a newer one, and after a login. */
const MOST_SENDS = 3;

/** What is known of an identity's session. Holds no secret. */
export interface KeeperStatus extends LedgerSummary {
  readonly system: string;
  readonly state: 'live' | 'none' | 'logged-out';
  readonly session: (SessionRef & Pick<Session, 'obtainedAtMs' | 'expiresAtMs'>) | null;
  readonly store: StoreDescription;
  /** Why the store could not be used when it was last tried, so that the session is in memory only; `null` if it could. */
  readonly storeFailure: string | null;
}

/** What came of a logout. */
export interface LogoutOutcome {
  /** Whether the service ended the session: some cannot, some do not tell. */
  readonly endedAtService: boolean | 'unknown';
  /** Until when it may live on at the service, ms since the epoch; `null` if not known or ended. */
  readonly mayLiveUntilMs: number | null;
}

/** Owns one identity's session: reuse, single flight, renewal, replay, persistence. Knows no HTTP. */
export interface SessionKeeper<F> extends AsyncDisposable {
  /**
   * Runs a call with the session, again with a newer one if it is refused: at most 3 sends and 1 login.
   * @throws SessionRefusedError, BodyNotReplayableError, LoggedOutError and whatever a login throws
   */
  run<T>(attempt: Attempt<T, F>, options?: { signal?: AbortSignal | undefined; replayable?: boolean }): Promise<T>;
  /** The current session, obtained if need be. `distrust` names one that was refused elsewhere. */
  get(options?: { distrust?: SessionRef; signal?: AbortSignal }): Promise<Session<F>>;
  /** Logs in now, whatever is at hand; ends a logout's hold. */
  login(options?: { signal?: AbortSignal }): Promise<Session<F>>;
  /** Prolongs the session, by a login where the service has no other way. */
  renew(options?: { signal?: AbortSignal }): Promise<Session<F>>;
  /** Asks the service whether the session lives. Without a way to ask, whether it should live by what is known. */
  verify(options?: { signal?: AbortSignal }): Promise<boolean>;
  /** Ends the session and stays out until `login`. `signal` ends the wait, not the logout. */
  logout(options?: { signal?: AbortSignal }): Promise<LogoutOutcome>;
  /** Lets refused credentials be tried again. @throws StoreError with reason `busy` while a login of the account goes on for too long */
  clearQuarantine(options?: { signal?: AbortSignal }): Promise<void>;
  status(options?: { signal?: AbortSignal }): Promise<KeeperStatus>;
}

/** Makes the keeper of one identity. @throws TypeError with code `ERR_CREDENTIALS` for credentials that are none */
export function createKeeper<C, F>(options: KeeperOptions<C, F>): SessionKeeper<F> {
  return new Keeper(options);
}

/** A class, as programs may have tens of thousands of them: what a keeper can do is made once, not once an identity. */
class Keeper<C, F> implements SessionKeeper<F> {
  readonly #options: KeeperOptions<C, F>;
  readonly #held: HeldSession<F>;
  readonly #ways: Ways<C, F>;
  readonly #obtaining: Obtaining<C, F>;
  #isLoggedOut = false;
  #logouts = 0;
  #leaving: Promise<LogoutOutcome> | undefined;
  #confirming: { readonly id: string; readonly answer: Promise<boolean> } | undefined;

  constructor(options: KeeperOptions<C, F>) {
    this.#options = options;
    this.#held = new HeldSession(options);
    this.#ways = new Ways(options, this.#held);
    this.#obtaining = new Obtaining(options, this.#held, this.#ways);
  }

  async run<T>(
    attempt: Attempt<T, F>,
    { signal, replayable = true }: { signal?: AbortSignal | undefined; replayable?: boolean } = {},
  ): Promise<T> {
    const held = this.#held;
    signal?.throwIfAborted();
    const errand = this.#obtaining.beginErrand();
    let session = this.#atHand(errand) ?? (await this.#ready(errand, signal));
    for (let sends = 1; ; sends += 1) {
      const used: Session<F> = session;
      errand.sends = sends;
      const outcome = await attempt(used);
      if (outcome.verdict === 'accepted') {
        held.accept(used, outcome.news);
        this.#obtaining.catchUp();
        return outcome.value;
      }
      if (outcome.verdict === 'unsure' && (await abortable(this.#confirm(used), signal))) return outcome.value;
      held.distrust(used);
      // Two refusals of a call are enough, whatever its session was re-issued as meanwhile: the last send is for a new one.
      if (sends > 1 && held.current?.id === used.id) held.distrust(held.current);
      this.#options.report({ type: 'refusal', session: refOf(used) });
      if (outcome.verdict === 'distrust') return outcome.value;
      if (sends === MOST_SENDS) throw this.#obtaining.refused(errand);
      session = await this.#ready(errand, signal);
      if (!replayable) throw this.#notReplayable();
      this.#options.report({ type: 'replay', session: refOf(session), sends: sends + 1 });
    }
  }

  async get({ distrust, signal }: { distrust?: SessionRef; signal?: AbortSignal } = {}): Promise<Session<F>> {
    signal?.throwIfAborted();
    if (distrust) this.#held.distrust(distrust);
    return this.#ready(this.#obtaining.beginErrand(), signal);
  }

  async login({ signal }: { signal?: AbortSignal } = {}): Promise<Session<F>> {
    signal?.throwIfAborted();
    // One that is asked for later than a logout begins when that has ended: its session is not what the logout wipes.
    await abortable(this.#leaving?.catch(() => {}) ?? Promise.resolve(), signal);
    const logoutsBefore = this.#logouts;
    const session = await abortable(this.#obtaining.obtain('login', this.#obtaining.beginErrand()), signal);
    // A logout that was asked for later holds.
    if (this.#logouts === logoutsBefore) this.#isLoggedOut = false;
    return session;
  }

  async renew({ signal }: { signal?: AbortSignal } = {}): Promise<Session<F>> {
    signal?.throwIfAborted();
    const errand = this.#obtaining.beginErrand();
    if (!this.#held.usable()) await abortable(this.#fetched('use', errand), signal);
    return abortable(this.#fetched('renew', errand), signal);
  }

  async verify({ signal }: { signal?: AbortSignal } = {}): Promise<boolean> {
    signal?.throwIfAborted();
    const session = this.#isLoggedOut
      ? undefined
      : (this.#held.usable() ?? (await abortable(this.#ways.adopt(), signal)));
    if (!session) return false;
    const isKnown = await abortable(this.#ask(session), signal);
    if (isKnown) return true;
    this.#held.distrust(session);
    // Whoever holds the lock now is about to bring another one.
    const forgotten = this.#ways.exclusively(0, () => this.#ways.forgetRefused());
    await abortable(
      forgotten.catch(() => {}),
      signal,
    );
    return false;
  }

  async logout({ signal }: { signal?: AbortSignal } = {}): Promise<LogoutOutcome> {
    signal?.throwIfAborted();
    const left = this.#leave();
    this.#leaving = left;
    return abortable(left, signal);
  }

  async clearQuarantine({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    signal?.throwIfAborted();
    return abortable(this.#ways.clearQuarantine(), signal);
  }

  async status({ signal }: { signal?: AbortSignal } = {}): Promise<KeeperStatus> {
    signal?.throwIfAborted();
    return abortable(this.#lookAtStatus(), signal);
  }

  async #lookAtStatus(): Promise<KeeperStatus> {
    const { source, store } = this.#options;
    const session = this.#isLoggedOut ? undefined : (this.#held.usable() ?? (await this.#ways.adopt()));
    const { obtainedAtMs = 0, expiresAtMs = null } = session ?? {};
    const account = await this.#ways.ledger.summary();
    return {
      system: source.system,
      state: this.#isLoggedOut ? 'logged-out' : session ? 'live' : 'none',
      session: session ? { ...refOf(session), obtainedAtMs, expiresAtMs } : null,
      store: store.describe?.() ?? { kind: 'custom', location: null, protection: 'unknown: the store does not tell' },
      storeFailure: this.#ways.health.failure,
      ...account,
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#obtaining.settle();
  }

  async #fetched(purpose: Purpose, errand: Errand): Promise<Session<F>> {
    if (!this.#isLoggedOut) return this.#obtaining.obtain(purpose, errand);
    const { system } = this.#options.source;
    throw new LoggedOutError(`This ${system} client was logged out; call session.login() to begin again`, { system });
  }

  /** The session at hand: no I/O, no timer, no lock. */
  #atHand(errand: Errand): Session<F> | undefined {
    const session = this.#isLoggedOut ? undefined : this.#held.usable();
    // A renewal may end in a login: one that has had its own leaves it to the next.
    if (session && !errand.hasLoggedIn && this.#held.takeRenewalTurn()) this.#obtaining.renewAhead(errand);
    return session;
  }

  async #ready(errand: Errand, signal: AbortSignal | undefined): Promise<Session<F>> {
    // Once more for one that was refused elsewhere while it was on its way here.
    for (let tries = 0; tries < 2; tries += 1) {
      const session = this.#atHand(errand) ?? (await abortable(this.#fetched('use', errand), signal));
      if (this.#held.isTrusted(session)) return session;
    }
    throw this.#obtaining.refused(errand);
  }

  /** Asks the service whether it knows a session, by renewing it where that is the only way. */
  #ask(session: Session<F>): Promise<boolean> {
    const { source } = this.#options;
    return this.#ways.withIo(async (io) => {
      if (source.verify) return source.verify(session, io);
      const news = await source.renew?.(session, io);
      if (news === 'refused') return false;
      if (news) this.#held.absorb(session, news);
      return true;
    });
  }

  /** Settles an answer that left the session in doubt. Without word from the service the session stands. */
  #confirm(session: Session<F>): Promise<boolean> {
    if (this.#held.current?.id !== session.id) return Promise.resolve(false);
    if (this.#confirming?.id === session.id) return this.#confirming.answer;
    const answer = this.#ask(session)
      .catch(() => true)
      .finally(() => {
        this.#confirming = undefined;
      });
    this.#confirming = { id: session.id, answer };
    return answer;
  }

  async #leave(): Promise<LogoutOutcome> {
    const { source, report } = this.#options;
    const { end } = source;
    this.#isLoggedOut = true;
    this.#logouts += 1;
    await this.#obtaining.settle();
    const session = this.#held.current ?? (await this.#ways.stored());
    this.#held.drop();
    if (session) this.#held.distrust(session);
    let outcome: EndOutcome = { endedAtService: false };
    try {
      if (session && end) outcome = await this.#ways.withIo((io) => end(session, io));
    } catch {
      outcome = { endedAtService: 'unknown' };
    }
    const { endedAtService, mayLiveUntilMs = session?.expiresAtMs ?? null } = outcome;
    // What came of it at the service is told, whatever comes of the store.
    report({ type: 'logout', session: session && refOf(session), endedAtService });
    await this.#ways.wipe();
    return { endedAtService, mayLiveUntilMs: endedAtService === true ? null : mayLiveUntilMs };
  }

  #notReplayable(): BodyNotReplayableError {
    const { system } = this.#options.source;
    return new BodyNotReplayableError(
      `${system} refused the session; it has been renewed, but the body of this call could be sent only once: send the call again`,
      { system },
    );
  }
}
