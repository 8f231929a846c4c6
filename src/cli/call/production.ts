import { badArgument } from '../../errors.ts';
import type { Asker } from '../asker.ts';
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
  const { productionProfile: profile } = settings;
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
