import type { Answer, Delivery, Incoming } from './exchange.ts';
import { type JournalMessage, type KeptExchange, keepExchange, showMessage } from './journal-messages.ts';
import { maskedPath } from './masking.ts';
import type { Outcome, Role } from './outcome.ts';
import type { SecretLedger } from './secrets.ts';
import { type SystemName, systemNames } from './systems.ts';

export type { JournalMessage } from './journal-messages.ts';
export type { Outcome, Role } from './outcome.ts';

/** One request and what came of it. Holds no secret: each is masked, by its name and by its value. */
export interface JournalEntry {
  /** Sandbox time, ISO 8601. */
  readonly time: string;
  readonly system: SystemName;
  readonly operation: string;
  readonly role: Role;
  readonly method: string;
  /** With the query; at most 2,048 characters. */
  readonly path: string;
  /** 0 when nothing was answered. */
  readonly status: number;
  readonly outcome: Outcome;
  /** Printable name of the session used or opened, never its secret. */
  readonly session?: string;
  /** `padded`: with blanks after the body, up to a size. */
  readonly delivered: Delivery['kind'];
  /** What was sent. Absent where `journalBytes` had no room for it; masked when it is read, so that nobody waits for it before. */
  readonly request?: JournalMessage;
  /** What was answered, also when the answer was lost on its way. Absent where there was none, or as with `request`. */
  readonly answer?: JournalMessage;
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
  reset(): void;
}

/** A request as it is handed to the journal. */
export interface Recorded {
  /** By the sandbox's clock. */
  readonly atMs: number;
  /** By the service's own. */
  readonly serviceMs: number;
  readonly system: SystemName;
  readonly operation: string;
  readonly role: Role;
  readonly incoming: Incoming;
  /** What the service made, whatever became of it on its way. */
  readonly answer: Answer;
  readonly delivery: Delivery;
}

/** The journal as those see it who write it. */
export interface RecordingJournal extends Journal {
  record(recorded: Recorded): void;
}

export interface JournalOptions {
  /** How many entries are kept. */
  readonly size: number;
  /** How many bytes of headers and bodies are kept; beyond it the oldest entries lose theirs. */
  readonly bytes: number;
  readonly secrets: SecretLedger;
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

/** Everything an entry is made from when somebody looks. */
interface Kept {
  readonly atMs: number;
  readonly serviceMs: number;
  readonly system: SystemName;
  readonly operation: string;
  readonly role: Role;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly status: number;
  readonly outcome: Outcome;
  readonly session: string | undefined;
  readonly delivered: Delivery['kind'];
  exchange: KeptExchange | undefined;
}

const longestPath = 2048;

export function createJournal({ size, bytes, secrets }: JournalOptions): RecordingJournal {
  checkBound('journalSize', size);
  checkBound('journalBytes', bytes);
  let ring: Kept[] = [];
  let recorded = 0;
  let oldestWhole = 0;
  let heldBytes = 0;
  const freshTotals = () => new Map(systemNames.map((system) => [system, noCounts()]));
  let totals = freshTotals();
  const totalOf = (system: SystemName) => totals.get(system) ?? noCounts();

  /** Takes headers and body from the oldest entry that still has them. */
  const forgetOldest = () => {
    const kept = ring[oldestWhole % size];
    heldBytes -= kept?.exchange?.cost ?? 0;
    if (kept) kept.exchange = undefined;
    oldestWhole += 1;
  };
  const keep = (kept: Kept) => {
    if (recorded >= size && oldestWhole <= recorded - size) forgetOldest();
    ring[recorded % size] = kept;
    recorded += 1;
    heldBytes += kept.exchange?.cost ?? 0;
    while (heldBytes > bytes) forgetOldest();
  };

  return {
    entries({ system, limit } = {}) {
      const next = recorded % Math.max(size, 1);
      const inOrder = recorded <= size ? ring : [...ring.slice(next), ...ring.slice(0, next)];
      const chosen = system === undefined ? inOrder : inOrder.filter((kept) => kept.system === system);
      const newest = limit === undefined ? chosen : chosen.slice(Math.max(0, chosen.length - limit));
      return newest.map((kept) => entryOf(kept, secrets));
    },
    counts: (system) => ({ ...totalOf(system) }),
    record({ atMs, serviceMs, system, operation, role, incoming, answer, delivery }) {
      const { outcome, status, session } = answer;
      const total = totalOf(system);
      total.requests += 1;
      if (role === 'login') total.logins += 1;
      const counter = counterOf[outcome];
      if (counter) total[counter] += 1;
      if (size === 0) return;
      const { method, path, query } = incoming;
      keep({
        atMs,
        serviceMs,
        system,
        operation,
        role,
        method,
        status,
        outcome,
        session,
        path: cutCopy(path),
        query: cutCopy(query),
        delivered: delivery.kind,
        exchange: bytes === 0 ? undefined : keepExchange(incoming, answer, delivery),
      });
    },
    reset() {
      ring = [];
      recorded = 0;
      oldestWhole = 0;
      heldBytes = 0;
      totals = freshTotals();
    },
  };
}

function checkBound(name: string, bound: number): void {
  if (!Number.isSafeInteger(bound) || bound < 0) throw new RangeError(`${name} is a whole number, zero or more`);
}

/** A string of its own, because a part of a string keeps the whole alive. */
function cutCopy(text: string): string {
  return text.length <= longestPath ? text : Buffer.from(text.slice(0, longestPath + 1)).toString();
}

function entryOf(kept: Kept, secrets: SecretLedger): JournalEntry {
  const { atMs, serviceMs, system, operation, role, method, path, query, status, outcome, session, exchange } = kept;
  const target = maskedPath(path, query);
  const isLong = [target, path, query].some(({ length }) => length > longestPath);
  const entry: JournalEntry = {
    time: new Date(atMs).toISOString(),
    system,
    operation,
    role,
    method: secrets.hide(method, serviceMs),
    path: isLong ? `${secrets.hideCut(target.slice(0, longestPath), serviceMs)}…` : secrets.hide(target, serviceMs),
    status,
    outcome,
    ...(session === undefined ? {} : { session }),
    delivered: kept.delivered,
  };
  if (exchange === undefined) return entry;
  lazily(entry, 'request', () => showMessage(exchange.request, secrets, serviceMs));
  const { answer } = exchange;
  if (answer !== undefined) lazily(entry, 'answer', () => showMessage(answer, secrets, serviceMs));
  return entry;
}

/** A field that is made when it is first read, and looks like any other. */
function lazily(entry: JournalEntry, name: 'request' | 'answer', make: () => JournalMessage): void {
  let made: JournalMessage | undefined;
  Object.defineProperty(entry, name, {
    enumerable: true,
    get: () => {
      made ??= make();
      return made;
    },
  });
}
