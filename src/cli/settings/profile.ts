import type { SystemName } from '../../sandbox/systems.ts';
import type { SecretSource, TotpSource } from './secret-source.ts';
import type { ExtraName } from './systems.ts';

/** A profile: what belongs to one login, under a name. Holds no secret, only where one comes from. */
export interface Profile extends Partial<Readonly<Record<ExtraName, string>>> {
  readonly system: SystemName;
  readonly baseUrl?: string | undefined;
  /** Who logs in. */
  readonly user?: string | undefined;
  readonly secret?: SecretSource | undefined;
  readonly totp?: TotpSource | undefined;
  /** Where the session rests: as `--store`. */
  readonly store?: string | undefined;
  /** The tenant's session timeout, in ms. */
  readonly sessionTimeoutMs?: number | undefined;
  /** Asks before verbs that may change data. */
  readonly production?: boolean | undefined;
  readonly allowInsecure?: boolean | undefined;
}

/** The profiles of a file. */
export interface Profiles {
  /** Name of the one that is used where none is named. */
  readonly default?: string | undefined;
  readonly profiles: ReadonlyMap<string, Profile>;
}

export const noProfiles: Profiles = { profiles: new Map() };

/** Whether a text can be the name of a profile. */
export function isProfileName(name: string): boolean {
  return /^\w[\w.-]{0,63}$/.test(name) && name !== '__proto__';
}
