import { checkExpected, isDenial, type ReadAnswer, readAnswer, valueFrom } from './answer.ts';
import { type Contract, checkExchange } from './exchange.ts';
import type { Finding } from './finding.ts';
import { requestOf } from './request.ts';
import type { CallStep, Need, Scenario, SteerStep, SystemScenarios } from './scenario.ts';
import type { ContractValue } from './template.ts';

/** The service that scenarios are run against. */
export interface ContractTarget {
  /** Where its paths begin; for SOAP the endpoint. */
  readonly baseUrl: string;
  /** Sends a request: the global `fetch`, one that trusts a certificate, or the sandbox in process. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** `live`: a real service, whose accounts can be locked and whose data counts. */
  readonly kind: 'sandbox' | 'live';
  /** Makes something happen at the target, or lets its time pass; only a sandbox can. */
  readonly steer?: ((what: SteerStep['steer']) => Promise<void>) | undefined;
}

/** What a run is made of. */
export interface ContractRun {
  readonly system: string;
  readonly contract: Contract;
  readonly suite: SystemScenarios;
  readonly target: ContractTarget;
  /** Credentials, and what else the scenarios need, by the names that the suite gives them. */
  readonly values: Readonly<Record<string, ContractValue | undefined>>;
  /** Names of the scenarios to run. @default all */
  readonly only?: readonly string[] | undefined;
  /** Runs also what may harm a live service or lock an account. A sandbox takes everything. @default false */
  readonly allowUnsafe?: boolean | undefined;
  /** The most requests to a live service; scenarios that would go beyond are skipped. @default 60 */
  readonly maxCalls?: number | undefined;
  /** How long an answer may take, in ms. @default 30_000 */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each scenario as it ends. */
  readonly onResult?: ((result: ScenarioResult) => void) | undefined;
}

/**
 * What came of a scenario: it `conforms`; the service `violated` the spec or the scenario; there is `drift`, things that the spec does not
 * mention; the right credentials were `denied`; there was no answer (`unreachable`); or it was `skipped`.
 */
export type ScenarioOutcome = 'conforms' | 'violated' | 'drift' | 'denied' | 'unreachable' | 'skipped';

/** One difference between a service and what it is held to. */
export interface StepFinding extends Finding {
  readonly operation: string;
  /** Number of the step in its scenario, from 1. */
  readonly step: number;
}

export interface ScenarioResult {
  readonly name: string;
  readonly about: string;
  readonly outcome: ScenarioOutcome;
  /** Why it was skipped, or what went wrong besides the findings. */
  readonly reason?: string;
  readonly findings: readonly StepFinding[];
  readonly calls: number;
  readonly tookMs: number;
}

/** What came of a run. Holds no secret. */
export interface ContractReport {
  readonly system: string;
  /** Origin of the target. */
  readonly target: string;
  readonly startedAt: string;
  /** The worst of all scenarios; `skipped` if none was run. */
  readonly outcome: ScenarioOutcome;
  readonly calls: number;
  readonly results: readonly ScenarioResult[];
}

/** What is known while a run goes on. */
interface Progress {
  calls: number;
  /** Logins that the service refused. */
  denials: number;
}

/** The worst first. */
const WORST_FIRST: readonly ScenarioOutcome[] = ['violated', 'denied', 'unreachable', 'drift', 'conforms', 'skipped'];

/** What several outcomes come to: the worst of them; `skipped` if nothing was run. */
export function worstOf(parts: readonly { readonly outcome: ScenarioOutcome }[]): ScenarioOutcome {
  return WORST_FIRST.find((worst) => parts.some(({ outcome }) => outcome === worst)) ?? 'skipped';
}

/**
 * Holds a service to its spec, scenario by scenario. Every request and answer is checked both ways. A live service is sent only what is safe
 * unless `allowUnsafe`, and no login any more after one was refused, whatever was expected of it.
 * @throws TypeError with code `ERR_CONTRACT_SCENARIO` for a scenario that the suite does not have, and the signal's reason
 */
export async function runContract(run: ContractRun): Promise<ContractReport> {
  const { suite, only, onResult, signal } = run;
  for (const name of only ?? []) {
    if (suite.scenarios.some((scenario) => scenario.name === name)) continue;
    const names = suite.scenarios.map((scenario) => scenario.name).join(', ');
    const what = `${run.system} has no scenario ${name}; it has ${names}`;
    throw Object.assign(new TypeError(what), { code: 'ERR_CONTRACT_SCENARIO' });
  }
  const startedAt = new Date().toISOString();
  const progress: Progress = { calls: 0, denials: 0 };
  const results: ScenarioResult[] = [];
  for (const scenario of suite.scenarios) {
    if (only !== undefined && !only.includes(scenario.name)) continue;
    signal?.throwIfAborted();
    const result = await runScenario(scenario, run, progress);
    results.push(result);
    onResult?.(result);
  }
  const outcome = worstOf(results);
  const target = new URL(run.target.baseUrl).origin;
  return { system: run.system, target, startedAt, outcome, calls: progress.calls, results };
}

async function runScenario(scenario: Scenario, run: ContractRun, progress: Progress): Promise<ScenarioResult> {
  const startedAt = performance.now();
  const callsBefore = progress.calls;
  const findings: StepFinding[] = [];
  const result = (outcome: ScenarioOutcome, reason?: string): ScenarioResult => ({
    name: scenario.name,
    about: scenario.about,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    findings,
    calls: progress.calls - callsBefore,
    tookMs: Math.round(performance.now() - startedAt),
  });
  const why = whySkipped(scenario, run, progress);
  if (why !== undefined) return result('skipped', why);
  const values: Record<string, ContractValue> = {};
  for (const [name, value] of Object.entries(run.values)) if (value !== undefined) values[name] = value;
  for (const [index, step] of scenario.steps.entries()) {
    if ('steer' in step) {
      await run.target.steer?.(step.steer);
      continue;
    }
    const done = await runStep(step, run, values, progress);
    findings.push(...done.findings.map((finding) => ({ ...finding, operation: step.send.operation, step: index + 1 })));
    if (done.stop !== undefined) return result(done.stop.outcome, done.stop.reason);
  }
  const isViolated = findings.some(({ kind }) => kind === 'violation');
  return result(isViolated ? 'violated' : findings.length > 0 ? 'drift' : 'conforms');
}

function whySkipped(
  { needs = [], unsafe, steps }: Scenario,
  { suite, target, values, allowUnsafe = false, maxCalls = 60 }: ContractRun,
  { calls, denials }: Progress,
): string | undefined {
  const missing = [...suite.values, ...needs.flatMap((need) => suite.needs[need] ?? [])].filter(
    (name) => values[name] === undefined,
  );
  if (missing.length > 0) return `needs ${missing.join(', ')}`;
  if (needs.includes('steering' satisfies Need) && target.steer === undefined)
    return 'needs a target that can be steered: the sandbox';
  if (target.kind === 'sandbox') return undefined;
  if (unsafe !== undefined && !allowUnsafe) return `not without being allowed to: ${unsafe}`;
  const requests = steps.filter((step): step is CallStep => 'send' in step);
  if (denials > 0 && requests.some(({ login }) => login !== undefined))
    return 'a login was refused before: another might lock the account';
  return calls + requests.length > maxCalls ? `would go beyond ${maxCalls} calls` : undefined;
}

const BODY = '/response/body';

interface StepDone {
  readonly findings: readonly Finding[];
  /** Set where the rest of the scenario cannot be run. */
  readonly stop?: { readonly outcome: ScenarioOutcome; readonly reason: string };
}

async function runStep(
  step: CallStep,
  { contract, target, timeoutMs = 30_000, signal }: ContractRun,
  values: Record<string, ContractValue>,
  progress: Progress,
): Promise<StepDone> {
  const request = await requestOf(contract, step.send, target.baseUrl, values);
  const sent = request.clone();
  progress.calls += 1;
  let answer: ReadAnswer;
  try {
    const limits = [AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])];
    const response = await target.fetch(new Request(request, { signal: AbortSignal.any(limits) }));
    answer = await readAnswer(contract, step.send.operation, response);
  } catch (error) {
    signal?.throwIfAborted();
    return { findings: [], stop: { outcome: 'unreachable', reason: reasonOf(error) } };
  }
  const isDenied = step.login !== undefined && isDenial(answer);
  if (isDenied) progress.denials += 1;
  const findings = [...allowed(await checkExchange(sent, answer.response, contract), step.breaks ?? [])];
  const unmet = await checkExpected(answer, step.expect, values);
  const told = findings.filter(({ kind }) => kind === 'violation').map(({ place }) => place);
  // Of a body that cannot be read at all, what it should have held says nothing more.
  const isUnread = answer.content === undefined && told.some((place) => place.startsWith(BODY));
  const isTold = (place: string): boolean => told.includes(place) || (isUnread && place.startsWith(BODY));
  findings.push(...unmet.filter(({ place }) => !isTold(place)));
  if (step.login === 'right' && isDenied)
    return { findings: [], stop: { outcome: 'denied', reason: 'the service refused the credentials' } };
  if (unmet.length > 0)
    return { findings, stop: { outcome: 'violated', reason: `${step.send.operation} was not answered as expected` } };
  for (const [name, source] of Object.entries(step.keep ?? {})) {
    const value = valueFrom(answer, source);
    if (value === undefined)
      return { findings, stop: { outcome: 'violated', reason: `the answer to ${step.send.operation} has no ${name}` } };
    values[name] = value;
  }
  return { findings };
}

/** The findings less those of a request that breaks its spec on purpose; one that is not found is told, as the spec then allows it. */
function allowed(findings: readonly Finding[], breaks: readonly string[]): readonly Finding[] {
  const missed = breaks.filter((place) => !findings.some((finding) => finding.place === place));
  return [
    ...findings.filter(({ place }) => !breaks.includes(place)),
    ...missed.map(
      (place): Finding => ({ kind: 'violation', place, expected: 'what the spec forbids', found: 'what it allows' }),
    ),
  ];
}

/** What kept an answer away, without the text of anybody's error: it may quote what was sent. */
function reasonOf(error: unknown): string {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if (at instanceof RangeError) return at.message;
    if ('name' in at && at.name === 'TimeoutError') return 'no answer in time';
    if ('code' in at && typeof at.code === 'string') return `no answer (${at.code})`;
    at = 'cause' in at ? at.cause : undefined;
  }
  return 'no answer';
}
