import { createHash } from 'node:crypto';
import { CredentialsMissingError, isLatchkeyError, LoginDeniedError, ServiceUnreachableError } from '../errors.ts';
import type { Lease } from '../stores/store.ts';
import { type AccountLedger, openAccountLedger } from './account-ledger.ts';
import { badCredentials, isAsked } from './credentials.ts';
import { createFingerprinter } from './fingerprint.ts';
import type { HeldSession } from './held-session.ts';
import type { KeeperOptions } from './options.ts';
import { openSession, RECORD_VERSION, refOf, type Session } from './session.ts';
import { exclusively, openSessionRecords } from './session-records.ts';
import type { SourceIo } from './source.ts';
import { guardStore, STORE_TIMEOUT_MS } from './store-guard.ts';
import { type StoreHealth, watchStore } from './store-health.ts';
import { withinTime } from './waiting.ts';

/** How one identity comes by a session: from the store, by prolonging the one it has, by a login. Who may go which way when is not decided here. */
export interface Ways<F> {
  readonly ledger: AccountLedger;
  readonly health: StoreHealth;
  /** How many logins have succeeded. */
  readonly logins: number;
  /** How many were begun. */
  readonly loginTries: number;
  /** What the store holds, if it can be used with these credentials, was not refused here and ends later than that. */
  adopt(laterThanMs?: number): Promise<Session<F> | undefined>;
  /** The session at hand, renewed at the service; `undefined` if there is none, or no way to renew it. */
  prolong(lease: Lease | undefined): Promise<Session<F> | undefined>;
  /** Asks for credentials and begins a session with them. One login of an account at a time, in all processes that share the store. */
  logIn(lease: Lease | undefined): Promise<Session<F>>;
  /** Runs a task that nobody else of this identity runs meanwhile. @throws StoreError with reason `busy` */
  exclusively<T>(waitMs: number, task: (lease: Lease | undefined) => Promise<T>): Promise<T>;
  /** Runs a task with what sources need, within the login's time limit. */
  withIo<T>(task: (io: SourceIo) => Promise<T>): Promise<T>;
  /** Whether what the store holds lags too far behind the session at hand. */
  isBehind(): boolean;
  /** Writes a session to the store. */
  keep(session: Session<F>, lease?: Lease): Promise<void>;
  /** The stored session, wanted or not. */
  stored(): Promise<Session<F> | undefined>;
  /** Removes the stored session. @throws StoreError if it may still be there */
  wipe(): Promise<void>;
}

/** Lays out the ways of one identity. @throws TypeError with code `ERR_CREDENTIALS` for credentials that are none */
export function layOutWays<C, F>(options: KeeperOptions<C, F>, held: HeldSession<F>): Ways<F> {
  const { source, redactor, report, loginTimeoutMs } = options;
  const { system, lifetime } = source;
  const nowMs = (): number => options.clock.nowMs();
  const store = guardStore(options.store, options.storeTimeoutMs ?? STORE_TIMEOUT_MS);
  const health = watchStore({ system, redactor, report });
  const sessionKey = `session-v${RECORD_VERSION}-${hashOf([system, ...source.identity])}`;
  const accountKey = `account-v${RECORD_VERSION}-${hashOf(source.account)}`;
  const records = openSessionRecords({
    store,
    key: sessionKey,
    readFacts: (value) => source.readFacts(value),
    onFailure: health.failed,
    onSuccess: health.worked,
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
    onStoreFailure: health.failed,
  });
  let storedExpiresAtMs = 0;
  let logins = 0;
  let loginTries = 0;

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

  const keep = async (session: Session<F>, lease?: Lease): Promise<void> => {
    storedExpiresAtMs = session.expiresAtMs ?? 0;
    await records.write({ session, fingerprint: held.fingerprint }, lease);
  };

  const withIo = <T>(task: (io: SourceIo) => Promise<T>): Promise<T> =>
    withinTime(
      loginTimeoutMs,
      () => new ServiceUnreachableError(`${system} did not answer within ${loginTimeoutMs} ms`, { system }),
      (signal) => task({ signal, nowMs, report, spend: (request) => ledger.spend(request, wasNeverSent) }),
    );
  const tooLate = (): Error =>
    new CredentialsMissingError(`${system}: the credentials function gave none within ${loginTimeoutMs} ms`, {
      system,
      retryable: true,
    });

  /** The parts of credentials that were given now. @throws TypeError with code `ERR_CREDENTIALS` if any is missing or empty */
  const partsOf = (credentials: C): readonly string[] => {
    const parts: readonly unknown[] =
      typeof credentials === 'object' && credentials !== null ? source.fingerprintOf(credentials) : [];
    if (parts.length > 0 && parts.every((part): part is string => typeof part === 'string' && part !== ''))
      return parts;
    throw badCredentials(system, source.credentialsForm);
  };
  if (options.credentials !== undefined && !isAsked(options.credentials)) partsOf(options.credentials);

  const logIn = async (lease: Lease | undefined): Promise<Session<F>> => {
    const given = options.credentials;
    if (given === undefined) {
      const what = `${system}: no live session was found and no credentials were given to log in with`;
      throw new CredentialsMissingError(what, { system });
    }
    const credentials = isAsked(given) ? await withinTime(loginTimeoutMs, tooLate, async () => given()) : given;
    const parts = partsOf(credentials);
    redactor.hideForGood(...source.secretsOf(credentials));
    return exclusively(store, accountKey, { waitMs: 2 * loginTimeoutMs }, health, async (own) => {
      accountLease = own;
      const startedAtMs = nowMs();
      try {
        await ledger.admit(parts);
        loginTries += 1;
        const session = openSession(await withIo((io) => source.login(credentials, io)), lifetime, nowMs());
        await ledger.clear(parts);
        const fingerprint = await fingerprinter.of(parts);
        // Counted with the taking: a call that begins while the session is being written begins after this login.
        logins += 1;
        held.take(session, fingerprint);
        await keep(session, lease);
        report({ type: 'login', session: refOf(session), tookMs: nowMs() - startedAtMs });
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

  return {
    ledger,
    health,
    get logins() {
      return logins;
    },
    get loginTries() {
      return loginTries;
    },
    adopt,
    prolong,
    logIn,
    exclusively: (waitMs, task) => exclusively(store, sessionKey, { waitMs }, health, task),
    withIo,
    isBehind() {
      const { current } = held;
      if (!current || lifetime.kind === 'unknown' || current.expiresAtMs === null) return false;
      return current.expiresAtMs - storedExpiresAtMs > lifetime.ms / 3;
    },
    keep,
    async stored() {
      return (await records.read())?.session;
    },
    wipe: () =>
      records.remove().catch((error: unknown) => {
        throw health.errorOf(error);
      }),
  };
}

function wasNeverSent(error: unknown): boolean {
  return error instanceof ServiceUnreachableError && error.neverSent;
}

function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40);
}
