import { isoOf, lifeText } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { rememberLogin } from '../settings/known-logins.ts';
import { knownOf } from '../settings/settings.ts';
import { aboutLogin } from './about.ts';

interface LogoutFlags extends SessionFlags {
  readonly clearQuarantine?: true;
}

/** `latchkey auth logout`: ends the session where the service can, wipes it from the store, and forgets the login. */
export async function logout(system: string | undefined, flags: LogoutFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, { ...flags, input: false }, io);
  const { settings, client } = opened;
  const { signal } = io;
  const { state } = await client.session.status({ signal });
  const { endedAtService, mayLiveUntilMs } = await client.session.logout({ signal });
  if (flags.clearQuarantine) await client.session.clearQuarantine({ signal });
  await rememberLogin(opened.local, knownOf(settings), true).catch(() => {});
  const { title } = settings.system;
  const there =
    state !== 'live'
      ? 'there was no live session'
      : endedAtService === true
        ? `${title} ended the session`
        : mayLiveUntilMs === null
          ? `${title} was not asked to end the session, and it may live on there`
          : `at ${title} the session may live on ${lifeText(mayLiveUntilMs)}`;
  return {
    code: 'OK',
    message: `${settings.user} is logged out of ${settings.system.name}: ${there}`,
    fields: {
      ...aboutLogin(settings),
      wasLive: state === 'live',
      endedAtService,
      mayLiveUntil: isoOf(mayLiveUntilMs),
    },
  };
}
