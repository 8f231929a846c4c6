import { hash, randomUUID } from 'node:crypto';
import type { SessionRef } from '../events.ts';

/** What a login hands back. Immutable; safe to print: the secret shows only where it is asked for by name. */
export class Session<F = unknown> implements SessionRef {
  /** Random name of the session, safe to print. */
  readonly id: string;
  /** Grows with each piece of news about the same session. */
  readonly revision: number;
  /** What the login told besides the secret, such as the server's URL or the primary account. */
  readonly facts: F;
  /** When it was handed out, ms since the epoch by this machine's clock. */
  readonly obtainedAtMs: number;
  /** When it ends, ms since the epoch by this machine's clock; `null` if unknown: live until refused. */
  readonly expiresAtMs: number | null;
  readonly #secret: string;

  constructor(parts: SessionParts<F>) {
    this.id = parts.id;
    this.revision = parts.revision;
    this.facts = parts.facts;
    this.obtainedAtMs = parts.obtainedAtMs;
    this.expiresAtMs = parts.expiresAtMs;
    this.#secret = parts.secret;
  }

  /** The cookie's value, the token, the session string: who has it is logged in. */
  get secret(): string {
    return this.#secret;
  }

  /** What `util.inspect` shows: asked for hidden properties and getters, it would show the secret. */
  [Symbol.for('nodejs.util.inspect.custom')](): object {
    return { ...this };
  }
}

interface SessionParts<F> extends SessionRef {
  readonly secret: string;
  readonly facts: F;
  readonly obtainedAtMs: number;
  readonly expiresAtMs: number | null;
}

/** What an answer tells about the current session: a re-issued cookie, a later expiry, changed facts. */
export type SessionNews<F> = Partial<Pick<Session<F>, 'secret' | 'expiresAtMs' | 'facts'>>;

/** How long a session lives: restarting with each use, counted from the login, or not known. */
export type Lifetime = { readonly kind: 'sliding' | 'fixed'; readonly ms: number } | { readonly kind: 'unknown' };

/** A new session from what a login handed back. */
export function openSession<F>(
  given: { readonly secret: string; readonly facts: F; readonly expiresAtMs?: number | null },
  lifetime: Lifetime,
  nowMs: number,
): Session<F> {
  const told = given.expiresAtMs ?? nowMs;
  // An end that has passed already tells of a clock that is wrong, not of a session that nobody can use.
  const expiresAtMs = told > nowMs ? told : lifetime.kind === 'unknown' ? null : nowMs + lifetime.ms;
  const secret = detached(given.secret);
  return new Session({ ...given, secret, id: randomUUID(), revision: 1, obtainedAtMs: nowMs, expiresAtMs });
}

/** The same session, one revision on. */
export function withNews<F>(session: Session<F>, news: SessionNews<F>): Session<F> {
  return new Session({
    id: session.id,
    revision: session.revision + 1,
    secret: news.secret === undefined ? session.secret : detached(news.secret),
    facts: news.facts ?? session.facts,
    obtainedAtMs: session.obtainedAtMs,
    expiresAtMs: news.expiresAtMs === undefined ? session.expiresAtMs : news.expiresAtMs,
  });
}

/** The same text in memory of its own: one that was cut out of an answer would hold on to the whole answer. */
function detached(text: string): string {
  return String(JSON.parse(JSON.stringify(text)));
}

/** The printable name of a session. */
export function refOf({ id, revision }: SessionRef): SessionRef {
  return { id, revision };
}

/** Whether the session can be used now, as far as this machine's clock tells. */
export function isLive(session: Session, nowMs: number): boolean {
  return session.expiresAtMs === null || nowMs < session.expiresAtMs;
}

/** The version of stored records. Keys carry it too, so that two versions of the package never read each other's. */
export const RECORD_VERSION = 1;

/** The key of a record: of the texts that it is made from it shows none. */
export function recordKey(kind: 'session' | 'account', parts: readonly string[]): string {
  return `${kind}-v${RECORD_VERSION}-${hash('sha256', JSON.stringify(parts), 'hex').slice(0, 40)}`;
}

/** A session as it rests in a store, with the fingerprint of the credentials that made it. */
export interface SessionRecord<F> {
  readonly session: Session<F>;
  readonly fingerprint: string | null;
}

/** The record as a string. */
export function encodeRecord<F>({ session, fingerprint }: SessionRecord<F>): string {
  return JSON.stringify({ v: RECORD_VERSION, ...session, secret: session.secret, fingerprint });
}

/** The fields of a stored text: none where it is no JSON, or none of an object. */
export function storedFields(text: string): Partial<Record<string, unknown>> {
  try {
    return { ...Object(JSON.parse(text)) };
  } catch {
    return {};
  }
}

/** The record, or `null` if the text is none of this version or damaged. */
export function decodeRecord<F>(text: string, readFacts: (value: unknown) => F | undefined): SessionRecord<F> | null {
  const record = storedFields(text);
  const { v, id, revision, secret, obtainedAtMs, expiresAtMs, fingerprint } = record;
  const facts = readFacts(record.facts);
  if (v !== RECORD_VERSION || facts === undefined) return null;
  if (typeof id !== 'string' || typeof secret !== 'string' || secret === '') return null;
  if (typeof revision !== 'number' || typeof obtainedAtMs !== 'number') return null;
  if (expiresAtMs !== null && typeof expiresAtMs !== 'number') return null;
  return {
    session: new Session({ id, revision, secret, facts, obtainedAtMs, expiresAtMs }),
    fingerprint: typeof fingerprint === 'string' ? fingerprint : null,
  };
}
