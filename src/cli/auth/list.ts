import type { SystemName } from '../../sandbox/systems.ts';
import { createFileStore } from '../../stores/file.ts';
import { isoOf, lifeText } from '../life.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import { openClient } from '../session-client.ts';
import { type KnownLogin, readKnownLogins, unreadableText } from '../settings/known-logins.ts';
import { profileFile } from '../settings/places.ts';
import { readProfiles } from '../settings/profile-file.ts';
import type { Settings } from '../settings/settings.ts';
import { openStore, withoutPassword } from '../settings/store-choice.ts';
import { cliSystems, type ExtraName, nounOf } from '../settings/systems.ts';
import { renderTable } from '../table.ts';

/** `latchkey auth list`: the logins made from this machine, and the profiles. Nothing is sent. */
export async function list(io: VerbIo): Promise<Outcome> {
  const local = createFileStore();
  const { profiles, default: chosen } = await readProfiles(profileFile(process.env));
  let failure: string | null = null;
  const known = await readKnownLogins(local, (why) => {
    failure = why;
    io.note(unreadableText(why));
  });
  const logins = await Promise.all(
    known.map(async (login) => {
      const { system, user, baseUrl, extras, profile, store } = login;
      const found = await lookAt(login);
      return {
        system,
        user,
        baseUrl,
        ...extras,
        profile: profile ?? null,
        store: withoutPassword(store),
        ...found,
      };
    }),
  );
  const named = [...profiles].map(([name, { system, user, baseUrl }]) => ({
    name,
    system,
    user: user ?? null,
    baseUrl: baseUrl ?? null,
    isDefault: name === chosen,
  }));
  const tables = [
    loginTable(
      logins.map(({ state, expiresAtMs, ...login }) => ({
        ...login,
        session: state === 'live' ? `live ${lifeText(expiresAtMs)}` : state,
      })),
    ),
    renderTable(
      ['profile', 'system', 'user', 'where'],
      named.map(({ name, system, user, baseUrl, isDefault }) => [
        isDefault ? `${name} (default)` : name,
        system,
        user ?? '',
        baseUrl ?? '',
      ]),
    ),
  ];
  const filled = tables.filter((_, index) => [logins, named][index]?.length !== 0);
  const message = `${logins.length} logins, ${named.length} profiles`;
  return {
    code: 'OK',
    message,
    text:
      filled.length > 0
        ? filled.join('\n\n')
        : failure === null
          ? NOTHING
          : 'No login can be read, and there is no profile.',
    fields: {
      failure,
      logins: logins.map(({ expiresAtMs, ...login }) => ({ ...login, expiresAt: isoOf(expiresAtMs) })),
      profiles: named,
    },
  };
}

const NOTHING = `No login is remembered here, and there is no profile.

Log in with: latchkey auth login
Make a profile with: latchkey init`;

interface LoginRow extends Partial<Readonly<Record<ExtraName, string>>> {
  readonly system: SystemName;
  readonly user: string;
  readonly baseUrl: string;
  readonly store: string;
  readonly session: string;
}

/** The logins, with what tells them apart where some have it. */
function loginTable(logins: readonly LoginRow[]): string {
  const extrasOf = (login: LoginRow): string =>
    cliSystems[login.system].extras
      .flatMap((name) => (login[name] === undefined ? [] : [`${nounOf(name)} ${login[name]}`]))
      .join(', ');
  const isWanted = { for: logins.some((login) => extrasOf(login) !== ''), store: logins.some(isElsewhere) };
  const head = ['system', 'user', 'where', ...(isWanted.for ? ['for'] : []), ...(isWanted.store ? ['store'] : [])];
  const rows = logins.map((login) => [
    ...[login.system, login.user, login.baseUrl],
    ...(isWanted.for ? [extrasOf(login)] : []),
    ...(isWanted.store ? [login.store] : []),
    login.session,
  ]);
  return renderTable([...head, 'session'], rows);
}

function isElsewhere({ store }: LoginRow): boolean {
  return store !== 'file';
}

/** What the store has of a login now. */
async function lookAt(login: KnownLogin): Promise<{ readonly state: string; readonly expiresAtMs: number | null }> {
  const settings: Settings = {
    system: cliSystems[login.system],
    profile: login.profile,
    baseUrl: login.baseUrl,
    user: login.user,
    extras: login.extras,
    secret: undefined,
    totp: undefined,
    store: login.store,
    sessionTimeoutMs: undefined,
    allowInsecure: login.allowInsecure ?? false,
    productionProfile: undefined,
  };
  try {
    await using opened = await openStore(login.store);
    await using client = await openClient(settings, { store: opened.store, readStdin: async () => '' });
    const { state, session, storeFailure } = await client.session.status();
    return { state: storeFailure === null ? state : 'unknown', expiresAtMs: session?.expiresAtMs ?? null };
  } catch {
    return { state: 'unknown', expiresAtMs: null };
  }
}
