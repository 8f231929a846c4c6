import { createHash } from 'node:crypto';
import {
  BodyNotReplayableError,
  CredentialsMissingError,
  isLatchkeyError,
  LatchkeyError,
  LoggedOutError,
  LoginDeniedError,
  ServiceUnreachableError,
  SessionRefusedError,
  StoreError,
} from '../errors.ts';
import type { EventBody, SessionRef } from '../events.ts';
import type { Redactor } from '../redact.ts';
import type { Lease, SessionStore, StoreDescription } from '../stores/store.ts';
import { type LedgerSummary, type LoginBudget, openAccountLedger, type QuarantinePolicy } from './account-ledger.ts';
import { createFingerprinter } from './fingerprint.ts';
import { isLive, openSession, RECORD_VERSION, type Session, type SessionNews, withNews } from './session.ts';
import { exclusively, openSessionRecords } from './session-records.ts';
import type { Attempt, CredentialsOption, SessionSource, SourceIo } from './source.ts';
import { abortable, openDeadline } from './waiting.ts';

/** The most sends of one call: with the session at hand, with a newer one, and after a login. */
const MOST_SENDS = 3;
/** How many refused sessions are remembered. */
const REMEMBERED_REFUSALS = 16;
/** Under a sliding lifetime, a use that moves the end by less than this is not worth a new revision. */
const SLIDING_STEP_MS = 1000;
/** A fixed lifetime is renewed in the background within its last third. */
const AHEAD_SHARE = 1 / 3;

/** Where the time comes from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** What a keeper needs; the systems' factories fill it in. */
export interface KeeperOptions<C, F> {
  readonly source: SessionSource<C, F>;
  /** Left out: sessions are only adopted from the store, never begun. */
  readonly credentials?: CredentialsOption<C> | undefined;
  readonly store: SessionStore;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** In place of `Math.random`, for jitter. */
  readonly random: () => number;
  /** Tells `onEvent`. */
  readonly report: (event: EventBody) => void;
  /** Longest login, renewal, verification or end, in ms; waiting for somebody else's may take twice as long. */
  readonly loginTimeoutMs: number;
  readonly loginBudget: LoginBudget;
  readonly quarantine: QuarantinePolicy;
}

/** What is known of an identity's session. Holds no secret. */
export interface KeeperStatus extends LedgerSummary {
  readonly system: string;
  readonly state: 'live' | 'none' | 'logged-out';
  readonly session: (SessionRef & Pick<Session, 'obtainedAtMs' | 'expiresAtMs'>) | null;
  readonly store: StoreDescription;
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

type Purpose = 'use' | 'ahead' | 'renew' | 'login';

interface Obtained<F> {
  readonly session: Session<F>;
  readonly byLogin: boolean;
}

/** Makes the keeper of one identity. */
export function createKeeper<C, F>(options: KeeperOptions<C, F>): SessionKeeper<F> {
  const { source, store, redactor, random, report, loginTimeoutMs } = options;
  const { system, lifetime } = source;
  const nowMs = (): number => options.clock.nowMs();
  const warnOfStore = (error: unknown): void => {
    const known = isLatchkeyError(error)
      ? error
      : new StoreError('The session store failed', { reason: 'unavailable', system, cause: error, redactor });
    report({ type: 'warning', code: 'store-failed', message: known.message, error: known });
  };

  const sessionKey = `session-v${RECORD_VERSION}-${hashOf([system, ...source.identity])}`;
  const accountKey = `account-v${RECORD_VERSION}-${hashOf(source.account)}`;
  const records = openSessionRecords({
    store,
    key: sessionKey,
    readFacts: (value) => source.readFacts(value),
    onFailure: warnOfStore,
    onUnreadable: () =>
      report({
        type: 'warning',
        code: 'record-unreadable',
        message: `The stored record ${sessionKey} cannot be read and counts as absent`,
      }),
  });
  const fingerprinter = createFingerprinter(store);
  let accountLease: Lease | undefined;
  const ledger = openAccountLedger({
    system,
    key: accountKey,
    store,
    lease: () => accountLease,
    fingerprinter,
    budget: options.loginBudget,
    quarantine: options.quarantine,
    nowMs,
    onStoreFailure: warnOfStore,
  });

  let current: Session<F> | undefined;
  let currentFingerprint: string | null = null;
  let storedExpiresAtMs = 0;
  let aheadAtMs = Number.POSITIVE_INFINITY;
  let isLoggedOut = false;
  let flight: { readonly purpose: Purpose; readonly promise: Promise<Obtained<F>> } | undefined;
  let confirming: { readonly session: Session<F>; readonly promise: Promise<boolean> } | undefined;
  const refusals = new Map<string, number>();
  const pendingWrites = new Set<Promise<void>>();

  const isTrusted = (ref: SessionRef): boolean => ref.revision > (refusals.get(ref.id) ?? 0);
  const isUsable = (session: Session<F>): boolean => isTrusted(session) && isLive(session, nowMs());
  const distrust = ({ id, revision }: SessionRef): void => {
    const known = refusals.get(id) ?? 0;
    refusals.delete(id);
    refusals.set(id, Math.max(known, revision));
    for (const oldest of refusals.keys()) {
      if (refusals.size <= REMEMBERED_REFUSALS) break;
      refusals.delete(oldest);
    }
  };
  const refOf = ({ id, revision }: SessionRef): SessionRef => ({ id, revision });

  const take = (session: Session<F>, fingerprint: string | null): void => {
    redactor.hide(session.secret);
    current = session;
    currentFingerprint = fingerprint;
    const { expiresAtMs, obtainedAtMs } = session;
    const window =
      lifetime.kind === 'fixed' && expiresAtMs !== null ? Math.min(lifetime.ms, expiresAtMs - obtainedAtMs) : 0;
    // Jittered over half of the last third, so that a fleet does not renew at once.
    const beforeMs = window * AHEAD_SHARE * (1 - random() / 2);
    aheadAtMs = expiresAtMs !== null && window > 0 ? expiresAtMs - beforeMs : Number.POSITIVE_INFINITY;
  };

  /** News changes memory; the store is told only when what it holds lags by more than a third of the lifetime. */
  const accept = (used: Session<F>, news: SessionNews<F> | undefined): void => {
    if (current?.id !== used.id || !isTrusted(used)) return;
    let fresh = news;
    if (lifetime.kind === 'sliding' && news?.expiresAtMs === undefined) {
      const expiresAtMs = nowMs() + lifetime.ms;
      if (news || expiresAtMs - (current.expiresAtMs ?? 0) >= SLIDING_STEP_MS) fresh = { ...news, expiresAtMs };
    }
    if (fresh) absorb(fresh);
  };
  const absorb = (news: SessionNews<F>): void => {
    if (!current) return;
    take(withNews(current, news), currentFingerprint);
    if (lifetime.kind === 'unknown' || current.expiresAtMs === null) return;
    if (current.expiresAtMs - storedExpiresAtMs > lifetime.ms / 3) keepWriting(records.write(noted(current)));
  };
  const noted = (session: Session<F>) => {
    storedExpiresAtMs = session.expiresAtMs ?? 0;
    return { session, fingerprint: currentFingerprint };
  };
  const keepWriting = (write: Promise<void>): void => {
    pendingWrites.add(write);
    write.finally(() => pendingWrites.delete(write));
  };

  /** What the store holds, if it can be used by these credentials and nobody here saw it refused. */
  const adopt = async (laterThan = Number.NEGATIVE_INFINITY): Promise<Session<F> | undefined> => {
    const record = await records.read();
    if (!record || !isUsable(record.session) || (record.session.expiresAtMs ?? 0) <= laterThan) return undefined;
    const { credentials } = options;
    if (credentials !== undefined && !isFunction(credentials)) {
      const parts = source.fingerprintOf(credentials);
      if (record.fingerprint === null || !(await fingerprinter.matches(record.fingerprint, parts))) return undefined;
    }
    take(record.session, record.fingerprint);
    storedExpiresAtMs = record.session.expiresAtMs ?? 0;
    report({ type: 'adoption', session: refOf(record.session) });
    return record.session;
  };

  const withIo = async <T>(task: (io: SourceIo) => Promise<T>): Promise<T> => {
    const deadline = openDeadline(
      loginTimeoutMs,
      () => new ServiceUnreachableError(`${system} did not answer within ${loginTimeoutMs} ms`, { system }),
    );
    const wasNeverSent = (error: unknown): boolean => error instanceof ServiceUnreachableError && error.neverSent;
    try {
      return await abortable(
        task({ signal: deadline.signal, nowMs, report, spend: (request) => ledger.spend(request, wasNeverSent) }),
        deadline.signal,
      );
    } finally {
      deadline.close();
    }
  };

  const logIn = async (lease: Lease | undefined): Promise<Obtained<F>> => {
    const given = options.credentials;
    if (given === undefined) {
      throw new CredentialsMissingError(
        `${system}: no live session was found and no credentials were given to log in with`,
        { system },
      );
    }
    const credentials = isFunction(given) ? await given() : given;
    redactor.hide(...source.secretsOf(credentials));
    const parts = source.fingerprintOf(credentials);
    return exclusively(store, accountKey, { waitMs: 2 * loginTimeoutMs }, warnOfStore, async (held) => {
      accountLease = held;
      const startedAtMs = nowMs();
      try {
        await ledger.admit(parts);
        const result = await withIo((io) => source.login(credentials, io));
        const session = openSession(result, lifetime, nowMs());
        await ledger.clear(parts);
        take(session, await fingerprinter.of(parts));
        isLoggedOut = false;
        await records.write(noted(session), lease);
        report({ type: 'login', session: refOf(session), tookMs: nowMs() - startedAtMs });
        return { session, byLogin: true };
      } catch (error) {
        if (error instanceof LoginDeniedError && error.isRemembered) await ledger.deny(parts, error);
        if (isLatchkeyError(error)) report({ type: 'login-failed', error, tookMs: nowMs() - startedAtMs });
        throw error;
      } finally {
        accountLease = undefined;
      }
    });
  };

  const prolong = async (lease: Lease | undefined): Promise<Obtained<F> | undefined> => {
    const session = current;
    if (!session || !isUsable(session) || !source.renew) return undefined;
    const news = await withIo(async (io) => source.renew?.(session, io));
    if (news === undefined) return undefined;
    if (news === 'refused') {
      distrust(session);
      return undefined;
    }
    if (current?.id === session.id) take(withNews(current, news), currentFingerprint);
    const renewed = current ?? session;
    await records.write(noted(renewed), lease);
    report({ type: 'renewal', session: refOf(renewed) });
    return { session: renewed, byLogin: false };
  };

  const fly = async (purpose: Purpose): Promise<Obtained<F>> => {
    if (isLoggedOut && purpose !== 'login') {
      throw new LoggedOutError(`This ${system} client was logged out; call session.login() to begin again`, { system });
    }
    const laterThan = purpose === 'ahead' ? (current?.expiresAtMs ?? 0) : Number.NEGATIVE_INFINITY;
    const mayAdopt = purpose === 'use' || purpose === 'ahead';
    const early = mayAdopt ? await adopt(laterThan) : undefined;
    if (early) return { session: early, byLogin: false };
    const waitMs = purpose === 'ahead' ? 0 : 2 * loginTimeoutMs;
    return exclusively(store, sessionKey, { waitMs }, warnOfStore, async (lease) => {
      const late = mayAdopt ? await adopt(laterThan) : undefined;
      if (late) return { session: late, byLogin: false };
      const prolonged = purpose === 'login' ? undefined : await prolong(lease);
      return prolonged ?? logIn(lease);
    });
  };

  /** Everybody who needs a session waits for the same one to be obtained. */
  const obtain = async (purpose: Purpose): Promise<Obtained<F>> => {
    // Who asks for more than the flight under way brings lets it land first; later askers of the same kind join again.
    while (flight && !(purpose === 'use' || flight.purpose === purpose)) await flight.promise.catch(() => {});
    if (!flight) {
      const promise = fly(purpose).finally(() => {
        flight = undefined;
      });
      promise.catch(() => {});
      flight = { purpose, promise };
    }
    return flight.promise;
  };

  const usableNow = (): Session<F> | undefined => {
    if (!current || isLoggedOut || !isUsable(current)) return undefined;
    if (nowMs() >= aheadAtMs && !flight) renewAhead();
    return current;
  };
  const renewAhead = (): void => {
    aheadAtMs = Number.POSITIVE_INFINITY;
    keepWriting(
      obtain('ahead').then(
        () => {},
        (error: unknown) => {
          if (error instanceof StoreError && error.reason === 'busy') return;
          const known = isLatchkeyError(error)
            ? error
            : new LatchkeyError('ERR_RENEWAL', true, 'Renewal failed', { system, cause: error, redactor });
          report({ type: 'warning', code: 'renewal-failed', message: known.message, error: known });
        },
      ),
    );
  };
  const ready = async (signal: AbortSignal | undefined): Promise<Obtained<F>> => {
    const session = usableNow();
    if (session) return { session, byLogin: false };
    const obtained = await abortable(obtain('use'), signal);
    // A refusal may have come in while the session was being obtained: one more try, then the caller is told.
    return isTrusted(obtained.session) ? obtained : abortable(obtain('use'), signal);
  };

  /** Asks the service whether it knows a session, by renewing it where that is the only way. */
  const ask = (session: Session<F>): Promise<boolean> =>
    withIo(async (io) => {
      if (source.verify) return source.verify(session, io);
      const news = await source.renew?.(session, io);
      if (news === 'refused') return false;
      if (news && current?.id === session.id) absorb(news);
      return true;
    });
  /** Asks the service about a session that an answer left in doubt. Without an answer the session stands. */
  const confirm = (session: Session<F>): Promise<boolean> => {
    if (current?.id !== session.id) return Promise.resolve(false);
    if (confirming?.session.id === session.id) return confirming.promise;
    const promise = ask(session)
      .catch(() => true)
      .finally(() => {
        confirming = undefined;
      });
    confirming = { session, promise };
    return promise;
  };

  const keeper: SessionKeeper<F> = {
    async run(attempt, { signal, replayable = true } = {}) {
      signal?.throwIfAborted();
      let session = usableNow();
      let byLogin = false;
      if (!session) ({ session, byLogin } = await ready(signal));
      for (let sends = 1; ; sends += 1) {
        const used: Session<F> = session;
        const outcome = await attempt(used);
        if (outcome.verdict === 'accepted') {
          accept(used, outcome.news);
          return outcome.value;
        }
        if (outcome.verdict === 'unsure' && (await abortable(confirm(used), signal))) return outcome.value;
        distrust(used);
        report({ type: 'refusal', session: refOf(used) });
        if (outcome.verdict === 'distrust') return outcome.value;
        if (sends === MOST_SENDS || byLogin) {
          throw new SessionRefusedError(
            `${system} refused a session that it had just handed out, after ${sends} sends`,
            { system, sends },
          );
        }
        ({ session, byLogin } = await ready(signal));
        if (!replayable) {
          throw new BodyNotReplayableError(
            `${system} refused the session; it has been renewed, but the body of this call could be sent only once: send the call again`,
            { system },
          );
        }
        report({ type: 'replay', session: refOf(session), sends: sends + 1 });
      }
    },
    async get({ distrust: refused, signal } = {}) {
      signal?.throwIfAborted();
      if (refused) distrust(refused);
      return (await ready(signal)).session;
    },
    async login({ signal } = {}) {
      return (await abortable(obtain('login'), signal)).session;
    },
    async renew({ signal } = {}) {
      await ready(signal);
      return (await abortable(obtain('renew'), signal)).session;
    },
    async verify({ signal } = {}) {
      const session = usableNow() ?? (await adopt());
      if (!session) return false;
      const isKnown = await abortable(ask(session), signal);
      if (!isKnown) distrust(session);
      return isKnown;
    },
    async logout() {
      isLoggedOut = true;
      await flight?.promise.catch(() => {});
      const session = current ?? (await records.read())?.session;
      isLoggedOut = true;
      current = undefined;
      let endedAtService: boolean | 'unknown' = false;
      if (session) distrust(session);
      try {
        if (session && source.end) endedAtService = await withIo(async (io) => source.end?.(session, io) ?? false);
      } catch {
        endedAtService = 'unknown';
      } finally {
        await Promise.all(pendingWrites);
        await records.remove();
      }
      report({ type: 'logout', session: session && refOf(session), endedAtService });
      return { endedAtService, mayLiveUntilMs: endedAtService === true ? null : (session?.expiresAtMs ?? null) };
    },
    clearQuarantine: () => ledger.clearAll(),
    async status() {
      const session = isLoggedOut ? undefined : (usableNow() ?? (await adopt()));
      return {
        system,
        state: isLoggedOut ? 'logged-out' : session ? 'live' : 'none',
        session: session
          ? { ...refOf(session), obtainedAtMs: session.obtainedAtMs, expiresAtMs: session.expiresAtMs }
          : null,
        store: store.describe?.() ?? { kind: 'custom', location: null, protection: 'unknown: the store does not tell' },
        ...(await ledger.summary()),
      };
    },
    async [Symbol.asyncDispose]() {
      await flight?.promise.catch(() => {});
      await Promise.all(pendingWrites);
    },
  };
  return keeper;
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function isFunction<C>(credentials: CredentialsOption<C>): credentials is () => C | Promise<C> {
  return typeof credentials === 'function';
}
