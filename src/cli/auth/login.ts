import { isoOf, lifeText } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { rememberLogin } from '../settings/known-logins.ts';
import { knownOf } from '../settings/settings.ts';
import { aboutSession } from './about.ts';

interface LoginVerbFlags extends SessionFlags {
  readonly force?: true;
  /** Whether what gives the secret is tried: a login is made with it, though a session may live. */
  readonly isTrial?: boolean;
}

/** `latchkey auth login`: a live session is kept; else the secret is had from wherever it is, and one login is made. */
export async function login(system: string | undefined, flags: LoginVerbFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, flags, io, { isLogin: true });
  const { settings, client } = opened;
  const { signal } = io;
  const isForced = flags.force || (flags.isTrial && settings.secret !== undefined);
  const before = isForced ? undefined : await client.session.status({ signal });
  const isThere = before?.state === 'live';
  if (!isThere) await opened.askSecretIfNeeded();
  const session = await opened.loggingIn(() =>
    isForced ? client.session.login({ signal }) : client.session.get({ signal }),
  );
  await rememberLogin(opened.local, knownOf(settings)).catch((error: unknown) => {
    io.note(`warning: the login is not remembered: ${error instanceof Error ? error.message : String(error)}`);
  });
  const status = await client.session.status({ signal });
  const isNew = opened.events.some(({ type }) => type === 'login');
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
    text: `${message}.\n${kept}`,
    fields: { ...aboutSession(settings, status), isNew, obtainedAt: isoOf(session.obtainedAtMs) },
  };
}
