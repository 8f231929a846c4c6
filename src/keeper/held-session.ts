import type { SessionRef } from '../events.ts';
import type { Redactor } from '../redact.ts';
import type { Clock } from './options.ts';
import { isLive, type Lifetime, type Session, type SessionNews, withNews } from './session.ts';

/** How many refused sessions are remembered. */
const REMEMBERED_REFUSALS = 16;
/** Under a sliding lifetime, a use that moves the end by less than this is not worth a new revision. */
const SLIDING_STEP_MS = 1000;
/** A fixed lifetime is renewed in the background within its last third. */
const AHEAD_SHARE = 1 / 3;

/** What holding a session depends on. */
interface HoldingOptions {
  readonly source: { readonly lifetime: Lifetime };
  readonly clock: Clock;
  readonly random: () => number;
  readonly redactor: Redactor;
}

/** The session that this process holds, and which ones it saw refused. */
export class HeldSession<F> {
  readonly #options: HoldingOptions;
  #current: Session<F> | undefined;
  #fingerprint: string | null = null;
  #renewalAtMs = Number.POSITIVE_INFINITY;
  /** The last refused revision by session. Made at the first refusal, which most identities never see. */
  #refusals: Map<string, number> | undefined;

  constructor(options: HoldingOptions) {
    this.#options = options;
  }

  get current(): Session<F> | undefined {
    return this.#current;
  }

  /** Of the credentials that made the current session; `null` if not known. */
  get fingerprint(): string | null {
    return this.#fingerprint;
  }

  /** The current session if it can be used now. */
  usable(): Session<F> | undefined {
    return this.#current && this.isUsable(this.#current) ? this.#current : undefined;
  }

  /** Whether a session was not refused here and has not ended by the clock. */
  isUsable(session: Session<F>): boolean {
    return this.isTrusted(session) && isLive(session, this.#options.clock.nowMs());
  }

  /** Whether any session was refused here. */
  get hasRefusals(): boolean {
    return this.#refusals !== undefined;
  }

  isTrusted({ id, revision }: SessionRef): boolean {
    return revision > (this.#refusals?.get(id) ?? 0);
  }

  /** Remembers that a revision, and with it the earlier ones, was refused. */
  distrust({ id, revision }: SessionRef): void {
    this.#refusals ??= new Map();
    const refusals = this.#refusals;
    const known = refusals.get(id) ?? 0;
    refusals.delete(id);
    refusals.set(id, Math.max(known, revision));
    for (const oldest of refusals.keys()) {
      if (refusals.size <= REMEMBERED_REFUSALS) break;
      refusals.delete(oldest);
    }
  }

  take(session: Session<F>, madeBy: string | null): void {
    const { redactor, source, random } = this.#options;
    redactor.hide(session.secret);
    this.#current = session;
    this.#fingerprint = madeBy;
    this.#renewalAtMs = renewalTime(session, source.lifetime, random);
  }

  drop(): void {
    this.#current = undefined;
  }

  /** Takes the news of an accepted answer, if the current session is the one that the request was sent with. */
  accept(used: Session<F>, news: SessionNews<F> | undefined): void {
    const current = this.#current;
    // What was sent with a session that is known to be refused says nothing about the present.
    if (current?.id !== used.id || !this.isTrusted(used)) return;
    const { clock, source } = this.#options;
    let fresh = news;
    if (source.lifetime.kind === 'sliding' && news?.expiresAtMs === undefined) {
      const expiresAtMs = clock.nowMs() + source.lifetime.ms;
      if (news || expiresAtMs - (current.expiresAtMs ?? 0) >= SLIDING_STEP_MS) fresh = { ...news, expiresAtMs };
    }
    if (fresh) this.absorb(current, fresh);
  }

  /** Takes news about a session, if it is the current one. */
  absorb(about: Session<F>, news: SessionNews<F>): void {
    if (this.#current?.id === about.id) this.take(withNews(this.#current, news), this.#fingerprint);
  }

  /** Whether it is time to renew in the background; `true` once per session and revision. */
  takeRenewalTurn(): boolean {
    if (this.#options.clock.nowMs() < this.#renewalAtMs) return false;
    this.#renewalAtMs = Number.POSITIVE_INFINITY;
    return true;
  }
}

/** When a session of a fixed lifetime is due: within its last third, spread over half of it so that a fleet does not renew at once. */
function renewalTime({ obtainedAtMs, expiresAtMs }: Session, lifetime: Lifetime, random: () => number): number {
  if (lifetime.kind !== 'fixed' || expiresAtMs === null) return Number.POSITIVE_INFINITY;
  const spanMs = Math.min(lifetime.ms, expiresAtMs - obtainedAtMs);
  return expiresAtMs - spanMs * AHEAD_SHARE * (1 - random() / 2);
}
