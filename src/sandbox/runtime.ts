import { badGatewayAnswer } from './bad-gateway.ts';
import type { Answer, Delivery, Incoming } from './exchange.ts';
import { incomingFrom, responseFrom } from './exchange.ts';
import { createFaults, wait } from './faults.ts';
import { httpDate } from './http-date.ts';
import type { RecordingJournal } from './journal.ts';
import { readScenarioArguments, type ScenarioResult, type ScenarioRun } from './scenario-args.ts';
import type { SecretLedger } from './secrets.ts';
import type { SeededRandom } from './seeded-random.ts';
import { createSessionScenarios } from './session-scenarios.ts';
import { checkSettings } from './settings.ts';
import { badArgument, type SystemName } from './systems.ts';
import type { Call, CannedAnswer, Twin } from './twin.ts';
import type { Clock, SkewedClock } from './virtual-clock.ts';

/** One system of the sandbox: its twin, what is armed against it, and the journal of both. */
export interface RunningTwin {
  readonly system: SystemName;
  owns(path: string): boolean;
  /** Answers one request in process, as a `fetch` would; with 404 where the path is not the system's. */
  handle(request: Request): Promise<Response>;
  /** The same on plain data, for adapters. */
  serve(incoming: Incoming): Promise<Delivery>;
  /** The scenarios this system knows, by name. */
  scenarioNames(): readonly string[];
  scenario(name: string, args?: unknown): ScenarioResult;
  /** Sessions alive at the service now. */
  liveSessions(): number;
  /** Users, sessions and scenarios as they were at the start; of Zuora's tenant, which is two systems, the scenarios only. */
  reset(): void;
}

export interface RunningTwinOptions {
  readonly makeTwin: () => Twin;
  readonly clock: Clock;
  /** The clock of the service itself: that of its twin, and of its `Date` headers. */
  readonly serviceClock: SkewedClock;
  /** Gives the same numbers from the start each time. */
  readonly makeRandom: () => SeededRandom;
  readonly journal: RecordingJournal;
  readonly secrets: SecretLedger;
  readonly settings: object;
}

export function runTwin(options: RunningTwinOptions): RunningTwin {
  const { makeTwin, clock, serviceClock, makeRandom, journal, secrets, settings } = options;
  let twin = makeTwin();
  const { system } = twin;
  const faults = createFaults(makeRandom);
  const takeBack = () => {
    faults.clear();
    inSession.clear();
    twin.clear?.();
    serviceClock.skewMs(0);
  };

  const inSession = createSessionScenarios(() => twin.sessions);
  const ownScenarios: Readonly<Record<string, ScenarioRun>> = {
    'clock-skew'(args) {
      const ms = args.number('ms', { min: -longestSkewMs, max: longestSkewMs });
      return () => {
        serviceClock.skewMs(ms);
        return { ms };
      };
    },
    settings(args) {
      const changes = args.all();
      checkSettings(system, settings, changes);
      return () => {
        Object.assign(settings, structuredClone(changes));
        twin.settingsChanged?.(changes);
        return {};
      };
    },
    clear: () => () => {
      takeBack();
      return {};
    },
  };
  const scenarios = (): Readonly<Record<string, ScenarioRun>> => ({
    ...ownScenarios,
    ...inSession.scenarios,
    ...faults.scenarios,
    ...Object.fromEntries(
      Object.entries(twin.canned ?? {}).map(([name, answerOf]) => [name, faults.canned(answerOf)] as const),
    ),
    ...twin.scenarios,
  });

  const finish = (incoming: Incoming, call: Call, answer: Answer, delivery: Delivery): Delivery => {
    const { operation, role } = call;
    const [atMs, serviceMs] = [clock.nowMs(), serviceClock.nowMs()];
    journal.record({ atMs, serviceMs, system, operation, role, incoming, answer, delivery });
    return delivery;
  };

  const processed = (call: Call, incoming: Incoming): Answer => {
    const answer = call.answer();
    const isOneTooMany = twin.sessions.cap.takeRefused() && call.role === 'login';
    const meant = isOneTooMany ? twin.denied(incoming) : answer;
    inSession.answered(meant);
    return meant;
  };
  const answerTo = (call: Call, incoming: Incoming, instead: CannedAnswer | undefined): Answer => {
    const gateway = instead === undefined ? faults.gateway.strike(call) : undefined;
    if (gateway === 'before') return badGatewayAnswer;
    const bare = instead?.(incoming) ?? processed(call, incoming);
    // The page of a proxy has nothing of the service but the place in the journal.
    return gateway === 'after' ? { ...bare, ...lostBehindProxy } : (twin.decorate?.(bare, incoming) ?? bare);
  };
  /** The twin's own word for a failure where something throws: nothing that a caller sends may escape the journal. */
  const understood = (incoming: Incoming): Call => {
    try {
      return twin.identify(incoming);
    } catch {
      return { operation: 'unknown', role: 'call', answer: () => twin.failure(incoming) };
    }
  };
  const datedAnswer = (call: Call, incoming: Incoming, instead: CannedAnswer | undefined): Answer => {
    const date = ['Date', httpDate(serviceClock.nowMs())] as const;
    let answer: Answer;
    try {
      answer = answerTo(call, incoming, instead);
    } catch {
      answer = twin.failure(incoming);
    }
    return { ...answer, headers: [date, ...answer.headers] };
  };

  const serve = async (incoming: Incoming): Promise<Delivery> => {
    if (!twin.owns(incoming.path)) return { kind: 'whole', answer: nobodyHome };
    const served = twin;
    const call = understood(incoming);
    const instead = faults.before(call);
    if (instead === 'drop') return finish(incoming, call, droppedAnswer, { kind: 'dropped' });
    const delayMs = faults.loginDelayMs(call);
    if (delayMs > 0) await wait(delayMs, incoming.onGone);
    // A reset has taken away all that this request began with, its place in the counts too.
    if (twin !== served) return { kind: 'dropped' };
    const answer = datedAnswer(call, incoming, instead);
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
      takeBack();
      twin = makeTwin();
    },
  };
}

const { status, headers, body } = badGatewayAnswer;
const lostBehindProxy = { status, headers, body };

const longestSkewMs = 10 * 365 * 24 * 60 * 60_000;

/** Scenarios are told passwords and seeds of one-time codes, or make some up, under these names. */
function learnSecrets(secrets: SecretLedger, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value !== 'string') continue;
    if (name === 'password' || name === 'apiSecret') secrets.add(value);
    if (name === 'key') secrets.addTotpKey(value);
  }
}

/** What is said where no service is. */
export const nobodyHome: Answer = {
  status: 404,
  headers: [['Content-Type', 'text/plain;charset=UTF-8']],
  body: 'No system of this sandbox owns this path.\n',
  outcome: 'failed',
};

const droppedAnswer: Answer = { status: 0, headers: [], body: null, outcome: 'dropped' };
