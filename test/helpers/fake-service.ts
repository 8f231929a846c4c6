import { LoginDeniedError } from '../../src/errors.ts';
import { type EventBody, eventReporter, type LatchkeyEvent } from '../../src/events.ts';
import type { LoginBudget, QuarantinePolicy } from '../../src/keeper/account-ledger.ts';
import type { CredentialsOption } from '../../src/keeper/credentials.ts';
import { createKeeper, type SessionKeeper } from '../../src/keeper/keeper.ts';
import type { Lifetime, Session, SessionNews } from '../../src/keeper/session.ts';
import type { Attempt, SessionSource, SourceIo } from '../../src/keeper/source.ts';
import { createRedactor } from '../../src/redact.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { createManualClock, type Gate, type ManualClock } from './waiting.ts';

/** What logs in to the fake service. */
export interface FakeCredentials {
  readonly user: string;
  readonly password: string;
}

export interface FakeFacts {
  readonly region: string;
}

export const rightCredentials: FakeCredentials = { user: 'ada', password: 'right-password' };

/** What the fake service can do besides logging in. */
export interface FakeServiceOptions {
  readonly lifetime?: Lifetime;
  readonly canRenew?: boolean;
  readonly canVerify?: boolean;
  readonly canEnd?: boolean;
  /** Part of the identity. @default 'ada' */
  readonly who?: string;
}

/** A service in memory, and the source that logs in to it. Sessions live until they are revoked. */
export interface FakeService {
  readonly source: SessionSource<FakeCredentials, FakeFacts>;
  /** The right password; tests change it. */
  password: string;
  /** While set, each login, renewal and verification waits for it before it answers. */
  gate: Gate | undefined;
  /** Thrown by the next login in place of an answer. */
  nextLoginFails: unknown;
  /** Thrown by the next renewal in place of an answer. */
  nextRenewalFails: unknown;
  /** What the next login tells as its expiry. */
  expiresAtMs: number | null | undefined;
  readonly counts: { logins: number; denied: number; renewals: number; verifications: number; ends: number };
  /** The most logins that were ever under way at once. */
  readonly mostLoginsAtOnce: () => number;
  isAlive(secret: string): boolean;
  revoke(secret: string): void;
  revokeAll(): void;
  /** A session that somebody else began. */
  beginElsewhere(): string;
}

export function createFakeService(options: FakeServiceOptions = {}): FakeService {
  const { lifetime = { kind: 'unknown' }, who = 'ada', canRenew = false, canVerify = false, canEnd = false } = options;
  const alive = new Set<string>();
  const counts = { logins: 0, denied: 0, renewals: 0, verifications: 0, ends: 0 };
  let begun = 0;
  let underWay = 0;
  let most = 0;
  const begin = (): string => {
    begun += 1;
    const secret = `fake-secret-${begun}`;
    alive.add(secret);
    return secret;
  };
  const renewal = async (session: Session<FakeFacts>, io: SourceIo): Promise<SessionNews<FakeFacts> | 'refused'> => {
    counts.renewals += 1;
    await service.gate?.passed;
    const failure = service.nextRenewalFails;
    service.nextRenewalFails = undefined;
    if (failure !== undefined) throw failure;
    if (!alive.has(session.secret)) return 'refused';
    return lifetime.kind === 'unknown' ? {} : { expiresAtMs: io.nowMs() + lifetime.ms };
  };

  const source: SessionSource<FakeCredentials, FakeFacts> = {
    system: 'fake',
    identity: ['https://fake.example.test', who],
    account: ['fake', who],
    lifetime,
    credentialsForm: '{ user, password }',
    fingerprintOf: ({ user, password }) => [user, password],
    secretsOf: ({ password }) => [password],
    readFacts: (value) =>
      typeof value === 'object' && value !== null && 'region' in value && typeof value.region === 'string'
        ? { region: value.region }
        : undefined,
    async login({ password }, io) {
      underWay += 1;
      most = Math.max(most, underWay);
      try {
        return await io.spend(async () => {
          counts.logins += 1;
          await service.gate?.passed;
          const failure = service.nextLoginFails;
          service.nextLoginFails = undefined;
          if (failure !== undefined) throw failure;
          if (password !== service.password) {
            counts.denied += 1;
            throw new LoginDeniedError('wrong password', { system: 'fake', reason: 'WRONG' });
          }
          const { expiresAtMs } = service;
          return {
            secret: begin(),
            facts: { region: 'here' },
            ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
          };
        });
      } finally {
        underWay -= 1;
      }
    },
    ...(canRenew ? { renew: renewal } : {}),
    ...(canVerify
      ? {
          async verify(session: Session<FakeFacts>) {
            counts.verifications += 1;
            await service.gate?.passed;
            return alive.has(session.secret);
          },
        }
      : {}),
    ...(canEnd
      ? {
          async end(session: Session<FakeFacts>) {
            counts.ends += 1;
            await service.gate?.passed;
            return { endedAtService: alive.delete(session.secret) };
          },
        }
      : {}),
  };

  const service: FakeService = {
    source,
    password: rightCredentials.password,
    gate: undefined,
    nextLoginFails: undefined,
    nextRenewalFails: undefined,
    expiresAtMs: undefined,
    counts,
    mostLoginsAtOnce: () => most,
    isAlive: (secret) => alive.has(secret),
    revoke: (secret) => void alive.delete(secret),
    revokeAll: () => alive.clear(),
    beginElsewhere: begin,
  };
  return service;
}

/** A call to the fake service: the secret it was answered under, or a refusal. */
export function callOf(
  service: FakeService,
  news?: () => SessionNews<FakeFacts> | undefined,
): Attempt<string, FakeFacts> {
  return async (session) => {
    const { secret } = session;
    await null;
    return service.isAlive(secret)
      ? { verdict: 'accepted', value: secret, news: news?.() }
      : { verdict: 'refused', value: `${secret} refused` };
  };
}

export interface OpenedKeeper {
  readonly keeper: SessionKeeper<FakeFacts>;
  readonly events: readonly LatchkeyEvent[];
  /** The types of the events, warnings with their code. */
  readonly heard: () => string[];
  readonly clock: ManualClock;
  readonly store: SessionStore;
}

export interface OpenKeeperOptions {
  readonly credentials?: CredentialsOption<FakeCredentials> | null;
  readonly store?: SessionStore;
  readonly clock?: ManualClock;
  readonly random?: () => number;
  readonly loginTimeoutMs?: number;
  readonly storeTimeoutMs?: number;
  readonly loginBudget?: LoginBudget;
  readonly quarantine?: QuarantinePolicy;
  readonly onEvent?: (event: LatchkeyEvent) => void;
}

/** Opens a keeper for the fake service; `credentials: null` leaves them out. */
export function openKeeper(service: FakeService, options: OpenKeeperOptions = {}): OpenedKeeper {
  const { clock = createManualClock(), store = createMemoryStore(), credentials = rightCredentials } = options;
  const events: LatchkeyEvent[] = [];
  const report: (event: EventBody) => void = eventReporter(
    service.source.system,
    (event) => {
      events.push(event);
      return options.onEvent?.(event);
    },
    () => clock.nowMs(),
  );
  const keeper = createKeeper({
    source: service.source,
    credentials: credentials ?? undefined,
    store,
    redactor: createRedactor(),
    clock,
    random: options.random ?? (() => 0),
    report,
    loginTimeoutMs: options.loginTimeoutMs ?? 30_000,
    storeTimeoutMs: options.storeTimeoutMs,
    loginBudget: options.loginBudget ?? { max: 10, windowMs: 600_000 },
    quarantine: options.quarantine ?? { firstMs: 3_660_000, maxMs: 86_400_000 },
  });
  const heard = (): string[] =>
    events.map((event) => (event.type === 'warning' ? `warning:${event.code}` : event.type));
  return { keeper, events, heard, clock, store };
}
