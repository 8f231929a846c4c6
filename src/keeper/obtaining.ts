import { isLatchkeyError, LatchkeyError, SessionRefusedError, StoreError } from '../errors.ts';
import type { AccountLedger } from './account-ledger.ts';
import type { HeldSession } from './held-session.ts';
import type { KeeperOptions } from './options.ts';
import type { Session } from './session.ts';
import type { SourceIo } from './source.ts';
import type { StoreHealth } from './store-health.ts';
import { layOutWays } from './ways.ts';

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
  readonly health: StoreHealth;
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

/** Lets the flights to one identity's session take off one at a time, and everybody who waits for one land with it. */
export function createObtaining<C, F>(options: KeeperOptions<C, F>, held: HeldSession<F>): Obtaining<F> {
  const { source, redactor, report, loginTimeoutMs } = options;
  const { system } = source;
  const ways = layOutWays(options, held);
  const { ledger, health, adopt, withIo, stored, wipe } = ways;
  let flight:
    | { readonly purpose: Purpose; readonly triesBefore: number; readonly promise: Promise<Session<F>> }
    | undefined;
  const background = new Set<Promise<void>>();
  const inBackground = (work: Promise<void>): void => {
    background.add(work);
    work.finally(() => background.delete(work));
  };

  const fly = async (purpose: Purpose): Promise<Session<F>> => {
    const mayAdopt = purpose === 'use' || purpose === 'ahead';
    const laterThanMs = purpose === 'ahead' ? (held.current?.expiresAtMs ?? 0) : undefined;
    const early = mayAdopt ? await adopt(laterThanMs) : undefined;
    if (early) return early;
    const waitMs = purpose === 'ahead' ? 0 : 2 * loginTimeoutMs;
    return ways.exclusively(waitMs, async (lease) => {
      // Whoever held the lock before may have left what is wanted.
      const late = mayAdopt ? await adopt(laterThanMs) : undefined;
      if (late) return late;
      const prolonged = purpose === 'login' ? undefined : await ways.prolong(lease);
      return prolonged ?? ways.logIn(lease);
    });
  };

  /**
   * One login is all that a call causes or waits for. Nor does it begin one when another call has, since it was made, and the session of
   * that login was refused as well: a thousand calls that are refused twice ask for one login, not for a thousand.
   */
  const mayLogIn = ({ hasLoggedIn, loginsBefore }: Errand): boolean => {
    if (hasLoggedIn) return false;
    const { current } = held;
    return ways.logins === loginsBefore || current === undefined || held.isTrusted(current);
  };

  const refused = ({ sends }: Errand): SessionRefusedError =>
    new SessionRefusedError(`${system} refused a session that it had just handed out (sends of this call: ${sends})`, {
      system,
      sends,
    });

  const obtain = async (purpose: Purpose, errand: Errand): Promise<Session<F>> => {
    const loginsUntilNow = ways.logins;
    const due = held.current;
    try {
      if (purpose === 'use' && flight?.purpose === 'ahead') {
        // A renewal that nobody needed may fail, as when another process is at it; a call still needs a session.
        const { promise, triesBefore } = flight;
        const brought = await promise.catch((error: unknown) => {
          if (ways.loginTries > triesBefore) throw error;
        });
        if (brought && held.isUsable(brought)) return brought;
      }
      // Whoever wants more than the flight under way brings lets it land first; a call takes what any flight brings.
      while (flight && purpose !== 'use' && flight.purpose !== purpose) await flight.promise.catch(() => {});
      if (purpose === 'ahead' && held.current !== due) {
        // Whoever was waited for has renewed it.
        const renewed = held.usable();
        if (renewed) return renewed;
      }
      if (!flight) {
        errand.hasLoggedIn ||= ways.logins > loginsUntilNow;
        if (purpose !== 'login' && !mayLogIn(errand)) {
          // One that was begun while this one waited is as fresh as a renewal makes it.
          const fresh = held.usable() ?? (purpose === 'use' ? await adopt() : undefined);
          if (fresh) return fresh;
          throw refused(errand);
        }
        const triesBefore = ways.loginTries;
        const promise = fly(purpose).finally(() => {
          flight = undefined;
        });
        // Those who wait see the failure; that nobody waits any more must not end the process.
        promise.catch(() => {});
        flight = { purpose, triesBefore, promise };
      }
      return await flight.promise;
    } finally {
      errand.hasLoggedIn ||= ways.logins > loginsUntilNow;
    }
  };

  return {
    ledger,
    health,
    beginErrand: () => ({ hasLoggedIn: false, loginsBefore: ways.logins, sends: 0 }),
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
      if (current && ways.isBehind()) inBackground(ways.keep(current));
    },
    stored,
    wipe,
    async settle() {
      // Whoever waited for a flight may have begun the next.
      while (flight || background.size > 0) {
        await flight?.promise.catch(() => {});
        await Promise.all(background);
      }
    },
  };
}
