import type { SessionRef } from '../events.ts';
import type { Redactor } from '../redact.ts';
import { isLive, type Lifetime, type Session, type SessionNews, withNews } from './session.ts';

/** How many refused sessions are remembered. */
const REMEMBERED_REFUSALS = 16;
/** Under a sliding lifetime, a use that moves the end by less than this is not worth a new revision. */
const SLIDING_STEP_MS = 1000;
/** A fixed lifetime is renewed in the background within its last third. */
const AHEAD_SHARE = 1 / 3;

/** The session that this process holds, and which ones it saw refused. */
export interface HeldSession<F> {
  readonly current: Session<F> | undefined;
  /** Of the credentials that made the current session; `null` if not known. */
  readonly fingerprint: string | null;
  /** The current session if it can be used now. */
  usable(): Session<F> | undefined;
  /** Whether a session was not refused here and has not ended by the clock. */
  isUsable(session: Session<F>): boolean;
  isTrusted(ref: SessionRef): boolean;
  /** Remembers that a revision, and with it the earlier ones, was refused. */
  distrust(ref: SessionRef): void;
  take(session: Session<F>, fingerprint: string | null): void;
  drop(): void;
  /** Takes the news of an accepted answer, if the current session is the one that the request was sent with. */
  accept(used: Session<F>, news: SessionNews<F> | undefined): void;
  /** Takes news about a session, if it is the current one. */
  absorb(about: Session<F>, news: SessionNews<F>): void;
  /** Whether it is time to renew in the background; `true` once per session and revision. */
  takeRenewalTurn(): boolean;
}

/** Holds one identity's session in memory. */
export function holdSession<F>(options: {
  readonly lifetime: Lifetime;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly redactor: Redactor;
}): HeldSession<F> {
  const { lifetime, nowMs, random, redactor } = options;
  const refusals = new Map<string, number>();
  let current: Session<F> | undefined;
  let fingerprint: string | null = null;
  let renewalAtMs = Number.POSITIVE_INFINITY;

  const held: HeldSession<F> = {
    get current() {
      return current;
    },
    get fingerprint() {
      return fingerprint;
    },
    usable: () => (current && held.isUsable(current) ? current : undefined),
    isUsable: (session) => held.isTrusted(session) && isLive(session, nowMs()),
    isTrusted: ({ id, revision }) => revision > (refusals.get(id) ?? 0),
    distrust({ id, revision }) {
      const known = refusals.get(id) ?? 0;
      refusals.delete(id);
      refusals.set(id, Math.max(known, revision));
      for (const oldest of refusals.keys()) {
        if (refusals.size <= REMEMBERED_REFUSALS) break;
        refusals.delete(oldest);
      }
    },
    take(session, madeBy) {
      redactor.hide(session.secret);
      current = session;
      fingerprint = madeBy;
      renewalAtMs = renewalTime(session, lifetime, random);
    },
    drop() {
      current = undefined;
    },
    accept(used, news) {
      // What was sent with a session that is known to be refused says nothing about the present.
      if (current?.id !== used.id || !held.isTrusted(used)) return;
      let fresh = news;
      if (lifetime.kind === 'sliding' && news?.expiresAtMs === undefined) {
        const expiresAtMs = nowMs() + lifetime.ms;
        if (news || expiresAtMs - (current.expiresAtMs ?? 0) >= SLIDING_STEP_MS) fresh = { ...news, expiresAtMs };
      }
      if (fresh) held.absorb(current, fresh);
    },
    absorb(about, news) {
      if (current?.id === about.id) held.take(withNews(current, news), fingerprint);
    },
    takeRenewalTurn() {
      if (nowMs() < renewalAtMs) return false;
      renewalAtMs = Number.POSITIVE_INFINITY;
      return true;
    },
  };
  return held;
}

/** When a session of a fixed lifetime is due: within its last third, spread over half of it so that a fleet does not renew at once. */
function renewalTime({ obtainedAtMs, expiresAtMs }: Session, lifetime: Lifetime, random: () => number): number {
  if (lifetime.kind !== 'fixed' || expiresAtMs === null) return Number.POSITIVE_INFINITY;
  const spanMs = Math.min(lifetime.ms, expiresAtMs - obtainedAtMs);
  return expiresAtMs - spanMs * AHEAD_SHARE * (1 - random() / 2);
}
