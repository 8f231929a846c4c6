import { badArgument } from './systems.ts';

// The words that settings with a closed list of values take.
const choices: Readonly<Record<string, readonly string[]>> = {
  token: ['opaque', 'jwt'],
  errorBody: ['json', 'empty', 'html'],
  cookieLife: ['session', 'each-value'],
  subStatusOnSuccess: ['always', 'never'],
};

/**
 * Checks changes to settings against the settings there are, before any is made.
 * @throws TypeError with code `BAD_SETTING`
 */
export function checkSettings(service: string, current: object, changes: object): void {
  const known = new Map<string, unknown>(Object.entries(current));
  for (const [name, value] of Object.entries(changes)) {
    if (!known.has(name)) throw badArgument('BAD_SETTING', `${service} has no setting "${name}"`);
    const wanted = formOf(known.get(name));
    const allowed = choices[name];
    if (formOf(value) !== wanted) throw badArgument('BAD_SETTING', `setting "${name}" must be a ${wanted}`);
    if (allowed !== undefined && !allowed.some((word) => word === value)) {
      throw badArgument('BAD_SETTING', `setting "${name}" must be one of ${allowed.join(', ')}`);
    }
  }
}

function formOf(value: unknown): string {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? 'list of strings' : 'mixed list';
  if (typeof value === 'number') return value >= 0 ? 'number, zero or more' : 'negative number';
  return typeof value;
}
