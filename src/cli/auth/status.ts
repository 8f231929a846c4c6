import type { SystemName } from '../../sandbox/systems.ts';
import { durationText, lifeText } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import type { Settings } from '../settings/settings.ts';
import { nounOf } from '../settings/systems.ts';
import { aboutSession } from './about.ts';

interface StatusFlags extends SessionFlags {
  readonly verify?: true;
}

/** `latchkey auth status`: who, where, until when, kept where and how, and what the account has been through. Logs in to nothing. */
export async function status(system: string | undefined, flags: StatusFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, { ...flags, input: false }, io, { purpose: 'status' });
  const { settings, client } = opened;
  const { signal } = io;
  const found = await client.session.status({ signal });
  const { name, title } = settings.system;
  // Zuora REST has no call that only asks, and what nobody asked must not be called verified.
  const canAsk = name !== 'zuora-rest';
  if (flags.verify && !canAsk) io.note(`${title} cannot be asked whether a session lives: this is what is known here`);
  const asks = flags.verify && canAsk && found.state === 'live';
  const verified = asks ? await client.session.verify({ signal }) : null;
  const isLive = found.state === 'live' && verified !== false;
  const { store, storeFailure, session, loginsInLastHour, quarantinedUntilMs } = found;
  const state = isLive
    ? `live ${lifeText(session?.expiresAtMs ?? null)}${verified ? ', as the service has just said' : ''}`
    : found.state === 'live'
      ? 'refused by the service'
      : 'none';
  const rows: readonly (readonly [string, string])[] = [
    ['system', `${name} (${title})`],
    ['user', settings.user],
    ['where', settings.baseUrl],
    ...extrasOf(settings),
    ...(settings.profile === undefined ? [] : ([['profile', settings.profile]] as const)),
    ['session', session && isLive ? `${state}, id ${session.id}` : state],
    ['store', `${store.kind}${store.location === null ? '' : ` ${store.location}`}`],
    ['protection', store.protection],
    ...(storeFailure === null ? [] : ([['store failure', storeFailure]] as const)),
    ['logins', `${loginsInLastHour} in the last hour${loginsInLastHour === 0 ? '' : countedText(name)}`],
    [
      'quarantine',
      quarantinedUntilMs === null ? 'none' : `refused credentials are not sent ${lifeText(quarantinedUntilMs)}`,
    ],
  ];
  const text = rows.map(([label, value]) => `${`${label}:`.padEnd(15)}${value}`).join('\n');
  const fields = { ...aboutSession(settings, found), verified };
  if (isLive) {
    const left = session?.expiresAtMs == null ? '' : ` for ${durationText(session.expiresAtMs - Date.now())}`;
    return { code: 'OK', message: `${settings.user} is logged in to ${name}${left}`, text, fields };
  }
  const hint = `latchkey auth login ${settings.profile === undefined ? name : `--profile ${settings.profile}`}`;
  return {
    code: 'ERR_NOT_LOGGED_IN',
    message: `${settings.user} is not logged in to ${name}`,
    text: `${text}\n\nLog in with: ${hint}`,
    fields,
  };
}

function extrasOf({ system, extras }: Settings): readonly (readonly [string, string])[] {
  return system.extras.flatMap((name) => (extras[name] === undefined ? [] : [[nounOf(name), extras[name]] as const]));
}

/** What is counted: an account of Zuora is one for both of its APIs. */
function countedText(name: SystemName): string {
  const whole = name.startsWith('zuora-') ? ' of this account, to Zuora REST and SOAP together' : '';
  return `${whole}, failed ones too`;
}
