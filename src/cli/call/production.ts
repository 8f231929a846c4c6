import { badArgument } from '../../errors.ts';
import type { Asker } from '../asker.ts';
import { profileFile } from '../settings/places.ts';
import { readProfiles } from '../settings/profile-file.ts';
import type { Settings } from '../settings/settings.ts';
import type { RestOperation, SoapOperation } from './operations.ts';

/** Whether a call may change something at the service. */
export function isUnsafe(operation: RestOperation | SoapOperation): boolean {
  if (operation.kind === 'soap') return !/^(?:query|get|describe|retrieve)/i.test(operation.name);
  const { method } = operation.facts;
  return method !== 'GET' && method !== 'HEAD';
}

/**
 * Lets an unsafe call go to production only if somebody says so.
 * @returns false where a person said no
 * @throws TypeError with code `ERR_USAGE` where nobody can be asked
 */
export async function maySend(settings: Settings, name: string, asker: Asker | undefined): Promise<boolean> {
  const profile = await productionProfile(settings);
  if (profile === undefined) return true;
  const where = settings.baseUrl ?? settings.system.title;
  if (asker === undefined) {
    throw badArgument(
      'ERR_USAGE',
      `${name} may change data at ${where}, which the profile ${profile} marks as production: give --yes to send it`,
    );
  }
  return asker.confirm(`${name} may change data at ${where}, which is production (${profile}). Send it?`);
}

/** The profile that marks the place as production: the one that is used, or any other for the same place. */
async function productionProfile(settings: Settings): Promise<string | undefined> {
  const { profile: used, isProduction, system, baseUrl } = settings;
  if (isProduction) return used ?? system.name;
  const { profiles } = await readProfiles(profileFile(process.env));
  for (const [name, profile] of profiles) {
    if (!profile.production || profile.system !== system.name) continue;
    if (name === used || sameAddress(profile.baseUrl, baseUrl)) return name;
  }
  return undefined;
}

function sameAddress(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return URL.canParse(a) && URL.canParse(b) && new URL(a).host === new URL(b).host;
}
