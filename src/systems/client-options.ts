import { badArgument, refuseUnknownOptions } from '../errors.ts';
import { type EventBody, type EventListener, eventReporter } from '../events.ts';
import {
  DEFAULT_LOGIN_BUDGET,
  DEFAULT_QUARANTINE,
  type LoginBudget,
  type QuarantinePolicy,
} from '../keeper/account-ledger.ts';
import { badCredentials, type CredentialsOption, isAsked } from '../keeper/credentials.ts';
import { createKeeper, type SessionKeeper } from '../keeper/keeper.ts';
import type { Clock } from '../keeper/options.ts';
import type { SessionSource } from '../keeper/source.ts';
import { createRedactor, type Redactor } from '../redact.ts';
import { createMemoryStore } from '../stores/memory.ts';
import type { SessionStore } from '../stores/store.ts';
import { checkBaseUrl } from '../transport/origins.ts';
import { patientSource, type RetryPolicy } from '../transport/retry.ts';
import { createSender, type Sender } from '../transport/send.ts';

export { handleOf, type SessionHandle } from './session-handle.ts';

/** Options that every system's client takes. */
export interface ClientOptions<C> {
  /**
   * What to log in with: a value, or a function asked at each login (then `identity` is required).
   * Left out, sessions are only adopted from the store. Never stored, never printed.
   */
  readonly credentials?: CredentialsOption<C>;
  /** Where the session rests between calls. @default a memory store of this client's own */
  readonly store?: SessionStore;
  /** What sends requests. @default the global `fetch`, looked up at each call */
  readonly fetch?: typeof fetch;
  /** Where the time comes from. @default the machine's clock */
  readonly clock?: Clock;
  /** Jitter's dice, from 0 to below 1. @default Math.random */
  readonly random?: () => number;
  /** Hears of logins, refusals, replays and warnings. */
  readonly onEvent?: EventListener;
  /** Longest login, renewal, verification or logout, in ms. @default 30_000 */
  readonly loginTimeoutMs?: number;
  /** Most logins of the account within `loginBudgetWindowMs`: a whole number up to 1,000,000. @default 10 */
  readonly loginBudgetMax?: number;
  /** @default 600_000 (10 minutes) */
  readonly loginBudgetWindowMs?: number;
  /** How long refused credentials are not sent again, in ms; doubles with each further denial up to 24 hours. @default 3_660_000 (61 minutes) */
  readonly quarantineMs?: number;
  /**
   * How often a call is sent again at most, with pauses that grow and are drawn by `random`, when the service cannot be reached, answers 502,
   * 503 or 504, or limits calls (then after what it asks for): a whole number up to 10; 0 for never. Calls that are no GET, HEAD, OPTIONS, PUT
   * or DELETE are sent again only where the failure proves that they were not done. @default 2
   */
  readonly retries?: number;
  /** No retry begins later than this after a call's first failure, in ms. @default 30_000 */
  readonly retryWithinMs?: number;
  /** Allows plain http to other machines, where anybody on the way can read credentials and sessions. @default false */
  readonly allowInsecure?: boolean;
}

/** The names of {@link ClientOptions}, for each system to add its own to. */
export const CLIENT_OPTIONS = {
  credentials: true,
  store: true,
  fetch: true,
  clock: true,
  random: true,
  onEvent: true,
  loginTimeoutMs: true,
  loginBudgetMax: true,
  loginBudgetWindowMs: true,
  quarantineMs: true,
  retries: true,
  retryWithinMs: true,
  allowInsecure: true,
} as const satisfies Record<keyof ClientOptions<never>, true>;

/** What each system's factory builds upon. */
export interface ClientParts<C> {
  readonly baseUrl: string;
  readonly fetch: typeof fetch;
  readonly nowMs: () => number;
  readonly redactor: Redactor;
  readonly sender: Sender;
  readonly retry: RetryPolicy;
  /** Tells `onEvent`. */
  report(event: EventBody): void;
  openKeeper<F>(source: SessionSource<C, F>): SessionKeeper<F>;
}

// What is the same for all clients that say nothing else is made once: programs may have tens of thousands of them.
const MACHINE_CLOCK: Clock = { nowMs: () => Date.now() };
const globalFetch: typeof fetch = (input, init) => globalThis.fetch(input, init);

/**
 * Checks the common options and lays out the parts.
 * @throws TypeError with code `ERR_BASE_URL`, `ERR_INSECURE_URL` or `ERR_OPTION`
 */
export function layOutClient<C>(
  system: string,
  options: ClientOptions<C> & { readonly baseUrl: string },
  known: Readonly<Record<string, true>>,
): ClientParts<C> {
  const baseUrl = checkBaseUrl(options?.baseUrl, options?.allowInsecure ?? false);
  refuseUnknownOptions(system, options, known);
  functionsOf('fetch', options.fetch);
  functionsOf('random', options.random);
  functionsOf('onEvent', options.onEvent);
  functionsOf('clock', options.clock, ['nowMs']);
  functionsOf('store', options.store, ['read', 'write', 'remove', 'withLock']);
  const { clock = MACHINE_CLOCK, fetch: ownFetch = globalFetch, random = Math.random } = options;
  const credentials = copied(options.credentials);
  const nowMs = timeOf(clock);
  const redactor = createRedactor();
  const report = options.onEvent ? maskedReporter(eventReporter(system, options.onEvent, nowMs), redactor) : tellNobody;
  const loginTimeoutMs = positive('loginTimeoutMs', options.loginTimeoutMs, 30_000);
  const loginBudget = loginBudgetOf(options);
  const quarantine = quarantineOf(options);
  const store = options.store ?? createMemoryStore();
  const retry: RetryPolicy = {
    retries: wholeNumber('retries', options.retries, 10, 0) ?? 2,
    withinMs: positive('retryWithinMs', options.retryWithinMs, 30_000),
    random,
    report,
  };
  return {
    baseUrl,
    fetch: ownFetch,
    nowMs,
    redactor,
    sender: createSender({ system, fetch: ownFetch, redactor, nowMs }),
    retry,
    report,
    openKeeper: (source) =>
      createKeeper({
        // A login that waits for longer than it may take would only be cut off.
        source: patientSource(source, retry.withinMs > loginTimeoutMs ? { ...retry, withinMs: loginTimeoutMs } : retry),
        credentials,
        store,
        redactor,
        clock,
        random,
        report,
        loginTimeoutMs,
        loginBudget,
        quarantine,
      }),
  };
}

/** Whoever changes the object later changes it for nobody: who logs in, and where the session rests, was decided by what it said. */
function copied<C>(credentials: CredentialsOption<C> | undefined): CredentialsOption<C> | undefined {
  return typeof credentials === 'object' && credentials !== null ? { ...credentials } : credentials;
}

function loginBudgetOf({ loginBudgetMax, loginBudgetWindowMs }: ClientOptions<unknown>): LoginBudget {
  const { max, windowMs } = DEFAULT_LOGIN_BUDGET;
  if (loginBudgetMax === undefined && loginBudgetWindowMs === undefined) return DEFAULT_LOGIN_BUDGET;
  return {
    max: wholeNumber('loginBudgetMax', loginBudgetMax, 1_000_000) ?? max,
    windowMs: positive('loginBudgetWindowMs', loginBudgetWindowMs, windowMs),
  };
}

function quarantineOf({ quarantineMs }: ClientOptions<unknown>): QuarantinePolicy {
  const { firstMs, maxMs } = DEFAULT_QUARANTINE;
  if (quarantineMs === undefined) return DEFAULT_QUARANTINE;
  const chosenMs = positive('quarantineMs', quarantineMs, firstMs);
  return { firstMs: chosenMs, maxMs: Math.max(chosenMs, maxMs) };
}

function timeOf(clock: Clock): () => number {
  return clock === MACHINE_CLOCK ? clock.nowMs : () => clock.nowMs();
}

/** Warnings may quote what a service has said. */
function maskedReporter(tell: (event: EventBody) => void, redactor: Redactor): (event: EventBody) => void {
  return (event) => tell(event.type === 'warning' ? { ...event, message: redactor.text(event.message) } : event);
}

function tellNobody(): void {}

/** Checks an option that is a function, or has some. @throws TypeError with code `ERR_OPTION` */
function functionsOf(name: string, value: unknown, members?: readonly string[]): void {
  if (value === undefined) return;
  const isFunction = (found: unknown): boolean => typeof found === 'function';
  const has = (member: string): boolean =>
    typeof value === 'object' && value !== null && isFunction(Reflect.get(value, member));
  if (members ? members.every(has) : isFunction(value)) return;
  throw badArgument(
    'ERR_OPTION',
    `${name} must ${members ? `have the functions ${members.join(', ')}` : 'be a function'}`,
  );
}

/** The longest time that an option may say, 100 years: longer ones fit into no date. */
const MOST = 3.2e12;

/** A number option that must be above zero. @throws TypeError with code `ERR_OPTION` */
export function positive(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (typeof value === 'number' && value > 0 && value <= MOST) return value;
  throw badArgument('ERR_OPTION', `${name} must be a number above 0 and at most ${MOST}`);
}

/** A number option that must be whole, from `least` to `most`. @throws TypeError with code `ERR_OPTION` */
export function wholeNumber(name: string, value: number | undefined, most: number, least = 1): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
  throw badArgument('ERR_OPTION', `${name} must be a whole number from ${least} to ${most}`);
}

/** Options that must be texts, and not empty ones. @throws TypeError with code `ERR_OPTION` */
export function texts(options: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || (typeof value === 'string' && value !== '')) continue;
    throw badArgument('ERR_OPTION', `${name} must be a text that is not empty`);
  }
}

/** An option that must be one of some words. @throws TypeError with code `ERR_OPTION` */
export function oneOf<W extends string>(name: string, value: W | undefined, words: readonly W[]): W | undefined {
  if (value === undefined || words.includes(value)) return value;
  throw badArgument('ERR_OPTION', `${name} must be ${words.map((word) => `'${word}'`).join(' or ')}`);
}

/**
 * Who logs in: the `identity` option, else read from credentials given as a value.
 * @throws TypeError with code `ERR_OPTION`, or `ERR_CREDENTIALS` where the credentials do not say
 */
export function whoLogsIn<C extends object>(
  system: string,
  { identity, credentials }: { readonly identity?: string | undefined } & Pick<ClientOptions<C>, 'credentials'>,
  form: string,
  read: (credentials: C) => string | undefined,
): string {
  texts({ identity });
  if (identity !== undefined) return identity;
  if (credentials === undefined || isAsked(credentials)) {
    throw badArgument(
      'ERR_OPTION',
      'identity is required when credentials are a function or left out: it says whose session to look for',
    );
  }
  const who: unknown = typeof credentials === 'object' && credentials !== null ? read(credentials) : undefined;
  if (typeof who === 'string' && who !== '') return who;
  throw badCredentials(system, form);
}
