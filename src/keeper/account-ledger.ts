import { LoginBudgetError, type LoginDeniedError, LoginQuarantinedError } from '../errors.ts';
import type { Lease, SessionStore } from '../stores/store.ts';
import type { Fingerprinter } from './fingerprint.ts';

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
  readonly loginsInWindow: number;
  readonly quarantinedUntilMs: number | null;
}

/** The book kept per account, in the store: credentials that were denied, and logins spent. */
export interface AccountLedger {
  /** @throws LoginQuarantinedError if these credentials were denied and are still left alone */
  admit(fingerprintParts: readonly string[]): Promise<void>;
  /** Runs a login request against the budget. @throws LoginBudgetError without running it when the budget is used up */
  spend<T>(request: () => Promise<T>, wasNeverSent: (error: unknown) => boolean): Promise<T>;
  deny(fingerprintParts: readonly string[], error: LoginDeniedError): Promise<void>;
  /** Forgets the denials of credentials that have just worked. */
  clear(fingerprintParts: readonly string[]): Promise<void>;
  /** Forgets all denials: somebody looked after the account. */
  clearAll(): Promise<void>;
  summary(): Promise<LedgerSummary>;
}

interface LedgerOptions {
  readonly system: string;
  readonly key: string;
  readonly store: SessionStore;
  readonly lease: () => Lease | undefined;
  readonly fingerprinter: Fingerprinter;
  readonly budget: LoginBudget;
  readonly quarantine: QuarantinePolicy;
  readonly nowMs: () => number;
  readonly onStoreFailure: (error: unknown) => void;
}

/**
 * Opens the ledger of an account. It rests in the store beside the sessions; what this process knows is kept in memory
 * too, so that a store that fails never makes it forget a denial.
 */
export function openAccountLedger(options: LedgerOptions): AccountLedger {
  const { system, key, store, fingerprinter, budget, quarantine, nowMs } = options;
  let own = EMPTY;
  let isUnsaved = false;

  const load = async (): Promise<LedgerState> => {
    try {
      const text = await store.read(key);
      const stored = text === null ? EMPTY : decode(text);
      // What cannot be read tells nothing, so what is known here stands.
      if (stored) own = isUnsaved ? union(own, stored) : stored;
    } catch (error) {
      options.onStoreFailure(error);
    }
    const now = nowMs();
    // A login that lies in the future was written by a clock that has since been set back.
    const logins = own.logins.filter((at) => at > now - budget.windowMs && at <= now);
    // An ended quarantine is kept as long again, so that the next denial of the same credentials still doubles.
    const denials = own.denials.filter(({ untilMs }) => untilMs + quarantine.maxMs > now);
    own = { denials, logins };
    return own;
  };
  const save = async (state: LedgerState): Promise<void> => {
    own = state;
    const expiresAtMs = nowMs() + Math.max(quarantine.maxMs * 2, budget.windowMs);
    try {
      await (options.lease()?.write ?? store.write)(key, JSON.stringify({ v: 1, ...state }), { expiresAtMs });
      isUnsaved = false;
    } catch (error) {
      isUnsaved = true;
      options.onStoreFailure(error);
    }
  };
  const denialOf = async (state: LedgerState, parts: readonly string[]): Promise<Denial | undefined> => {
    // The latest first: the same credentials have two fingerprints where the store could not digest for a while.
    for (const denial of state.denials.toSorted((a, b) => b.untilMs - a.untilMs))
      if (await fingerprinter.matches(denial.fingerprint, parts)) return denial;
    return undefined;
  };

  return {
    async admit(parts) {
      const denial = await denialOf(await load(), parts);
      if (!denial || nowMs() >= denial.untilMs) return;
      const { reason, liftedBy, sinceMs, untilMs } = denial;
      throw new LoginQuarantinedError(
        `${system} refused these credentials (${reason ?? denial.code}) at ${iso(sinceMs)}; they are not sent again until ` +
          `${iso(untilMs)}, unless they are changed or the quarantine is cleared${liftedBy === undefined ? '' : `. What lets a login in: ${liftedBy}`}`,
        { system, reason, liftedBy, sinceMs, untilMs },
      );
    },
    async spend(request, wasNeverSent) {
      const { logins, denials } = await load();
      const [first] = logins.slice(-budget.max);
      if (first !== undefined && logins.length >= budget.max) {
        const untilMs = first + budget.windowMs;
        throw new LoginBudgetError(
          `${system}: ${budget.max} logins were spent within ${budget.windowMs} ms; the next is allowed at ${iso(untilMs)}`,
          { system, untilMs },
        );
      }
      const at = nowMs();
      // Written before the request goes out: a crash in the middle of a login still counts.
      await save({ denials, logins: [...logins, at] });
      try {
        return await request();
      } catch (error) {
        // One entry only: another login may have been spent in the same millisecond.
        const mine = wasNeverSent(error) ? own.logins.lastIndexOf(at) : -1;
        if (mine >= 0) await save({ ...own, logins: own.logins.toSpliced(mine, 1) });
        throw error;
      }
    },
    async deny(parts, error) {
      const state = await load();
      const before = await denialOf(state, parts);
      const times = (before?.times ?? 0) + 1;
      const sinceMs = nowMs();
      const untilMs = sinceMs + Math.min(quarantine.firstMs * 2 ** (times - 1), quarantine.maxMs);
      const fingerprint = before?.fingerprint ?? (await fingerprinter.of(parts));
      const { code, reason, liftedBy } = error;
      const denial: Denial = { fingerprint, code, reason, liftedBy, sinceMs, untilMs, times };
      const others = state.denials.filter((other) => other !== before).slice(1 - REMEMBERED_DENIALS);
      await save({ ...state, denials: [...others, denial] });
    },
    async clear(parts) {
      const state = await load();
      const denial = await denialOf(state, parts);
      if (denial) await save({ ...state, denials: state.denials.filter((other) => other !== denial) });
    },
    async clearAll() {
      await save({ ...(await load()), denials: [] });
    },
    async summary() {
      const { logins, denials } = await load();
      const untilMs = Math.max(0, ...denials.map((denial) => denial.untilMs));
      return { loginsInWindow: logins.length, quarantinedUntilMs: untilMs > nowMs() ? untilMs : null };
    },
  };
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
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { denials, logins }: { denials?: unknown; logins?: unknown } = typeof value === 'object' && value ? value : {};
  if (!Array.isArray(denials) || !denials.every(isDenial)) return undefined;
  return Array.isArray(logins) && logins.every((at) => typeof at === 'number') ? { denials, logins } : undefined;
}

function isDenial(value: unknown): value is Denial {
  if (typeof value !== 'object' || value === null) return false;
  const { fingerprint, code, liftedBy, sinceMs, untilMs, times }: Partial<Record<string, unknown>> = { ...value };
  return (
    typeof fingerprint === 'string' &&
    typeof code === 'string' &&
    (liftedBy === undefined || typeof liftedBy === 'string') &&
    typeof sinceMs === 'number' &&
    typeof untilMs === 'number' &&
    typeof times === 'number'
  );
}
