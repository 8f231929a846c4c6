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

/** Reads the logins made from this machine, the latest first. What cannot be read counts as none, and it is told why. */
export async function readKnownLogins(
  store: SessionStore,
  tellWhy: (why: string) => void,
): Promise<readonly KnownLogin[]> {
  try {
    const text = await store.read(KEY);
    return text === null ? [] : decode(text);
  } catch (error) {
    tellWhy(error instanceof Error ? error.message : String(error));
    return [];
  }
}

/** Tells people why no earlier login counts. */
export function unreadableText(why: string): string {
  return `warning: the logins made from this machine cannot be read, and count as none: ${why}`;
}

/**
 * Remembers a login that was made, or whose session was found alive, or forgets it; gives what was known of it before.
 * @throws StoreError where the store cannot be read or written to
 */
export async function rememberLogin(
  store: SessionStore,
  login: KnownLogin,
  change: 'made' | 'found' | 'gone' = 'made',
): Promise<KnownLogin | undefined> {
  return store.withLock(
    KEY,
    async (lease) => {
      const text = await store.read(KEY);
      const all = text === null ? [] : decode(text);
      const earlier = all.find((other) => idOf(other) === idOf(login));
      const others = all.filter((other) => other !== earlier);
      const now =
        change === 'found' && earlier !== undefined ? { ...login, extras: provenExtras(login, earlier) } : login;
      const logins = change === 'gone' ? others : [now, ...others].slice(0, MOST);
      await lease.write(KEY, JSON.stringify({ v: 1, logins }), { expiresAtMs: Date.now() + LIFE_MS });
      return earlier;
    },
    { waitMs: LOCK_MS },
  );
}

/** With what a session was made stays with it: of what is named later nobody knows whether the service takes it. */
function provenExtras({ system, extras }: KnownLogin, earlier: KnownLogin): KnownLogin['extras'] {
  const proven = cliSystems[system].required.map((name) => [name, earlier.extras[name]]);
  return { ...extras, ...Object.fromEntries(proven) };
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
