import { isLatchkeyError, LatchkeyError, SessionRefusedError, StoreError } from '../errors.ts';
import type { HeldSession } from './held-session.ts';
import type { KeeperOptions } from './options.ts';
import type { Session } from './session.ts';
import type { Ways } from './ways.ts';

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

interface Flight<F> {
  readonly purpose: Purpose;
  readonly triesBefore: number;
  readonly promise: Promise<Session<F>>;
}

/** Lets the flights to one identity's session take off one at a time, and everybody who waits for one land with it. */
export class Obtaining<C, F> {
  readonly #options: KeeperOptions<C, F>;
  readonly #held: HeldSession<F>;
  readonly #ways: Ways<C, F>;
  #flight: Flight<F> | undefined;
  /** What goes on and nobody waits for; `undefined` while there is nothing. */
  #background: Set<Promise<void>> | undefined;

  constructor(options: KeeperOptions<C, F>, held: HeldSession<F>, ways: Ways<C, F>) {
    this.#options = options;
    this.#held = held;
    this.#ways = ways;
  }

  beginErrand(): Errand {
    return { hasLoggedIn: false, loginsBefore: this.#ways.logins, sends: 0 };
  }

  /**
   * Everybody who asks while a session is being obtained waits for the same one.
   * @throws SessionRefusedError if none is being obtained and the errand is not to cause a login any more
   */
  async obtain(purpose: Purpose, errand: Errand): Promise<Session<F>> {
    const ways = this.#ways;
    const held = this.#held;
    const loginsUntilNow = ways.logins;
    const due = held.current;
    try {
      if (purpose === 'use' && this.#flight?.purpose === 'ahead') {
        // A renewal that nobody needed may fail, as when another process is at it; a call still needs a session.
        const { promise, triesBefore } = this.#flight;
        const brought = await promise.catch((error: unknown) => {
          if (ways.loginTries > triesBefore) throw error;
        });
        if (brought && held.isUsable(brought)) return brought;
      }
      // Whoever wants more than the flight under way brings lets it land first; a call takes what any flight brings.
      while (this.#flight && purpose !== 'use' && this.#flight.purpose !== purpose) {
        await this.#flight.promise.catch(() => {});
      }
      if (purpose === 'ahead' && held.current !== due) {
        // Whoever was waited for has renewed it.
        const renewed = held.usable();
        if (renewed) return renewed;
      }
      if (!this.#flight) {
        errand.hasLoggedIn ||= ways.logins > loginsUntilNow;
        if (purpose !== 'login' && !this.#mayLogIn(errand)) {
          // One that was begun while this one waited is as fresh as a renewal makes it.
          const fresh = held.usable() ?? (purpose === 'use' ? await ways.adopt() : undefined);
          if (fresh) return fresh;
          throw this.refused(errand);
        }
        const triesBefore = ways.loginTries;
        const promise = this.#fly(purpose).finally(() => {
          this.#flight = undefined;
        });
        // Those who wait see the failure; that nobody waits any more must not end the process.
        promise.catch(() => {});
        this.#flight = { purpose, triesBefore, promise };
      }
      return await this.#flight.promise;
    } finally {
      errand.hasLoggedIn ||= ways.logins > loginsUntilNow;
    }
  }

  refused({ sends }: Errand): SessionRefusedError {
    const { system } = this.#options.source;
    return new SessionRefusedError(
      `${system} refused a session that it had just handed out (sends of this call: ${sends})`,
      { system, sends },
    );
  }

  /** Starts a renewal that nobody waits for, not even the errand that found it due. */
  renewAhead(errand: Errand): void {
    const { source, redactor, report } = this.#options;
    const { system } = source;
    const failed = (cause: unknown): void => {
      // Somebody else is renewing.
      if (cause instanceof StoreError && cause.reason === 'busy') return;
      const error = isLatchkeyError(cause)
        ? cause
        : new LatchkeyError('ERR_RENEWAL', true, `${system}: the renewal failed`, { system, cause, redactor });
      report({ type: 'warning', code: 'renewal-failed', message: error.message, error });
    };
    this.#inBackground(this.obtain('ahead', errand).then(() => {}, failed));
  }

  /** Writes the current session where what the store holds lags too far behind; nobody waits. */
  catchUp(): void {
    const { current } = this.#held;
    if (current && this.#ways.isBehind(current)) this.#inBackground(this.#ways.keep(current));
  }

  /** Waits for what goes on in the background. */
  async settle(): Promise<void> {
    // Whoever waited for a flight may have begun the next.
    while (this.#flight || this.#background) {
      await this.#flight?.promise.catch(() => {});
      await Promise.all(this.#background ?? []);
    }
  }

  async #fly(purpose: Purpose): Promise<Session<F>> {
    const ways = this.#ways;
    const mayAdopt = purpose === 'use' || purpose === 'ahead';
    const laterThanMs = purpose === 'ahead' ? (this.#held.current?.expiresAtMs ?? 0) : undefined;
    const early = mayAdopt ? await ways.adopt(laterThanMs) : undefined;
    if (early) return early;
    const waitMs = purpose === 'ahead' ? 0 : 2 * this.#options.loginTimeoutMs;
    return ways.exclusively(waitMs, async (lease) => {
      // Whoever held the lock before may have left what is wanted.
      const late = mayAdopt ? await ways.adopt(laterThanMs) : undefined;
      if (late) return late;
      try {
        const prolonged = purpose === 'login' ? undefined : await ways.prolong(lease);
        return prolonged ?? (await ways.logIn(lease));
      } catch (error) {
        await ways.forgetRefused();
        throw error;
      }
    });
  }

  /**
   * One login is all that a call causes or waits for. Nor does it begin one when another call has, since it was made, and the session of
   * that login was refused as well: a thousand calls that are refused twice ask for one login, not for a thousand.
   */
  #mayLogIn({ hasLoggedIn, loginsBefore }: Errand): boolean {
    if (hasLoggedIn) return false;
    const { current } = this.#held;
    return this.#ways.logins === loginsBefore || current === undefined || this.#held.isTrusted(current);
  }

  #inBackground(work: Promise<void>): void {
    this.#background ??= new Set();
    const background = this.#background;
    background.add(work);
    work.finally(() => {
      background.delete(work);
      if (background.size === 0) this.#background = undefined;
    });
  }
}
