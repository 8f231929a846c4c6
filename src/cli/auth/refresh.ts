import { lifeText } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { aboutSession } from './about.ts';

/** `latchkey auth refresh`: prolongs the session where the service can, else logs in anew. */
export async function refresh(system: string | undefined, flags: SessionFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, flags, io);
  const { settings, client } = opened;
  const { signal } = io;
  const renewsByLogin = settings.system.name !== 'zato-sso';
  const before = await client.session.status({ signal });
  if (renewsByLogin || before.state !== 'live') await opened.askSecretIfNeeded();
  const session = await opened.loggingIn(() => client.session.renew({ signal }));
  const fields = aboutSession(settings, await client.session.status({ signal }));
  const what = before.session?.id === session.id ? 'The session was prolonged' : 'There is a new session';
  return {
    code: 'OK',
    message: `${what} for ${settings.user}; it lives ${lifeText(session.expiresAtMs)}`,
    fields: { ...fields, isNew: before.session?.id !== session.id },
  };
}
