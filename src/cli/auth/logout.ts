import { askerAt } from '../asker.ts';
import { isoOf, lifeText } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import { confirmInProduction, type ProductionFlags } from '../production.ts';
import type { SessionFlags } from '../session-flags.ts';
import { rememberLogin } from '../settings/known-logins.ts';
import { knownOf } from '../settings/settings.ts';
import { sharedNounOf } from '../settings/systems.ts';
import { aboutLogin } from './about.ts';

interface LogoutFlags extends SessionFlags, ProductionFlags {
  readonly clearQuarantine?: true;
}

/**
 * `latchkey auth logout`: ends the session where the service can, wipes it from the store, and forgets the login.
 * @param yes how whoever asks for it says yes beforehand
 */
export async function logout(
  system: string | undefined,
  flags: LogoutFlags,
  io: VerbIo,
  yes?: string,
): Promise<Outcome> {
  await using opened = await openSession(system, { ...flags, input: false }, io);
  const { settings, client } = opened;
  const { signal } = io;
  await confirmInProduction(settings, {
    what: 'Logging out ends the session for everybody who uses it at',
    isYes: flags.yes === true,
    asker: askerAt(io, flags),
    ...(yes !== undefined && { yes }),
  });
  const { state, quarantinedUntilMs } = await client.session.status({ signal });
  const { endedAtService, mayLiveUntilMs } = await client.session.logout({ signal });
  if (flags.clearQuarantine) await client.session.clearQuarantine({ signal });
  await rememberLogin(opened.local, knownOf(settings), 'gone').catch(() => {});
  const { title } = settings.system;
  const shared = sharedNounOf(settings.system, settings.extras);
  const all = shared === undefined ? '' : ` for each ${shared}`;
  const there =
    state !== 'live'
      ? 'there was no live session'
      : endedAtService === true
        ? `${title} ended the session`
        : mayLiveUntilMs === null
          ? `${title} was not asked to end the session, and it may live on there`
          : `at ${title} the session may live on ${lifeText(mayLiveUntilMs)}`;
  const quarantine = !flags.clearQuarantine
    ? ''
    : quarantinedUntilMs === null
      ? '; no credentials were in quarantine'
      : '; its refused credentials may be tried again';
  return {
    code: 'OK',
    message: `${settings.user} is logged out of ${settings.system.name}${all}: ${there}${quarantine}`,
    fields: {
      ...aboutLogin(settings),
      wasLive: state === 'live',
      endedAtService,
      mayLiveUntil: isoOf(mayLiveUntilMs),
      ...(flags.clearQuarantine && { quarantineCleared: quarantinedUntilMs !== null }),
    },
  };
}
