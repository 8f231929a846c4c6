import type { Answer, Delivery, Incoming } from './exchange.ts';
import { incomingFrom, responseFrom } from './exchange.ts';
import { createFaults, wait } from './faults.ts';
import { httpDate } from './http-date.ts';
import type { RecordingJournal } from './journal.ts';
import { readScenarioArguments, type ScenarioResult, type ScenarioRun } from './scenario-args.ts';
import type { SecretLedger } from './secrets.ts';
import type { RevokeChoice } from './session-table.ts';
import { checkSettings } from './settings.ts';
import { badArgument, type SystemName } from './systems.ts';
import type { Call, Twin } from './twin.ts';
import type { Clock } from './virtual-clock.ts';

/** One system of the sandbox: its twin, what is armed against it, and the journal of both. */
export interface RunningTwin {
  readonly system: SystemName;
  owns(path: string): boolean;
  /** Answers one request in process, as a `fetch` would. */
  handle(request: Request): Promise<Response>;
  /** The same on plain data, for adapters. */
  serve(incoming: Incoming): Promise<Delivery>;
  /** The scenarios this system knows, by name. */
  scenarioNames(): readonly string[];
  scenario(name: string, args?: unknown): ScenarioResult;
  /** Sessions alive at the service now. */
  liveSessions(): number;
  /** Users, sessions and scenarios as they were at the start. */
  reset(): void;
}

export interface RunningTwinOptions {
  readonly makeTwin: () => Twin;
  readonly clock: Clock;
  readonly journal: RecordingJournal;
  readonly secrets: SecretLedger;
  readonly settings: object;
}

export function runTwin({ makeTwin, clock, journal, secrets, settings }: RunningTwinOptions): RunningTwin {
  let twin = makeTwin();
  const { system } = twin;
  const faults = createFaults();

  const sessionScenarios: Readonly<Record<string, ScenarioRun>> = {
    'expire-now': () => () => ({ ended: twin.sessions.revoke({ which: 'all' }) }),
    revoke(args) {
      const secret = args.text('secret', undefined);
      const username = args.text('username', undefined);
      const which = args.choice('which', ['newest', 'oldest', 'all'], 'newest');
      return () => {
        const key = secret === undefined ? undefined : twin.sessions.keyOf(secret);
        if (secret !== undefined && key === undefined) return { ended: 0 };
        const choice: RevokeChoice = {
          which,
          ...(username === undefined ? {} : { username }),
          ...(key === undefined ? {} : { key }),
        };
        return { ended: twin.sessions.revoke(choice) };
      };
    },
    'refuse-every-session': (args) => {
      const on = args.flag('on', true);
      return () => {
        twin.sessions.refuseAll(on);
        return { on };
      };
    },
    settings(args) {
      const changes = args.all();
      checkSettings(system, settings, changes);
      return () => {
        Object.assign(settings, changes);
        return {};
      };
    },
    clear: () => () => {
      faults.clear();
      twin.clear?.();
      twin.sessions.refuseAll(false);
      return {};
    },
  };
  const scenarios = (): Readonly<Record<string, ScenarioRun>> => ({
    ...sessionScenarios,
    ...faults.scenarios,
    ...Object.fromEntries(
      Object.entries(twin.canned ?? {}).map(([name, answerOf]) => [name, faults.canned(answerOf)] as const),
    ),
    ...twin.scenarios,
  });

  const finish = (incoming: Incoming, call: Call, answer: Answer, delivery: Delivery): Delivery => {
    const nowMs = clock.nowMs();
    const { operation, role } = call;
    journal.record({ atMs: nowMs, serviceMs: nowMs, system, operation, role, incoming, answer, delivery });
    return delivery;
  };

  const serve = async (incoming: Incoming): Promise<Delivery> => {
    const call = twin.identify(incoming);
    const instead = faults.before(call);
    if (instead === 'drop') return finish(incoming, call, droppedAnswer, { kind: 'dropped' });
    const delayMs = faults.loginDelayMs(call);
    if (delayMs > 0) await wait(delayMs, incoming.onGone);
    const bare = instead?.(incoming) ?? call.answer();
    const decorated = twin.decorate?.(bare, incoming) ?? bare;
    const answer = { ...decorated, headers: [['Date', httpDate(clock.nowMs())] as const, ...decorated.headers] };
    const delivery = finish(incoming, call, answer, faults.deliver(call, answer));
    const keptBackMs = faults.answerDelayMs(answer);
    if (keptBackMs > 0) await wait(keptBackMs, incoming.onGone);
    return delivery;
  };

  return {
    system,
    owns: (path) => twin.owns(path),
    serve,
    async handle(request) {
      const delivery = await serve(await incomingFrom(request));
      request.signal.throwIfAborted();
      return responseFrom(delivery);
    },
    scenarioNames: () => Object.keys(scenarios()).sort(),
    scenario(name, args) {
      const known = scenarios();
      const run = Object.hasOwn(known, name) ? known[name] : undefined;
      if (run === undefined) {
        const names = Object.keys(known).sort().join(', ');
        throw badArgument('UNKNOWN_SCENARIO', `${system} has no scenario "${name}"; it has ${names}`);
      }
      const reader = readScenarioArguments(name, args);
      const apply = run(reader);
      reader.done();
      const result = apply();
      learnSecrets(secrets, reader.all());
      learnSecrets(secrets, result);
      return result;
    },
    liveSessions: () => twin.sessions.count(),
    reset() {
      faults.clear();
      twin = makeTwin();
    },
  };
}

/** Scenarios are told passwords and seeds of one-time codes, or make some up, under these names. */
function learnSecrets(secrets: SecretLedger, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue;
    if (name === 'password' || name === 'apiSecret') secrets.add(value);
    if (name === 'key') secrets.addTotpKey(value);
  }
}

const droppedAnswer: Answer = { status: 0, headers: [], body: null, outcome: 'dropped' };
