import { BodyNotReplayableError, LoggedOutError } from '../errors.ts';
import type { SessionRef } from '../events.ts';
import type { StoreDescription } from '../stores/store.ts';
import type { LedgerSummary } from './account-ledger.ts';
import { holdSession } from './held-session.ts';
import { createObtaining, type Errand, type Purpose } from './obtaining.ts';
import type { KeeperOptions } from './options.ts';
import { refOf, type Session } from './session.ts';
import type { Attempt, EndOutcome } from './source.ts';
import { abortable } from './waiting.ts';

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
  /** Ends the session and stays out until `login`. */
  logout(): Promise<LogoutOutcome>;
  /** Lets refused credentials be tried again. */
  clearQuarantine(): Promise<void>;
  status(): Promise<KeeperStatus>;
}

/** Makes the keeper of one identity. */
export function createKeeper<C, F>(options: KeeperOptions<C, F>): SessionKeeper<F> {
  const { source, store, random, redactor, report } = options;
  const { system, lifetime } = source;
  const held = holdSession<F>({ lifetime, nowMs: () => options.clock.nowMs(), random, redactor });
  const obtaining = createObtaining(options, held);
  const { ledger, health, beginErrand, obtain, refused, adopt, withIo, renewAhead, catchUp } = obtaining;
  let isLoggedOut = false;
  let logouts = 0;
  let leaving: Promise<LogoutOutcome> | undefined;
  let confirming: { readonly id: string; readonly answer: Promise<boolean> } | undefined;

  const fetched = async (purpose: Purpose, errand: Errand): Promise<Session<F>> => {
    if (!isLoggedOut) return obtain(purpose, errand);
    throw new LoggedOutError(`This ${system} client was logged out; call session.login() to begin again`, { system });
  };

  /** The session at hand: no I/O, no timer, no lock. */
  const atHand = (errand: Errand): Session<F> | undefined => {
    const session = isLoggedOut ? undefined : held.usable();
    // A renewal may end in a login: one that has had its own leaves it to the next.
    if (session && !errand.hasLoggedIn && held.takeRenewalTurn()) renewAhead(errand);
    return session;
  };
  const ready = async (errand: Errand, signal: AbortSignal | undefined): Promise<Session<F>> => {
    // Once more for one that was refused elsewhere while it was on its way here.
    for (let tries = 0; tries < 2; tries += 1) {
      const session = atHand(errand) ?? (await abortable(fetched('use', errand), signal));
      if (held.isTrusted(session)) return session;
    }
    throw refused(errand);
  };

  /** Asks the service whether it knows a session, by renewing it where that is the only way. */
  const ask = (session: Session<F>): Promise<boolean> =>
    withIo(async (io) => {
      if (source.verify) return source.verify(session, io);
      const news = await source.renew?.(session, io);
      if (news === 'refused') return false;
      if (news) held.absorb(session, news);
      return true;
    });
  /** Settles an answer that left the session in doubt. Without word from the service the session stands. */
  const confirm = (session: Session<F>): Promise<boolean> => {
    if (held.current?.id !== session.id) return Promise.resolve(false);
    if (confirming?.id === session.id) return confirming.answer;
    const answer = ask(session)
      .catch(() => true)
      .finally(() => {
        confirming = undefined;
      });
    confirming = { id: session.id, answer };
    return answer;
  };

  const leave = async (): Promise<LogoutOutcome> => {
    isLoggedOut = true;
    logouts += 1;
    await obtaining.settle();
    const session = held.current ?? (await obtaining.stored());
    held.drop();
    if (session) held.distrust(session);
    let outcome: EndOutcome = { endedAtService: false };
    try {
      if (session && source.end) outcome = await withIo(async (io) => source.end?.(session, io) ?? outcome);
    } catch {
      outcome = { endedAtService: 'unknown' };
    } finally {
      await obtaining.wipe();
    }
    const { endedAtService, mayLiveUntilMs = session?.expiresAtMs ?? null } = outcome;
    report({ type: 'logout', session: session && refOf(session), endedAtService });
    return { endedAtService, mayLiveUntilMs: endedAtService === true ? null : mayLiveUntilMs };
  };

  const keeper: SessionKeeper<F> = {
    async run(attempt, { signal, replayable = true } = {}) {
      signal?.throwIfAborted();
      const errand = beginErrand();
      let session = atHand(errand) ?? (await ready(errand, signal));
      for (let sends = 1; ; sends += 1) {
        const used: Session<F> = session;
        errand.sends = sends;
        const outcome = await attempt(used);
        if (outcome.verdict === 'accepted') {
          held.accept(used, outcome.news);
          catchUp();
          return outcome.value;
        }
        if (outcome.verdict === 'unsure' && (await abortable(confirm(used), signal))) return outcome.value;
        held.distrust(used);
        // Two refusals of a call are enough, whatever its session was re-issued as meanwhile: the last send is for a new one.
        if (sends > 1 && held.current?.id === used.id) held.distrust(held.current);
        report({ type: 'refusal', session: refOf(used) });
        if (outcome.verdict === 'distrust') return outcome.value;
        if (sends === MOST_SENDS) throw refused(errand);
        session = await ready(errand, signal);
        if (!replayable) {
          throw new BodyNotReplayableError(
            `${system} refused the session; it has been renewed, but the body of this call could be sent only once: send the call again`,
            { system },
          );
        }
        report({ type: 'replay', session: refOf(session), sends: sends + 1 });
      }
    },
    async get({ distrust, signal } = {}) {
      signal?.throwIfAborted();
      if (distrust) held.distrust(distrust);
      return ready(beginErrand(), signal);
    },
    async login({ signal } = {}) {
      signal?.throwIfAborted();
      // One that is asked for later than a logout begins when that has ended: its session is not what the logout wipes.
      await abortable(leaving?.catch(() => {}) ?? Promise.resolve(), signal);
      const logoutsBefore = logouts;
      const session = await abortable(obtain('login', beginErrand()), signal);
      // A logout that was asked for later holds.
      if (logouts === logoutsBefore) isLoggedOut = false;
      return session;
    },
    async renew({ signal } = {}) {
      signal?.throwIfAborted();
      const errand = beginErrand();
      if (!held.usable()) await abortable(fetched('use', errand), signal);
      return abortable(fetched('renew', errand), signal);
    },
    async verify({ signal } = {}) {
      signal?.throwIfAborted();
      const session = isLoggedOut ? undefined : (held.usable() ?? (await abortable(adopt(), signal)));
      if (!session) return false;
      const isKnown = await abortable(ask(session), signal);
      if (!isKnown) held.distrust(session);
      return isKnown;
    },
    logout() {
      const left = leave();
      leaving = left;
      return left;
    },
    clearQuarantine: () => ledger.clearAll(),
    async status() {
      const session = isLoggedOut ? undefined : (held.usable() ?? (await adopt()));
      const { obtainedAtMs = 0, expiresAtMs = null } = session ?? {};
      const account = await ledger.summary();
      return {
        system,
        state: isLoggedOut ? 'logged-out' : session ? 'live' : 'none',
        session: session ? { ...refOf(session), obtainedAtMs, expiresAtMs } : null,
        store: store.describe?.() ?? { kind: 'custom', location: null, protection: 'unknown: the store does not tell' },
        storeFailure: health.failure,
        ...account,
      };
    },
    [Symbol.asyncDispose]: () => obtaining.settle(),
  };
  return keeper;
}
