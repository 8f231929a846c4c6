import { createHash } from 'node:crypto';
import {
  badArgument,
  CredentialsMissingError,
  isLatchkeyError,
  LatchkeyError,
  LoginDeniedError,
  ServiceUnreachableError,
  SessionRefusedError,
  StoreError,
} from '../errors.ts';
import type { Lease } from '../stores/store.ts';
import { type AccountLedger, openAccountLedger } from './account-ledger.ts';
import { createFingerprinter } from './fingerprint.ts';
import type { HeldSession } from './held-session.ts';
import type { KeeperOptions } from './options.ts';
import { openSession, RECORD_VERSION, refOf, type Session } from './session.ts';
import { exclusively, openSessionRecords } from './session-records.ts';
import type { CredentialsOption, SourceIo } from './source.ts';
import { abortable, openDeadline } from './waiting.ts';

/** What a session is obtained for: a call, a renewal in the background, or because somebody asked for it by name. */
export type Purpose = 'use' | 'ahead' | 'renew' | 'login';

/** What one call, or another wish of the user's, has come to. */
export interface Errand {
  /** Whether it caused a login or waited for one: it gets no second. */
  hasLoggedIn: boolean;
  /** Logins of the keeper when it began. */
  readonly loginsBefore: number;
  /** How often its request was sent. */
  sends: number;
}

/** The ways to a session, each taken by one at a time. */
export interface Obtaining<F> {
  readonly ledger: AccountLedger;
  beginErrand(): Errand;
  /**
   * Everybody who asks while a session is being obtained waits for the same one.
   * @throws SessionRefusedError if none is being obtained and the errand is not to cause a login any more
   */
  obtain(purpose: Purpose, errand: Errand): Promise<Session<F>>;
  refused(errand: Errand): SessionRefusedError;
  /** What the store holds, if it can be used with these credentials and was not refused here. */
  adopt(): Promise<Session<F> | undefined>;
  /** Runs a task with what sources need, within the login's time limit. */
  withIo<T>(task: (io: SourceIo) => Promise<T>): Promise<T>;
  /** Starts a renewal that nobody waits for, not even the errand that found it due. */
  renewAhead(errand: Errand): void;
  /** Writes the current session where what the store holds lags too far behind; nobody waits. */
  catchUp(): void;
  /** The stored session, wanted or not. */
  stored(): Promise<Session<F> | undefined>;
  wipe(): Promise<void>;
  /** Waits for what goes on in the background. */
  settle(): Promise<void>;
}

/** Lays out the ways to one identity's session: adopt from the store, renew, log in. */
export function createObtaining<C, F>(options: KeeperOptions<C, F>, held: HeldSession<F>): Obtaining<F> {
  const { source, store, redactor, report, loginTimeoutMs } = options;
  const { system, lifetime } = source;
  const nowMs = (): number => options.clock.nowMs();
  /** The failure of a store, which may be anybody's and quote the record. */
  const storeFailure = (failed: unknown): StoreError => {
    const isOurs = isLatchkeyError(failed);
    const { message, cause } = isOurs ? failed : { message: 'The session store failed', cause: failed };
    const reason = failed instanceof StoreError ? failed.reason : 'unavailable';
    const inner = isLatchkeyError(cause) ? storeFailure(cause) : cause;
    return new StoreError(message, { reason, system, redactor, ...(inner === undefined ? {} : { cause: inner }) });
  };
  const warnOfStore = (cause: unknown): void => {
    const error = storeFailure(cause);
    report({ type: 'warning', code: 'store-failed', message: error.message, error });
  };
  const sessionKey = `session-v${RECORD_VERSION}-${hashOf([system, ...source.identity])}`;
  const accountKey = `account-v${RECORD_VERSION}-${hashOf(source.account)}`;
  const records = openSessionRecords({
    store,
    key: sessionKey,
    readFacts: (value) => source.readFacts(value),
    onFailure: warnOfStore,
    onUnreadable() {
      const message = `The stored record ${sessionKey} cannot be read and counts as absent`;
      report({ type: 'warning', code: 'record-unreadable', message });
    },
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
  let storedExpiresAtMs = 0;
  let logins = 0;
  let flight: { readonly purpose: Purpose; readonly promise: Promise<Session<F>> } | undefined;
  const background = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>): void => {
    background.add(work);
    work.finally(() => background.delete(work));
  };

  const adopt = async (laterThanMs = Number.NEGATIVE_INFINITY): Promise<Session<F> | undefined> => {
    const heldBefore = held.current;
    const record = await records.read();
    if (!record || !held.isUsable(record.session)) return undefined;
    if ((record.session.expiresAtMs ?? 0) <= laterThanMs) return undefined;
    const { credentials } = options;
    if (credentials !== undefined && !isAsked(credentials)) {
      const parts = source.fingerprintOf(credentials);
      if (record.fingerprint === null || !(await fingerprinter.matches(record.fingerprint, parts))) return undefined;
    }
    // What a login or a renewal has brought meanwhile is newer than what was read.
    if (held.current !== heldBefore && held.usable()) return held.usable();
    held.take(record.session, record.fingerprint);
    storedExpiresAtMs = record.session.expiresAtMs ?? 0;
    report({ type: 'adoption', session: refOf(record.session) });
    return record.session;
  };

  const keep = async (session: Session<F>, lease: Lease | undefined): Promise<void> => {
    storedExpiresAtMs = session.expiresAtMs ?? 0;
    await records.write({ session, fingerprint: held.fingerprint }, lease);
  };

  const inTime = async <T>(task: (signal: AbortSignal) => Promise<T>, late: () => Error): Promise<T> => {
    const deadline = openDeadline(loginTimeoutMs, late);
    try {
      return await abortable(task(deadline.signal), deadline.signal);
    } finally {
      deadline.close();
    }
  };
  const withIo = <T>(task: (io: SourceIo) => Promise<T>): Promise<T> =>
    inTime(
      (signal) => task({ signal, nowMs, report, spend: (request) => ledger.spend(request, wasNeverSent) }),
      () => new ServiceUnreachableError(`${system} did not answer within ${loginTimeoutMs} ms`, { system }),
    );
  const tooLate = (): Error =>
    new CredentialsMissingError(`${system}: the credentials function gave none within ${loginTimeoutMs} ms`, {
      system,
    });

  /** The parts of credentials that were given now. @throws TypeError with code `ERR_CREDENTIALS` if any is missing or empty */
  const partsOf = (credentials: C): readonly string[] => {
    const parts: readonly unknown[] =
      typeof credentials === 'object' && credentials !== null ? source.fingerprintOf(credentials) : [];
    if (parts.length > 0 && parts.every((part): part is string => typeof part === 'string' && part !== ''))
      return parts;
    throw badArgument(
      'ERR_CREDENTIALS',
      `${system}: credentials are ${source.credentialsForm}, each a text that is not empty`,
    );
  };
  if (options.credentials !== undefined && !isAsked(options.credentials)) partsOf(options.credentials);

  const logIn = async (lease: Lease | undefined): Promise<Session<F>> => {
    const given = options.credentials;
    if (given === undefined) {
      const what = `${system}: no live session was found and no credentials were given to log in with`;
      throw new CredentialsMissingError(what, { system });
    }
    const credentials = isAsked(given) ? await inTime(async () => given(), tooLate) : given;
    const parts = partsOf(credentials);
    redactor.hideForGood(...source.secretsOf(credentials));
    return exclusively(store, accountKey, { waitMs: 2 * loginTimeoutMs }, warnOfStore, async (own) => {
      accountLease = own;
      const startedAtMs = nowMs();
      try {
        await ledger.admit(parts);
        const session = openSession(await withIo((io) => source.login(credentials, io)), lifetime, nowMs());
        await ledger.clear(parts);
        held.take(session, await fingerprinter.of(parts));
        await keep(session, lease);
        report({ type: 'login', session: refOf(session), tookMs: nowMs() - startedAtMs });
        logins += 1;
        return session;
      } catch (error) {
        if (error instanceof LoginDeniedError && error.isRemembered) await ledger.deny(parts, error);
        if (isLatchkeyError(error)) report({ type: 'login-failed', error, tookMs: nowMs() - startedAtMs });
        throw error;
      } finally {
        accountLease = undefined;
      }
    });
  };

  const prolong = async (lease: Lease | undefined): Promise<Session<F> | undefined> => {
    const session = held.usable();
    if (!session || !source.renew) return undefined;
    const news = await withIo(async (io) => source.renew?.(session, io) ?? 'refused');
    if (news === 'refused') {
      held.distrust(session);
      return undefined;
    }
    held.absorb(session, news);
    const renewed = held.current ?? session;
    await keep(renewed, lease);
    report({ type: 'renewal', session: refOf(renewed) });
    return renewed;
  };

  const fly = async (purpose: Purpose): Promise<Session<F>> => {
    const mayAdopt = purpose === 'use' || purpose === 'ahead';
    const laterThanMs = purpose === 'ahead' ? (held.current?.expiresAtMs ?? 0) : undefined;
    const early = mayAdopt ? await adopt(laterThanMs) : undefined;
    if (early) return early;
    const waitMs = purpose === 'ahead' ? 0 : 2 * loginTimeoutMs;
    return exclusively(store, sessionKey, { waitMs }, warnOfStore, async (lease) => {
      // Whoever held the lock before may have left what is wanted.
      const late = mayAdopt ? await adopt(laterThanMs) : undefined;
      if (late) return late;
      const prolonged = purpose === 'login' ? undefined : await prolong(lease);
      return prolonged ?? logIn(lease);
    });
  };

  /**
   * One login is all that a call causes or waits for. Nor does it begin one when another call has, since it was made, and the session of
   * that login was refused as well: a thousand calls that are refused twice ask for one login, not for a thousand.
   */
  const mayLogIn = ({ hasLoggedIn, loginsBefore }: Errand): boolean => {
    if (hasLoggedIn) return false;
    const { current } = held;
    return logins === loginsBefore || current === undefined || held.isTrusted(current);
  };

  const refused = ({ sends }: Errand): SessionRefusedError =>
    new SessionRefusedError(`${system} refused a session that it had just handed out (sends of this call: ${sends})`, {
      system,
      sends,
    });

  const obtain = async (purpose: Purpose, errand: Errand): Promise<Session<F>> => {
    const loginsUntilNow = logins;
    try {
      if (purpose === 'use' && flight?.purpose === 'ahead') {
        // A renewal that nobody needed may fail, as when another process is at it; a call still needs a session.
        const brought = await flight.promise.catch(() => undefined);
        if (brought && held.isUsable(brought)) return brought;
      }
      // Whoever wants more than the flight under way brings lets it land first; a call takes what any flight brings.
      while (flight && purpose !== 'use' && flight.purpose !== purpose) await flight.promise.catch(() => {});
      if (!flight) {
        errand.hasLoggedIn ||= logins > loginsUntilNow;
        if (purpose !== 'login' && !mayLogIn(errand)) {
          // One that was begun while this one waited is as fresh as a renewal makes it.
          const fresh = held.usable();
          if (fresh) return fresh;
          throw refused(errand);
        }
        const promise = fly(purpose).finally(() => {
          flight = undefined;
        });
        // Those who wait see the failure; that nobody waits any more must not end the process.
        promise.catch(() => {});
        flight = { purpose, promise };
      }
      return await flight.promise;
    } finally {
      errand.hasLoggedIn ||= logins > loginsUntilNow;
    }
  };

  return {
    ledger,
    beginErrand: () => ({ hasLoggedIn: false, loginsBefore: logins, sends: 0 }),
    obtain,
    refused,
    adopt: () => adopt(),
    withIo,
    renewAhead(errand) {
      const failed = (cause: unknown): void => {
        // Somebody else is renewing.
        if (cause instanceof StoreError && cause.reason === 'busy') return;
        const error = isLatchkeyError(cause)
          ? cause
          : new LatchkeyError('ERR_RENEWAL', true, `${system}: the renewal failed`, { system, cause, redactor });
        report({ type: 'warning', code: 'renewal-failed', message: error.message, error });
      };
      inBackground(obtain('ahead', errand).then(() => {}, failed));
    },
    catchUp() {
      const { current } = held;
      if (!current || lifetime.kind === 'unknown' || current.expiresAtMs === null) return;
      if (current.expiresAtMs - storedExpiresAtMs > lifetime.ms / 3) inBackground(keep(current, undefined));
    },
    async stored() {
      return (await records.read())?.session;
    },
    wipe: () =>
      records.remove().catch((error: unknown) => {
        throw storeFailure(error);
      }),
    async settle() {
      await flight?.promise.catch(() => {});
      await Promise.all(background);
    },
  };
}

function wasNeverSent(error: unknown): boolean {
  return error instanceof ServiceUnreachableError && error.neverSent;
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}

function isAsked<C>(credentials: CredentialsOption<C>): credentials is () => C | Promise<C> {
  return typeof credentials === 'function';
}
