import { isoOf } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { aboutLogin } from './about.ts';

/** `latchkey auth token`: prints the session, and nothing else on stdout. */
export async function token(system: string | undefined, flags: SessionFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, flags, io);
  const { settings } = opened;
  const session = await opened.session();
  const { id, revision, secret, expiresAtMs } = session;
  return {
    code: 'OK',
    message: `The session of ${settings.user}`,
    text: secret,
    fields: { ...aboutLogin(settings), token: secret, session: { id, revision }, expiresAt: isoOf(expiresAtMs) },
  };
}
