import type { Clock } from './virtual-clock.ts';

/** A session as the service holds it. */
export interface HeldSession {
  /** What the secret leads to; never shown. */
  readonly key: string;
  /** Printable: `s1`, `s2`, … in the order of login. */
  readonly label: string;
  readonly username: string;
  readonly createdAtMs: number;
  expiresAtMs: number;
}

/** Which sessions a scenario ends. */
export interface RevokeChoice {
  readonly which: 'newest' | 'oldest' | 'all';
  readonly username?: string;
  readonly key?: string;
}

/** A bound on the live sessions of one user. */
export interface SessionCap {
  /** From now on, a session too many ends the user's oldest ones, or is dead from the start. `undefined` takes the bound away. */
  set(bound: { readonly max: number; readonly overflow: 'end-oldest' | 'refuse' } | undefined): void;
  /** Whether a session was opened dead since this was last asked. */
  takeRefused(): boolean;
}

export interface SessionTable<S extends HeldSession> {
  open(session: Omit<S, 'label'>): S;
  /** The live session, or nothing: unknown, expired, ended, or all are being refused. */
  find(key: string): S | undefined;
  end(key: string): boolean;
  /** @returns how many live sessions were ended */
  revoke(choice: RevokeChoice): number;
  /** While on, no session is found, not even one opened just now. */
  refuseAll(on: boolean): void;
  live(): S[];
  readonly cap: SessionCap;
}

const firstSweepAt = 10_000;

export function createSessionTable<S extends HeldSession>(clock: Clock): SessionTable<S> {
  const byKey = new Map<string, S>();
  let opened = 0;
  let areAllRefused = false;
  let sweepAt = firstSweepAt;
  let bound: Parameters<SessionCap['set']>[0];
  let wasRefused = false;

  const isLive = (session: S) => session.expiresAtMs > clock.nowMs();
  const sweep = () => {
    for (const session of byKey.values()) if (!isLive(session)) byKey.delete(session.key);
    sweepAt = Math.max(firstSweepAt, byKey.size * 2);
  };

  /** Makes room for one more session of the user. @returns whether there is room */
  const makeRoom = (username: string): boolean => {
    if (bound === undefined) return true;
    const { max, overflow } = bound;
    // In the order of login, which is that of a map.
    const own = [...byKey.values()].filter((session) => session.username === username && isLive(session));
    const tooMany = own.slice(0, Math.max(0, own.length + 1 - max));
    if (tooMany.length === 0) return true;
    if (overflow === 'refuse') return false;
    for (const session of tooMany) byKey.delete(session.key);
    return true;
  };

  return {
    open(session) {
      if (byKey.size >= sweepAt) sweep();
      opened += 1;
      // Omit<S, 'label'> plus the label is S again; the compiler cannot see that for a type parameter.
      const held = { ...session, label: `s${opened}` } as unknown as S;
      if (makeRoom(held.username)) byKey.set(held.key, held);
      else wasRefused = true;
      return held;
    },
    find(key) {
      if (areAllRefused) return undefined;
      const session = byKey.get(key);
      if (session === undefined || isLive(session)) return session;
      byKey.delete(key);
      return undefined;
    },
    end: (key) => byKey.delete(key),
    revoke({ which, username, key }) {
      sweep();
      const chosen = [...byKey.values()].filter(
        (session) =>
          (username === undefined || session.username === username) && (key === undefined || session.key === key),
      );
      const ended = which === 'all' ? chosen : which === 'oldest' ? chosen.slice(0, 1) : chosen.slice(-1);
      for (const session of ended) byKey.delete(session.key);
      return ended.length;
    },
    refuseAll(on) {
      areAllRefused = on;
    },
    live() {
      sweep();
      return [...byKey.values()];
    },
    cap: {
      set(wanted) {
        bound = wanted;
      },
      takeRefused() {
        const answer = wasRefused;
        wasRefused = false;
        return answer;
      },
    },
  };
}
