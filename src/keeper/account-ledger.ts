import { LoginBudgetError, type LoginDeniedError, LoginQuarantinedError } from '../errors.ts';
import type { Lease } from '../stores/store.ts';
import type { Fingerprinter } from './fingerprint.ts';
import { recordKey, storedFields } from './session.ts';
import { exclusively } from './session-records.ts';
import type { GuardedStore } from './store-guard.ts';
import type { StoreHealth } from './store-health.ts';

/** How many logins an account may spend. */
export interface LoginBudget {
  /** @default 10 */
  readonly max: number;
  /** @default 600_000 (10 minutes) */
  readonly windowMs: number;
}

/** How long refused credentials are left alone. */
export interface QuarantinePolicy {
  /** After the first denial. @default 3_660_000 (61 minutes: past the longest lockout documented for the systems) */
  readonly firstMs: number;
  /** Each further denial of the same credentials doubles it up to this. @default 86_400_000 (24 hours) */
  readonly maxMs: number;
}

/** Logins are remembered for so long at least, and so many of them, for people who ask how many there were. */
const HOUR_MS = 3_600_000;
const REMEMBERED_LOGINS = 100;

export const DEFAULT_LOGIN_BUDGET: LoginBudget = { max: 10, windowMs: 600_000 };
export const DEFAULT_QUARANTINE: QuarantinePolicy = { firstMs: 3_660_000, maxMs: 86_400_000 };

/** The most denials remembered per account: one a set of credentials. */
const REMEMBERED_DENIALS = 8;

interface Denial {
  readonly fingerprint: string;
  readonly code: string;
  readonly reason: string | undefined;
  /** Records of earlier versions do not have it. */
  readonly liftedBy?: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly times: number;
}

interface LedgerState {
  readonly denials: readonly Denial[];
  /** When the logins of the current window were spent, ms since the epoch. */
  readonly logins: readonly number[];
}

const EMPTY: LedgerState = { denials: [], logins: [] };

/** What an account's ledger tells `status`. */
export interface LedgerSummary {
  /** Logins that count against the budget now. */
  readonly loginsInWindow: number;
  /** Logins of the last 60 minutes, whatever the budget's window; at most 100 where the budget allows fewer. */
  readonly loginsInLastHour: number;
  readonly quarantinedUntilMs: number | null;
}

/** The account's lock while it is held. */
interface Hold {
  readonly key: string;
  /** Absent where the store cannot lock. */
  readonly lease: Lease | undefined;
  isRead: boolean;
}

/** What keeping an account's book depends on. */
interface LedgerOptions {
  readonly source: { readonly system: string; readonly account: readonly string[] };
  readonly clock: { nowMs(): number };
  readonly loginBudget: LoginBudget;
  readonly quarantine: QuarantinePolicy;
  readonly loginTimeoutMs: number;
}

/**
 * The book kept per account: credentials that were denied, and logins spent. It rests in the store beside the sessions; what this process
 * knows is kept in memory too, so that a store that fails never makes it forget a denial.
 */
export class AccountLedger {
  readonly #options: LedgerOptions;
  readonly #store: GuardedStore;
  readonly #fingerprinter: Fingerprinter;
  readonly #health: StoreHealth;
  #hold: Hold | undefined;
  #own = EMPTY;
  #isUnsaved = false;

  constructor(options: LedgerOptions, store: GuardedStore, fingerprinter: Fingerprinter, health: StoreHealth) {
    this.#options = options;
    this.#store = store;
    this.#fingerprinter = fingerprinter;
    this.#health = health;
  }

  /** Runs a task that nobody else of this account runs meanwhile. @throws StoreError with reason `busy` */
  alone<T>(task: () => Promise<T>): Promise<T> {
    const waitMs = 2 * this.#options.loginTimeoutMs;
    const key = this.#key;
    return exclusively(this.#store, key, { waitMs }, this.#health, (lease) => {
      this.#hold = { key, lease, isRead: false };
      return task().finally(() => {
        this.#hold = undefined;
      });
    });
  }

  /** @throws LoginQuarantinedError if these credentials were denied and are still left alone */
  async admit(fingerprintParts: readonly string[]): Promise<void> {
    const { source, clock } = this.#options;
    const { system } = source;
    const denial = await this.#denialOf(await this.#load(), fingerprintParts);
    if (!denial || clock.nowMs() >= denial.untilMs) return;
    const { reason, liftedBy, sinceMs, untilMs } = denial;
    throw new LoginQuarantinedError(
      `${system} refused these credentials (${reason ?? denial.code}) at ${iso(sinceMs)}; they are not sent again until ` +
        `${iso(untilMs)}, unless they are changed or the quarantine is cleared${liftedBy === undefined ? '' : `. What lets a login in: ${liftedBy}`}`,
      { system, reason, liftedBy, sinceMs, untilMs },
    );
  }

  /** Runs a login request against the budget. @throws LoginBudgetError without running it when the budget is used up */
  async spend<T>(request: () => Promise<T>, wasNeverSent: (error: unknown) => boolean): Promise<T> {
    const { source, clock, loginBudget: budget } = this.#options;
    const { system } = source;
    const { logins, denials } = await this.#known();
    const first = logins.at(-budget.max);
    if (first !== undefined && first > clock.nowMs() - budget.windowMs) {
      const untilMs = first + budget.windowMs;
      throw new LoginBudgetError(
        `${system}: ${budget.max} logins were spent within ${budget.windowMs} ms; the next is allowed at ${iso(untilMs)}`,
        { system, untilMs },
      );
    }
    const at = clock.nowMs();
    // Written before the request goes out: a crash in the middle of a login still counts.
    // Not spread: that leaves room for more, which an idle keeper would hold for nothing.
    await this.#save({ denials, logins: logins.concat(at) });
    try {
      return await request();
    } catch (error) {
      const own = this.#own;
      // One entry only: another login may have been spent in the same millisecond.
      const mine = wasNeverSent(error) ? own.logins.lastIndexOf(at) : -1;
      if (mine >= 0) await this.#save({ ...own, logins: own.logins.toSpliced(mine, 1) });
      throw error;
    }
  }

  async deny(fingerprintParts: readonly string[], error: LoginDeniedError): Promise<void> {
    const { clock, quarantine } = this.#options;
    const state = await this.#load();
    const before = await this.#denialOf(state, fingerprintParts);
    const times = (before?.times ?? 0) + 1;
    const sinceMs = clock.nowMs();
    const untilMs = sinceMs + Math.min(quarantine.firstMs * 2 ** (times - 1), quarantine.maxMs);
    const fingerprint = before?.fingerprint ?? (await this.#fingerprinter.of(fingerprintParts));
    const { code, reason, liftedBy } = error;
    const denial: Denial = { fingerprint, code, reason, liftedBy, sinceMs, untilMs, times };
    const others = state.denials.filter((other) => other !== before).slice(1 - REMEMBERED_DENIALS);
    await this.#save({ ...state, denials: [...others, denial] });
  }

  /** Forgets the denials of credentials that have just worked. */
  async clear(fingerprintParts: readonly string[]): Promise<void> {
    const state = await this.#known();
    const denial = await this.#denialOf(state, fingerprintParts);
    if (denial) await this.#save({ ...state, denials: state.denials.filter((other) => other !== denial) });
  }

  /** Forgets all denials: somebody looked after the account. */
  async clearAll(): Promise<void> {
    await this.#save({ ...(await this.#load()), denials: [] });
  }

  async summary(): Promise<LedgerSummary> {
    // Only a look: what is known here is for those to change who hold the account's lock.
    const { logins, denials } = this.#recent(await this.#look());
    const since = (ms: number): number => logins.filter((at) => at > this.#options.clock.nowMs() - ms).length;
    const untilMs = Math.max(0, ...denials.map((denial) => denial.untilMs));
    return {
      loginsInWindow: since(this.#options.loginBudget.windowMs),
      loginsInLastHour: since(HOUR_MS),
      quarantinedUntilMs: untilMs > this.#options.clock.nowMs() ? untilMs : null,
    };
  }

  /** Where the book is kept, and the name of its lock. Made anew for each piece of work: it is needed only where the store is. */
  get #key(): string {
    return this.#hold?.key ?? recordKey('account', this.#options.source.account);
  }

  /** What the book says, read once under a lock: while that is held nobody else writes. */
  async #known(): Promise<LedgerState> {
    const hold = this.#hold;
    return hold?.isRead && hold.lease?.signal.aborted === false ? this.#trimmed() : this.#load();
  }

  async #load(): Promise<LedgerState> {
    const hold = this.#hold;
    this.#own = await this.#look(() => {
      if (hold) hold.isRead = true;
    });
    return this.#trimmed();
  }

  /** What the store says, and where it cannot be read or lags, what is known here. */
  async #look(onRead: () => void = () => {}): Promise<LedgerState> {
    try {
      const text = await this.#store.read(this.#key);
      const stored = text === null ? EMPTY : decode(text);
      onRead();
      // What cannot be read tells nothing, so what is known here stands.
      if (stored) return this.#isUnsaved ? union(this.#own, stored) : stored;
    } catch (error) {
      this.#health.failed(error);
    }
    return this.#own;
  }

  #trimmed(): LedgerState {
    this.#own = this.#recent(this.#own);
    return this.#own;
  }

  /** A state without what is past. */
  #recent(state: LedgerState): LedgerState {
    const { clock, loginBudget: budget, quarantine } = this.#options;
    const most = Math.max(budget.max, REMEMBERED_LOGINS);
    const now = clock.nowMs();
    // A login that lies in the future was written by a clock that has since been set back.
    const sinceMs = now - Math.max(budget.windowMs, HOUR_MS);
    const isRecent = (at: number): boolean => at > sinceMs && at <= now;
    // An ended quarantine is kept as long again, so that the next denial of the same credentials still doubles.
    const counts = ({ untilMs }: Denial): boolean => untilMs + quarantine.maxMs > now;
    if (state.logins.length <= most && state.logins.every(isRecent) && state.denials.every(counts)) return state;
    return { denials: state.denials.filter(counts), logins: state.logins.filter(isRecent).slice(-most) };
  }

  async #save(state: LedgerState): Promise<void> {
    const { clock, loginBudget, quarantine } = this.#options;
    this.#own = state;
    const expiresAtMs = clock.nowMs() + Math.max(quarantine.maxMs * 2, loginBudget.windowMs, HOUR_MS);
    try {
      await (this.#hold?.lease ?? this.#store).write(this.#key, JSON.stringify({ v: 1, ...state }), { expiresAtMs });
      this.#isUnsaved = false;
    } catch (error) {
      this.#isUnsaved = true;
      this.#health.failed(error);
    }
  }

  async #denialOf(state: LedgerState, fingerprintParts: readonly string[]): Promise<Denial | undefined> {
    // The latest first: the same credentials have two fingerprints where the store could not digest for a while.
    for (const denial of state.denials.toSorted((a, b) => b.untilMs - a.untilMs))
      if (await this.#fingerprinter.matches(denial.fingerprint, fingerprintParts)) return denial;
    return undefined;
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** What this process could not write and what the store holds, together. */
function union(own: LedgerState, stored: LedgerState): LedgerState {
  const latest = new Map<string, Denial>();
  for (const denial of [...stored.denials, ...own.denials]) {
    const known = latest.get(denial.fingerprint);
    if (!known || denial.untilMs > known.untilMs) latest.set(denial.fingerprint, denial);
  }
  return {
    denials: [...latest.values()].sort((a, b) => a.sinceMs - b.sinceMs).slice(-REMEMBERED_DENIALS),
    logins: [...new Set([...stored.logins, ...own.logins])].sort((a, b) => a - b),
  };
}

/** The ledger as it was stored; `undefined` for text that is none, or damaged. */
function decode(text: string): LedgerState | undefined {
  const { denials, logins } = storedFields(text);
  if (!Array.isArray(denials) || !denials.every(isDenial)) return undefined;
  return Array.isArray(logins) && logins.every((at) => typeof at === 'number') ? { denials, logins } : undefined;
}

function isDenial(value: unknown): value is Denial {
  const { fingerprint, code, liftedBy, sinceMs, untilMs, times }: Partial<Record<string, unknown>> = Object(value);
  return (
    typeof fingerprint === 'string' &&
    typeof code === 'string' &&
    (liftedBy === undefined || typeof liftedBy === 'string') &&
    typeof sinceMs === 'number' &&
    typeof untilMs === 'number' &&
    typeof times === 'number'
  );
}
