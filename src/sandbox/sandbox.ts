import { randomBytes } from 'node:crypto';
import { controlAnswer, isControlPath } from './control.ts';
import { type Delivery, type Incoming, incomingFrom, responseFrom } from './exchange.ts';
import { type ListeningSandbox, type ListenOptions, listenOnHttp } from './http-server.ts';
import { type Counts, createJournal, type Journal } from './journal.ts';
import { checkOptionNames } from './option-names.ts';
import { createPulseTwin, defaultPulseSettings, type PulseSettings } from './pulse-crm.ts';
import { defaultPulseUsers } from './pulse-crm-users.ts';
import { nobodyHome, type RunningTwin, runTwin } from './runtime.ts';
import type { ScenarioResult } from './scenario-args.ts';
import { createSecretLedger, type SecretLedger } from './secrets.ts';
import { createSeededRandom } from './seeded-random.ts';
import { checkSettings } from './settings.ts';
import { badArgument, isSystemName, type SystemName, systemNames } from './systems.ts';
import type { Twin, TwinContext } from './twin.ts';
import { checkUsers, type SandboxUsers } from './users.ts';
import {
  type Clock,
  createSkewedClock,
  createVirtualClock,
  type SkewedClock,
  type VirtualClock,
} from './virtual-clock.ts';
import { defaultZatoSettings, type ZatoSettings } from './zato-service.ts';
import { createZatoTwin } from './zato-sso.ts';
import { defaultZatoUsers } from './zato-users.ts';
import { createZuoraObjects, type ZuoraServiceTable } from './zuora-objects.ts';
import { createZuoraRestTwin } from './zuora-rest.ts';
import { createZuoraSoapTwin } from './zuora-soap.ts';
import { createZuoraTenant, defaultZuoraSettings, type ZuoraSettings } from './zuora-tenant.ts';
import { defaultZuoraUsers } from './zuora-users.ts';

/** Behaviour that the vendors' documents leave open, per service. */
export interface SandboxSettings {
  /** One tenant: REST and SOAP have the same settings. */
  readonly zuora: ZuoraSettings;
  readonly 'zato-sso': ZatoSettings;
  readonly 'pulse-crm': PulseSettings;
}

export interface SandboxOptions {
  /** Base of the virtual clock. @default the system's clock */
  readonly clock?: Clock;
  /** @default the users listed in `docs/sandbox.md` */
  readonly users?: Partial<SandboxUsers>;
  /** Changes to the default behaviour. */
  readonly settings?: { readonly [S in keyof SandboxSettings]?: Partial<SandboxSettings[S]> };
  /** The table generated from a tenant's own WSDL: the Zuora twins then have its objects and fields. @default the package's own */
  readonly zuoraService?: ZuoraServiceTable;
  /** The same seed gives the same tokens and ids in the same order. @default a random one, shown as `sandbox.seed` */
  readonly seed?: string | number;
  /** Origins under which the msw handlers answer. @default those of `defaultOrigins` */
  readonly origins?: Partial<Record<SystemName, string>>;
  /** How many requests the journal keeps. @default 10000 */
  readonly journalSize?: number;
  /** How many bytes of headers and bodies the journal keeps; the oldest requests lose theirs first. @default 16777216 */
  readonly journalBytes?: number;
}

/** A stateful twin of the login APIs, in process or over HTTP. */
export interface Sandbox {
  readonly twins: Readonly<Record<SystemName, RunningTwin>>;
  readonly clock: VirtualClock;
  readonly journal: Journal;
  readonly origins: Readonly<Record<SystemName, string>>;
  readonly seed: string;
  /**
   * Answers a request whatever its origin: the path alone says which system is meant.
   * @throws ConnectionDroppedError when a scenario loses the answer
   */
  handle(request: Request): Promise<Response>;
  /** Serves the systems, all on one port, over HTTP or HTTPS. */
  listen(options?: ListenOptions & { readonly systems?: readonly SystemName[] }): Promise<ListeningSandbox>;
  /** Short for `journal.counts(system)`. */
  counts(system: SystemName): Readonly<Counts>;
  /**
   * Makes something happen at one service, by name; `docs/sandbox.md` lists the names.
   * @throws TypeError with code `UNKNOWN_SCENARIO` or `BAD_SCENARIO_ARGUMENT`
   */
  scenario(system: SystemName, name: string, args?: Readonly<Record<string, unknown>>): ScenarioResult;
  /**
   * Everything back to the start: users, sessions, scenarios, settings, clock, journal and counters. Tokens and ids are others than
   * before it, so that none from before is good; requests that a slow login holds back are dropped.
   */
  reset(): void;
}

const services = ['zuora', 'zato-sso', 'pulse-crm'] as const satisfies ReadonlyArray<keyof SandboxSettings>;
// A record, so that the compiler misses an option that is not listed here.
const knownOptions: Readonly<Record<keyof SandboxOptions, true>> = {
  clock: true,
  users: true,
  settings: true,
  zuoraService: true,
  seed: true,
  origins: true,
  journalSize: true,
  journalBytes: true,
};
const optionNames = Object.keys(knownOptions);

/** Where the msw handlers answer unless told otherwise. */
export const defaultOrigins: Readonly<Record<SystemName, string>> = {
  'zuora-rest': 'https://rest.apisandbox.zuora.com',
  'zuora-soap': 'https://apisandbox.zuora.com',
  'zato-sso': 'http://localhost:17010',
  'pulse-crm': 'https://pulse.example.test',
};

/**
 * @throws TypeError with code `UNKNOWN_OPTION`, `BAD_SETTING` or `BAD_USER`
 * @throws RangeError when `journalSize` or `journalBytes` is not a whole number
 */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  checkOptionNames('createSandbox', options, optionNames);
  checkOptionNames('users', options.users, services);
  checkOptionNames('settings', options.settings, services);
  checkOptionNames('origins', options.origins, systemNames);
  const clock = createVirtualClock(options.clock);
  const secrets = createSecretLedger();
  const journal = createJournal({
    size: options.journalSize ?? 10_000,
    bytes: options.journalBytes ?? 16 * 1024 * 1024,
    secrets,
  });
  const seed = String(options.seed ?? randomBytes(8).toString('hex'));
  for (const service of services) checkSettings(service, defaultSettings[service], options.settings?.[service] ?? {});
  const initialSettings: SandboxSettings = structuredClone({
    zuora: { ...defaultSettings.zuora, ...options.settings?.zuora },
    'zato-sso': { ...defaultSettings['zato-sso'], ...options.settings?.['zato-sso'] },
    'pulse-crm': { ...defaultSettings['pulse-crm'], ...options.settings?.['pulse-crm'] },
  });
  const settings = structuredClone(initialSettings);
  const givenUsers: SandboxUsers = {
    zuora: options.users?.zuora ?? defaultZuoraUsers,
    'zato-sso': options.users?.['zato-sso'] ?? defaultZatoUsers,
    'pulse-crm': options.users?.['pulse-crm'] ?? defaultPulseUsers,
  };
  checkUsers(givenUsers);
  const users = structuredClone(givenUsers);
  rememberSecrets(secrets, users);
  const serviceClocks: Readonly<Record<keyof SandboxSettings, SkewedClock>> = {
    zuora: createSkewedClock(clock),
    'zato-sso': createSkewedClock(clock),
    'pulse-crm': createSkewedClock(clock),
  };
  const randomFor = (label: string) => createSeededRandom(`${label}\0${seed}`);
  const madeSoFar = new Map<string, number>();
  /** Each twin made in a place has values of its own, so that none from before a reset is good after it. */
  const nextRandomFor = (label: string) => {
    const made = madeSoFar.get(label) ?? 0;
    madeSoFar.set(label, made + 1);
    return randomFor(made === 0 ? label : `${label}\0${made}`);
  };
  const contextFor = (label: string, service: keyof SandboxSettings) => ({
    clock: serviceClocks[service],
    secrets,
    random: nextRandomFor(label),
  });
  const zuoraObjects = createZuoraObjects(options.zuoraService);
  const makeTenant = () =>
    createZuoraTenant(contextFor('zuora', 'zuora'), structuredClone(users.zuora), settings.zuora, zuoraObjects);
  let tenant = makeTenant();

  const run = (system: SystemName, service: keyof SandboxSettings, makeTwin: (context: TwinContext) => Twin) =>
    runTwin({
      makeTwin: () => makeTwin(contextFor(system, service)),
      clock,
      serviceClock: serviceClocks[service],
      makeRandom: () => randomFor(`${system} around it`),
      journal,
      secrets,
      settings: settings[service],
    });
  const twins: Record<SystemName, RunningTwin> = {
    'zuora-rest': run('zuora-rest', 'zuora', (context) => createZuoraRestTwin(context, tenant)),
    'zuora-soap': run('zuora-soap', 'zuora', (context) => createZuoraSoapTwin(context, tenant)),
    'zato-sso': run('zato-sso', 'zato-sso', (context) =>
      createZatoTwin(context, structuredClone(users['zato-sso']), settings['zato-sso']),
    ),
    'pulse-crm': run('pulse-crm', 'pulse-crm', (context) =>
      createPulseTwin(context, structuredClone(users['pulse-crm']), settings['pulse-crm']),
    ),
  };

  const reset = () => {
    clock.reset();
    journal.reset();
    for (const service of services) {
      Object.assign(settings[service], structuredClone(initialSettings[service]));
      // Before the twins are made again: they take the time at once.
      serviceClocks[service].skewMs(0);
    }
    tenant = makeTenant();
    for (const system of systemNames) twins[system].reset();
  };

  const serveAmong =
    (systems: readonly SystemName[]) =>
    async (incoming: Incoming): Promise<Delivery> => {
      if (isControlPath(incoming.path)) {
        return { kind: 'whole', answer: controlAnswer({ twins, journal, clock, reset }, incoming) };
      }
      const system = systems.find((candidate) => twins[candidate].owns(incoming.path));
      return system === undefined ? { kind: 'whole', answer: nobodyHome } : twins[system].serve(incoming);
    };
  const serveAll = serveAmong(systemNames);

  return {
    twins,
    clock,
    journal,
    origins: { ...defaultOrigins, ...options.origins },
    seed,
    async handle(request) {
      const delivery = await serveAll(await incomingFrom(request));
      request.signal.throwIfAborted();
      return responseFrom(delivery);
    },
    async listen(options = {}) {
      checkOptionNames('listen', options, ['port', 'host', 'tls', 'systems']);
      const { systems = systemNames, ...where } = options;
      const stranger = systems.find((system) => !isSystemName(system));
      if (stranger !== undefined) throw badArgument('UNKNOWN_SYSTEM', `the sandbox has no system "${stranger}"`);
      return listenOnHttp(serveAmong(systems), where);
    },
    counts: (system) => journal.counts(system),
    scenario(system, name, args) {
      if (!isSystemName(system)) throw badArgument('UNKNOWN_SYSTEM', `the sandbox has no system "${system}"`);
      return twins[system].scenario(name, args);
    },
    reset,
  };
}

function rememberSecrets(secrets: SecretLedger, users: SandboxUsers): void {
  for (const { password } of users.zuora) secrets.add(password);
  for (const { password, apiSecret } of users['pulse-crm']) secrets.add(password, apiSecret);
  for (const { password, totpKey } of users['zato-sso']) {
    secrets.add(password);
    secrets.addTotpKey(totpKey);
  }
}

const defaultSettings: SandboxSettings = {
  zuora: defaultZuoraSettings,
  'zato-sso': defaultZatoSettings,
  'pulse-crm': defaultPulseSettings,
};
