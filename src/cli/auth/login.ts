import { isoOf, lifeText } from '../life.ts';
import { type OpenSession, openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { type KnownLogin, rememberLogin } from '../settings/known-logins.ts';
import { knownOf, type Settings } from '../settings/settings.ts';
import { sharedNounOf } from '../settings/systems.ts';
import { aboutSession } from './about.ts';

interface LoginVerbFlags extends SessionFlags {
  readonly force?: true;
  /** Whether what gives the secret is tried: a login is made with it, though a session may live. */
  readonly isTrial?: boolean;
}

/** `latchkey auth login`: a live session is kept; else the secret is had from wherever it is, and one login is made. */
export async function login(system: string | undefined, flags: LoginVerbFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, flags, io, { purpose: 'login' });
  const { settings, client } = opened;
  const { signal } = io;
  const isForced = flags.force || (flags.isTrial && settings.secret !== undefined);
  const before = isForced ? undefined : await client.session.status({ signal });
  const isThere = before?.state === 'live';
  if (!isThere) await opened.askSecretIfNeeded();
  const session = await opened.loggingIn(() =>
    isForced ? client.session.login({ signal }) : client.session.get({ signal }),
  );
  const status = await client.session.status({ signal });
  // What rests nowhere cannot be found again.
  const isKept = status.storeFailure === null && status.store.kind !== 'memory';
  const isNew = opened.events.some(({ type }) => type === 'login');
  const earlier = isKept ? await remember(opened, isNew, io) : undefined;
  const what = isNew ? 'Logged in to' : 'Already logged in to';
  const message = `${what} ${settings.system.name} as ${settings.user} at ${settings.baseUrl}; the session lives ${lifeText(session.expiresAtMs)}`;
  const { store, storeFailure } = status;
  const kept =
    storeFailure === null
      ? `It rests in ${store.location ?? `the ${store.kind} store`} (${store.protection}).`
      : `It is kept nowhere, and the next command logs in anew: ${storeFailure}`;
  return {
    code: 'OK',
    message,
    text: `${message}.\n${kept}${isNew ? '' : untriedText(settings, earlier)}`,
    fields: { ...aboutSession(settings, status), isNew, obtainedAt: isoOf(session.obtainedAtMs) },
  };
}

async function remember({ local, settings }: OpenSession, isNew: boolean, io: VerbIo): Promise<KnownLogin | undefined> {
  try {
    return await rememberLogin(local, knownOf(settings), isNew ? 'made' : 'found');
  } catch (error) {
    io.note(`warning: the login is not remembered: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** A live session was not made for the application or the account that is named now, and nothing was sent. */
function untriedText({ system, user, extras }: Settings, earlier: KnownLogin | undefined): string {
  const noun = sharedNounOf(system, extras);
  if (noun === undefined || earlier === undefined) return '';
  const { currentApp, accountId } = extras;
  if (earlier.extras.currentApp === currentApp && earlier.extras.accountId === accountId) return '';
  return `\nIt is the session of ${user} for each ${noun}: whether ${currentApp ?? accountId} is let in was not tried.`;
}
