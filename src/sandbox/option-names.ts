import { badArgument } from './systems.ts';

/**
 * Refuses options that do not exist, so that a misspelt one is not silently ignored.
 * @param where what they were given to, as the caller wrote it
 * @throws TypeError with code `UNKNOWN_OPTION`
 */
export function checkOptionNames(where: string, given: unknown, known: readonly string[]): void {
  if (given === undefined) return;
  if (typeof given !== 'object' || given === null) {
    throw badArgument('UNKNOWN_OPTION', `${where} takes an object of ${known.join(', ')}`);
  }
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw badArgument('UNKNOWN_OPTION', `${where} has no "${stranger}"; it has ${known.join(', ')}`);
  }
}
