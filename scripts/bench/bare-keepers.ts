import { createKeeper, type SessionKeeper } from '../../src/keeper/keeper.ts';
import type { SessionSource } from '../../src/keeper/source.ts';
import { createRedactor } from '../../src/redact.ts';
import type { SessionStore } from '../../src/stores/store.ts';

/** What logs in to the service that these keepers pretend to have. */
interface Credentials {
  readonly user: string;
  readonly password: string;
}

type Facts = Readonly<Record<string, never>>;

/** A keeper of a service whose login takes no time: what is left is what the keeper and its store take. */
export type BareKeeper = SessionKeeper<Facts>;

const FACTS: Facts = {};
const fingerprintOf = ({ user, password }: Credentials): readonly string[] => [user, password];
const secretsOf = ({ password }: Credentials): readonly string[] => [password];
const readFacts = (): Facts => FACTS;
const clock = { nowMs: () => Date.now() };
const report = (): void => {};
// The budget is never used up, and its window so short that the book of logins stays short.
const loginBudget = { max: 1_000_000, windowMs: 5 };
const quarantine = { firstMs: 3_660_000, maxMs: 86_400_000 };
// Masking is what clients have it for, each its own; here nothing is ever printed.
const redactor = createRedactor();
let begun = 0;

/** Opens the keeper of one identity. */
export function openBareKeeper(user: string, store: SessionStore): BareKeeper {
  const source: SessionSource<Credentials, Facts> = {
    system: 'bench',
    identity: ['https://api.bench.test', user],
    account: ['https://api.bench.test', user],
    lifetime: { kind: 'fixed', ms: 3_600_000 },
    credentialsForm: '{ user, password }',
    fingerprintOf,
    secretsOf,
    readFacts,
    login,
  };
  const credentials = { user, password: 'not-a-real-password' };
  const own = { source, credentials, store };
  return createKeeper({
    ...own,
    redactor,
    clock,
    random: Math.random,
    report,
    loginTimeoutMs: 30_000,
    loginBudget,
    quarantine,
  });
}

const login: SessionSource<Credentials, Facts>['login'] = (_credentials, io) =>
  io.spend(async () => {
    begun += 1;
    return { secret: `bench-session-${begun}`.padEnd(64, 'qT7vXw0aLs9'), facts: FACTS };
  });
