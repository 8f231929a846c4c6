import type { KeeperStatus } from '../../keeper/keeper.ts';
import { isoOf } from '../life.ts';
import type { Settings } from '../settings/settings.ts';

/** Whose session it is, and what is known of it, as JSON outputs have it. Holds no secret. */
export function aboutSession(settings: Settings, status: KeeperStatus): object {
  const { session, store, storeFailure, quarantinedUntilMs, loginsInLastHour, state } = status;
  return {
    ...aboutLogin(settings),
    state,
    session: session && { id: session.id, revision: session.revision },
    expiresAt: isoOf(session?.expiresAtMs ?? null),
    store: { ...store, failure: storeFailure },
    loginsInLastHour,
    quarantinedUntil: isoOf(quarantinedUntilMs),
  };
}

/** Whose session it is. */
export function aboutLogin({ system, profile, baseUrl, user, extras }: Settings): object {
  return { system: system.name, profile: profile ?? null, baseUrl, user, ...extras };
}
