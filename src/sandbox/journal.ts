import type { Delivery } from './exchange.ts';
import type { Outcome, Role } from './outcome.ts';
import { type SystemName, systemNames } from './systems.ts';

export type { Outcome, Role } from './outcome.ts';

/** One request and what came of it. Holds no secret: values of secret query fields are masked. */
export interface JournalEntry {
  /** Sandbox time, ISO 8601. */
  readonly time: string;
  readonly system: SystemName;
  readonly operation: string;
  readonly role: Role;
  readonly method: string;
  readonly path: string;
  /** 0 when nothing was answered. */
  readonly status: number;
  readonly outcome: Outcome;
  /** Printable name of the session used or opened, never its secret. */
  readonly session?: string;
  /** `padded`: with blanks after the body, up to a size. */
  readonly delivered: Delivery['kind'];
}

/** Totals since the start or the last reset. They are never bounded. */
export interface Counts {
  requests: number;
  /** Requests to the login operation, whatever came of them. */
  logins: number;
  loginsAccepted: number;
  loginsDenied: number;
  renewals: number;
  logouts: number;
  /** Calls turned away because of their session. */
  refused: number;
  /** Calls whose session was good. */
  accepted: number;
}

/** The requests seen, newest last; the oldest leave when the bound is reached. */
export interface Journal {
  /** @param filter only one system, at most `limit` of the newest entries */
  entries(filter?: { system?: SystemName; limit?: number }): readonly JournalEntry[];
  counts(system: SystemName): Readonly<Counts>;
  record(entry: JournalEntry): void;
  reset(): void;
}

const noCounts = (): Counts => ({
  requests: 0,
  logins: 0,
  loginsAccepted: 0,
  loginsDenied: 0,
  renewals: 0,
  logouts: 0,
  refused: 0,
  accepted: 0,
});

const counterOf: Partial<Record<Outcome, keyof Counts>> = {
  'login-accepted': 'loginsAccepted',
  'login-denied': 'loginsDenied',
  accepted: 'accepted',
  refused: 'refused',
  renewed: 'renewals',
  'logged-out': 'logouts',
};

/** @param bound how many entries are kept */
export function createJournal(bound: number): Journal {
  if (!Number.isSafeInteger(bound) || bound < 0) throw new RangeError('journalSize is a whole number, zero or more');
  let ring: JournalEntry[] = [];
  let next = 0;
  const freshTotals = () => new Map(systemNames.map((system) => [system, noCounts()]));
  let totals = freshTotals();
  const totalOf = (system: SystemName) => totals.get(system) ?? noCounts();

  return {
    entries({ system, limit } = {}) {
      const inOrder = ring.length < bound ? ring : [...ring.slice(next), ...ring.slice(0, next)];
      const chosen = system === undefined ? inOrder.slice() : inOrder.filter((entry) => entry.system === system);
      return limit === undefined ? chosen : chosen.slice(Math.max(0, chosen.length - limit));
    },
    counts: (system) => ({ ...totalOf(system) }),
    record(entry) {
      const total = totalOf(entry.system);
      total.requests += 1;
      if (entry.role === 'login') total.logins += 1;
      const counter = counterOf[entry.outcome];
      if (counter) total[counter] += 1;
      if (bound === 0) return;
      if (ring.length < bound) ring.push(entry);
      else {
        ring[next] = entry;
        next = (next + 1) % bound;
      }
    },
    reset() {
      ring = [];
      next = 0;
      totals = freshTotals();
    },
  };
}

const secretName = /ust|password|secret|token|totp|key|session/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The path with its query, each value of a secret-looking field replaced. */
export function maskedPath(path: string, query: string): string {
  if (query === '') return path;
  const fields = query.split('&').map((field) => {
    const [name = ''] = field.split('=', 1);
    return secretName.test(decoded(name)) ? `${name}=***` : field;
  });
  return `${path}?${fields.join('&')}`;
}
