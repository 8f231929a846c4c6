import { CredentialsMissingError, isLatchkeyError, LoginDeniedError, ServiceUnreachableError } from '../errors.ts';
import type { Lease } from '../stores/store.ts';
import { AccountLedger } from './account-ledger.ts';
import { badCredentials, isAsked } from './credentials.ts';
import { Fingerprinter } from './fingerprint.ts';
import type { HeldSession } from './held-session.ts';
import type { KeeperOptions } from './options.ts';
import { openSession, refOf, type Session } from './session.ts';
import { exclusively, SessionRecords } from './session-records.ts';
import type { SourceIo } from './source.ts';
import { GuardedStore, STORE_TIMEOUT_MS } from './store-guard.ts';
import { StoreHealth } from './store-health.ts';
import { whileWaiting, withinTime } from './waiting.ts';

/** How one identity comes by a session: from the store, by prolonging the one it has, by a login. Who may go which way when is not decided here. */
export class Ways<C, F> {
  readonly health: StoreHealth;
  readonly ledger: AccountLedger;
  readonly #options: KeeperOptions<C, F>;
  readonly #held: HeldSession<F>;
  readonly #store: GuardedStore;
  readonly #records: SessionRecords<F>;
  readonly #fingerprinter: Fingerprinter;
  #storedExpiresAtMs = 0;
  #logins = 0;
  #loginTries = 0;

  /** @throws TypeError with code `ERR_CREDENTIALS` for credentials that are none */
  constructor(options: KeeperOptions<C, F>, held: HeldSession<F>) {
    const { credentials, storeTimeoutMs = STORE_TIMEOUT_MS } = options;
    this.#options = options;
    this.#held = held;
    if (credentials !== undefined && !isAsked(credentials)) this.#partsOf(credentials);
    this.health = new StoreHealth(options);
    this.#store = new GuardedStore(options.store, storeTimeoutMs);
    this.#records = new SessionRecords(options, this.#store, this.health);
    this.#fingerprinter = new Fingerprinter(this.#store);
    this.ledger = new AccountLedger(options, this.#store, this.#fingerprinter, this.health);
  }

  /** How many logins have succeeded. */
  get logins(): number {
    return this.#logins;
  }

  /** How many were begun. */
  get loginTries(): number {
    return this.#loginTries;
  }

  /** What the store holds, if it can be used with these credentials, was not refused here and ends later than that. */
  async adopt(laterThanMs = Number.NEGATIVE_INFINITY): Promise<Session<F> | undefined> {
    const { source, credentials, report } = this.#options;
    const held = this.#held;
    const heldBefore = held.current;
    const record = await this.#records.read();
    if (!record || !held.isUsable(record.session)) return undefined;
    if ((record.session.expiresAtMs ?? 0) <= laterThanMs) return undefined;
    if (credentials !== undefined && !isAsked(credentials)) {
      const parts = source.fingerprintOf(credentials);
      if (record.fingerprint === null) return undefined;
      if (!(await this.#fingerprinter.matches(record.fingerprint, parts))) return undefined;
    }
    // What a login or a renewal has brought meanwhile is newer than what was read.
    if (held.current !== heldBefore && held.usable()) return held.usable();
    held.take(record.session, record.fingerprint);
    this.#storedExpiresAtMs = record.session.expiresAtMs ?? 0;
    report({ type: 'adoption', session: refOf(record.session) });
    return record.session;
  }

  /** The session at hand, renewed at the service; `undefined` if there is none, or no way to renew it. */
  async prolong(lease: Lease | undefined): Promise<Session<F> | undefined> {
    const { source, report } = this.#options;
    const { renew } = source;
    const session = this.#held.usable();
    if (!session || !renew) return undefined;
    const news = await this.withIo((io) => renew(session, io));
    if (news === 'refused') {
      this.#held.distrust(session);
      return undefined;
    }
    this.#held.absorb(session, news);
    const renewed = this.#held.current ?? session;
    await this.keep(renewed, lease);
    report({ type: 'renewal', session: refOf(renewed) });
    return renewed;
  }

  /** Asks for credentials and begins a session with them. One login of an account at a time, in all processes that share the store. */
  async logIn(lease: Lease | undefined): Promise<Session<F>> {
    const { source, redactor, loginTimeoutMs, credentials: given } = this.#options;
    const { system } = source;
    if (given === undefined) {
      const what = `${system}: no live session was found and no credentials were given to log in with`;
      throw new CredentialsMissingError(what, { system });
    }
    const tooLate = (): Error => {
      const what = `${system}: the credentials function gave none within ${loginTimeoutMs} ms`;
      return new CredentialsMissingError(what, { system, retryable: true });
    };
    const credentials = isAsked(given)
      ? await withinTime(loginTimeoutMs, tooLate, async (signal) => given({ signal }))
      : given;
    const parts = this.#partsOf(credentials);
    redactor.hideForGood(...source.secretsOf(credentials));
    return this.ledger.alone(() => this.#logInAlone(credentials, parts, lease));
  }

  /** Lets refused credentials of the account be tried again. @throws StoreError with reason `busy` */
  clearQuarantine(): Promise<void> {
    return this.ledger.alone(() => this.ledger.clearAll());
  }

  async #logInAlone(credentials: C, parts: readonly string[], lease: Lease | undefined): Promise<Session<F>> {
    const { source, clock, report } = this.#options;
    const startedAtMs = clock.nowMs();
    try {
      await this.ledger.admit(parts);
      this.#loginTries += 1;
      const begin = async (): Promise<Session<F>> => {
        const given = await this.withIo((io) => source.login(credentials, io));
        return openSession(given, source.lifetime, clock.nowMs());
      };
      // A fingerprint that cannot be made must not cost the login: without one, nobody else adopts the session.
      const fingerprinting = whileWaiting(() => this.#fingerprinter.of(parts)).catch(() => null);
      const [session, fingerprint] = await Promise.all([begin(), fingerprinting]);
      await this.ledger.clear(parts);
      // Counted with the taking: a call that begins while the session is being written begins after this login.
      this.#logins += 1;
      this.#held.take(session, fingerprint);
      await this.keep(session, lease);
      report({ type: 'login', session: refOf(session), tookMs: clock.nowMs() - startedAtMs });
      return session;
    } catch (error) {
      if (error instanceof LoginDeniedError && error.isRemembered) await this.ledger.deny(parts, error);
      if (isLatchkeyError(error)) report({ type: 'login-failed', error, tookMs: clock.nowMs() - startedAtMs });
      throw error;
    }
  }

  /** Runs a task that nobody else of this identity runs meanwhile. @throws StoreError with reason `busy` */
  exclusively<T>(waitMs: number, task: (lease: Lease | undefined) => Promise<T>): Promise<T> {
    return exclusively(this.#store, this.#records.key, { waitMs }, this.health, task);
  }

  /** Runs a task with what sources need, within the login's time limit. */
  withIo<T>(task: (io: SourceIo) => Promise<T>): Promise<T> {
    const { source, clock, report, loginTimeoutMs } = this.#options;
    const { system } = source;
    return withinTime(
      loginTimeoutMs,
      () => new ServiceUnreachableError(`${system} did not answer within ${loginTimeoutMs} ms`, { system }),
      (signal) =>
        task({
          signal,
          nowMs: () => clock.nowMs(),
          report,
          spend: (request) => this.ledger.spend(request, wasNeverSent),
        }),
    );
  }

  /** Whether what the store holds lags too far behind a session. */
  isBehind({ expiresAtMs }: Session<F>): boolean {
    const { lifetime } = this.#options.source;
    return lifetime.kind !== 'unknown' && (expiresAtMs ?? 0) - this.#storedExpiresAtMs > lifetime.ms / 3;
  }

  /** Writes a session to the store. */
  async keep(session: Session<F>, lease?: Lease): Promise<void> {
    this.#storedExpiresAtMs = session.expiresAtMs ?? 0;
    await this.#records.write({ session, fingerprint: this.#held.fingerprint }, lease);
  }

  /** The stored session, wanted or not. */
  async stored(): Promise<Session<F> | undefined> {
    return (await this.#records.read())?.session;
  }

  /** Removes the stored session. @throws StoreError if it may still be there */
  async wipe(): Promise<void> {
    try {
      await this.#records.remove();
    } catch (error) {
      throw this.health.errorOf(error);
    }
  }

  /**
   * Removes the stored session if it was refused here and no other came in its place, so that nobody is told that it lives. To be called under the
   * lock. A store that fails keeps it: whoever adopts it hears it from the service.
   */
  async forgetRefused(): Promise<void> {
    // Most logins that fail follow no refusal, and the store is not asked for them.
    if (!this.#held.hasRefusals) return;
    const stored = await this.stored();
    if (stored === undefined || this.#held.isTrusted(stored)) return;
    await this.#records.remove().catch((error: unknown) => this.health.failed(error));
  }

  /** The parts of credentials that were given now. @throws TypeError with code `ERR_CREDENTIALS` if any is missing or empty */
  #partsOf(credentials: C): readonly string[] {
    const { source } = this.#options;
    const parts: readonly unknown[] =
      typeof credentials === 'object' && credentials !== null ? source.fingerprintOf(credentials) : [];
    if (parts.length > 0 && parts.every((part): part is string => typeof part === 'string' && part !== ''))
      return parts;
    throw badCredentials(source.system, source.credentialsForm);
  }
}

function wasNeverSent(error: unknown): boolean {
  return error instanceof ServiceUnreachableError && error.neverSent;
}
