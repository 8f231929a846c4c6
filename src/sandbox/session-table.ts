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
}

const firstSweepAt = 10_000;

export function createSessionTable<S extends HeldSession>(clock: Clock): SessionTable<S> {
  const byKey = new Map<string, S>();
  let opened = 0;
  let areAllRefused = false;
  let sweepAt = firstSweepAt;

  const isLive = (session: S) => session.expiresAtMs > clock.nowMs();
  const sweep = () => {
    for (const session of byKey.values()) if (!isLive(session)) byKey.delete(session.key);
    sweepAt = Math.max(firstSweepAt, byKey.size * 2);
  };

  return {
    open(session) {
      if (byKey.size >= sweepAt) sweep();
      opened += 1;
      // Omit<S, 'label'> plus the label is S again; the compiler cannot see that for a type parameter.
      const held = { ...session, label: `s${opened}` } as unknown as S;
      byKey.set(held.key, held);
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
  };
}
