import type { SystemName } from '../../sandbox/systems.ts';
import type { SessionStore } from '../../stores/store.ts';
import { cliSystems, type ExtraName } from './systems.ts';

/** A login that was made from this machine: enough to find its session again, and no secret. */
export interface KnownLogin {
  readonly system: SystemName;
  readonly baseUrl: string;
  readonly user: string;
  readonly extras: Partial<Readonly<Record<ExtraName, string>>>;
  readonly profile?: string | undefined;
  /** As `--store`. */
  readonly store: string;
  readonly allowInsecure?: boolean | undefined;
  readonly atMs: number;
}

const KEY = 'cli/logins/1';
/** Nobody keeps more logins apart. */
const MOST = 100;
const LOCK_MS = 5_000;
const LIFE_MS = 400 * 24 * 3_600_000;

/** Reads the logins made from this machine, the latest first. What cannot be read counts as none. */
export async function readKnownLogins(store: SessionStore): Promise<readonly KnownLogin[]> {
  const text = await store.read(KEY).catch(() => null);
  return text === null ? [] : decode(text);
}

/** Remembers a login, or forgets it. @throws StoreError where the store cannot be written to */
export async function rememberLogin(store: SessionStore, login: KnownLogin, isGone = false): Promise<void> {
  await store.withLock(
    KEY,
    async (lease) => {
      const text = await store.read(KEY);
      const others = (text === null ? [] : decode(text)).filter((other) => idOf(other) !== idOf(login));
      const logins = isGone ? others : [login, ...others].slice(0, MOST);
      await lease.write(KEY, JSON.stringify({ v: 1, logins }), { expiresAtMs: Date.now() + LIFE_MS });
    },
    { waitMs: LOCK_MS },
  );
}

/** What makes two logins the same: that they have one session. */
function idOf({ system, baseUrl, user, extras, store }: KnownLogin): string {
  return JSON.stringify([system, baseUrl, user, cliSystems[system].apart.map((name) => extras[name] ?? null), store]);
}

function decode(text: string): readonly KnownLogin[] {
  try {
    const { v, logins }: { v?: unknown; logins?: unknown } = Object(JSON.parse(text));
    // Sealed, so nobody but this module has written it.
    return v === 1 && Array.isArray(logins) ? (logins as KnownLogin[]) : [];
  } catch {
    return [];
  }
}
