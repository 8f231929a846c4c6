import { mostAccounts, mostDays, mostMs } from './bounds.ts';
import { badArgument } from './systems.ts';

const minuteMs = 60_000;

// What settings with a closed list of values take.
const choices: Readonly<Record<string, readonly (string | number)[]>> = {
  token: ['opaque', 'jwt'],
  errorBody: ['json', 'empty', 'html'],
  cookieLife: ['session', 'each-value'],
  subStatusOnSuccess: ['always', 'never'],
  sessionTimeoutMs: [15, 30, 60, 120, 240, 480].map((minutes) => minutes * minuteMs),
  maximumInvalidLoginAttempts: [3, 4, 5, 6, 7, 8, 9, 10],
  lockoutMs: [20, 30, 60].map((minutes) => minutes * minuteMs),
  lockedAnswer: ['as-wrong-password', 'named'],
  passwordExpirationDays: [0, 30, 60, 90],
  refusalForm: ['sign-in-first', 'authentication-error', 'gateway'],
  longIdempotencyKey: ['refused', 'ignored'],
  badTrackId: ['echoed', 'ignored'],
  rateLimits: ['off', 'production', 'developer-sandbox', 'api-sandbox'],
  serverUrlScheme: ['as-called', 'http'],
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
    if (allowed !== undefined && !allowed.some((choice) => choice === value)) {
      throw badArgument('BAD_SETTING', `setting "${name}" must be one of ${allowed.join(', ')}`);
    }
    if (typeof value !== 'number') continue;
    const { min = 0, max, isWhole = false } = rangeOf(name);
    if (value < min || value > max || (isWhole && !Number.isInteger(value))) {
      throw badArgument(
        'BAD_SETTING',
        `setting "${name}" must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`,
      );
    }
  }
}

/** What a setting that is a number may be, by the unit in its name. */
function rangeOf(name: string): { min?: number; max: number; isWhole?: boolean } {
  if (name.endsWith('Status')) return { min: 200, max: 599, isWhole: true };
  if (name.endsWith('Ms')) return { max: mostMs };
  if (name.endsWith('Days')) return { max: mostDays };
  return { max: name === 'accountCount' ? mostAccounts : Number.MAX_SAFE_INTEGER, isWhole: true };
}

function formOf(value: unknown): string {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? 'list of strings' : 'mixed list';
  if (typeof value === 'number') return value >= 0 ? 'number, zero or more' : 'negative number';
  return typeof value;
}
