import type { Command } from 'commander';
import type { Asker } from './asker.ts';
import type { Settings } from './settings/settings.ts';

/** A flag of verbs that may do harm in production. */
export interface ProductionFlags {
  readonly yes?: boolean;
}

/** Lays out the flag of verbs that may do harm in production. */
export function productionFlag(verb: Command): Command {
  return verb.option('--yes', 'go on in production without asking');
}

/** What is about to be done, and who may say yes to it. */
export interface Deed {
  /** The beginning of a sentence that a place ends: "lockUser may change data at". */
  readonly what: string;
  readonly isYes: boolean;
  /** How somebody says yes beforehand. */
  readonly yes?: string;
  /** Whoever can be asked. */
  readonly asker: Asker | undefined;
}

/** Somebody must say yes first, and nobody has. */
class NotConfirmed extends Error {
  readonly code = 'ERR_NOT_CONFIRMED';
}

/**
 * Lets what may do harm go on in a place that a profile marks as production only if somebody says so: beforehand, or when asked.
 * @throws Error with code `ERR_NOT_CONFIRMED` where somebody said no, or nobody can be asked
 */
export async function confirmInProduction(
  { productionProfile, baseUrl }: Pick<Settings, 'productionProfile' | 'baseUrl'>,
  { what, isYes, yes = '--yes', asker }: Deed,
): Promise<void> {
  if (productionProfile === undefined || isYes) return;
  const deed = `${what} ${baseUrl}`;
  if (asker === undefined) {
    const mark = `which the profile ${productionProfile} marks as production`;
    throw new NotConfirmed(`${deed}, ${mark}: nobody can be asked, so say ${yes} if that is meant`);
  }
  if (await asker.confirm(`${deed}, which is production (${productionProfile}). Go on?`)) return;
  throw new NotConfirmed('Nothing was done: the answer was no');
}
