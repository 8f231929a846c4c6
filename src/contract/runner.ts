import { badArgument } from '../errors.ts';
import { callsOf, inOrder, whySkipped } from './caution.ts';
import { checkSendable } from './request.ts';
import type { ContractReport, ContractRun, Progress, ScenarioOutcome, ScenarioResult, StepFinding } from './run.ts';
import type { Scenario } from './scenario.ts';
import { runStep, type StepDone } from './step.ts';
import { type ContractValue, namesIn } from './template.ts';

/** How long the last requests of a run may take that was broken off, in ms. */
const LONGEST_END_MS = 1500;

/** The worst first. */
const WORST_FIRST: readonly ScenarioOutcome[] = ['violated', 'denied', 'unreachable', 'drift', 'conforms', 'skipped'];

/** What several outcomes come to: the worst of them; `skipped` if nothing was run. */
export function worstOf(parts: readonly { readonly outcome: ScenarioOutcome }[]): ScenarioOutcome {
  return WORST_FIRST.find((worst) => parts.some(({ outcome }) => outcome === worst)) ?? 'skipped';
}

/**
 * Holds a service to its spec, scenario by scenario. Every request and answer is checked both ways. A live service is sent only what is safe
 * unless `allowUnsafe`, and no login any more after one was not plainly accepted, whatever was expected of it.
 * @throws TypeError with code `ERR_CONTRACT_SCENARIO` for a scenario that the suite does not have, `ERR_CREDENTIALS` for a value that cannot
 *   be sent, and the signal's reason
 */
export async function runContract(run: ContractRun): Promise<ContractReport> {
  const { suite, only, onResult, signal } = run;
  for (const name of only ?? []) {
    if (suite.scenarios.some((scenario) => scenario.name === name)) continue;
    const names = suite.scenarios.map((scenario) => scenario.name).join(', ');
    throw badArgument('ERR_CONTRACT_SCENARIO', `${run.system} has no scenario ${name}; it has ${names}`);
  }
  const chosen = inOrder(run).filter(({ name }) => only === undefined || only.includes(name));
  for (const scenario of chosen)
    for (const { send } of callsOf(scenario)) checkSendable(run.contract, send, valuesOf(run));
  const startedAt = new Date().toISOString();
  const progress: Progress = { calls: 0, doubtfulLogins: 0 };
  const results: ScenarioResult[] = [];
  for (const scenario of chosen) {
    signal?.throwIfAborted();
    const result = await runScenario(scenario, run, progress);
    results.push(result);
    onResult?.(result);
  }
  const outcome = worstOf(results);
  const target = new URL(run.target.baseUrl).origin;
  const { calls, doubtfulLogins: refusedLogins } = progress;
  return { system: run.system, target, startedAt, outcome, calls, refusedLogins, results };
}

function valuesOf({ values }: ContractRun): Record<string, ContractValue> {
  const given: Record<string, ContractValue> = {};
  for (const [name, value] of Object.entries(values)) if (value !== undefined) given[name] = value;
  return given;
}

async function runScenario(scenario: Scenario, run: ContractRun, progress: Progress): Promise<ScenarioResult> {
  const startedAt = performance.now();
  const callsBefore = progress.calls;
  const { name, about } = scenario;
  const result = (outcome: ScenarioOutcome, findings: readonly StepFinding[], why: object = {}): ScenarioResult => ({
    name,
    about,
    outcome,
    ...why,
    findings,
    calls: progress.calls - callsBefore,
    tookMs: Math.round(performance.now() - startedAt),
  });
  const why = whySkipped(scenario, run, progress);
  if (why !== undefined) return result('skipped', [], why);
  const values = valuesOf(run);
  const { findings, stop } = await runSteps(scenario, run, values, progress);
  const shown = findings.map((finding) => withoutSecrets(finding, values));
  if (stop !== undefined) return result(stop.outcome, shown, { reason: stop.reason });
  const isViolated = findings.some(({ kind }) => kind === 'violation');
  return result(isViolated ? 'violated' : findings.length > 0 ? 'drift' : 'conforms', shown);
}

interface StepsDone extends StepDone {
  readonly findings: readonly StepFinding[];
}

async function runSteps(
  scenario: Scenario,
  run: ContractRun,
  values: Record<string, ContractValue>,
  progress: Progress,
): Promise<StepsDone> {
  let done: StepsDone;
  try {
    done = await runInTurn(scenario.steps, 0, run, values, progress);
  } catch (error) {
    const timeoutMs = Math.min(run.timeoutMs ?? LONGEST_END_MS, LONGEST_END_MS);
    await runLast(scenario, { ...run, signal: undefined, timeoutMs }, values, progress).catch(() => {});
    throw error;
  }
  const last = await runLast(scenario, run, values, progress);
  return done.stop === undefined ? { ...last, findings: [...done.findings, ...last.findings] } : done;
}

function runLast(
  { steps, finally: last = [] }: Scenario,
  run: ContractRun,
  values: Record<string, ContractValue>,
  progress: Progress,
): Promise<StepsDone> {
  const possible = last.filter(({ send }) => namesIn(send).every((name) => values[name] !== undefined));
  return runInTurn(possible, steps.length, run, values, progress);
}

async function runInTurn(
  steps: Scenario['steps'],
  before: number,
  run: ContractRun,
  values: Record<string, ContractValue>,
  progress: Progress,
): Promise<StepsDone> {
  const findings: StepFinding[] = [];
  for (const [index, step] of steps.entries()) {
    if ('steer' in step) {
      await run.target.steer?.(step.steer);
      continue;
    }
    const { stop, ...done } = await runStep(step, run, values, progress);
    const { operation } = step.send;
    findings.push(...done.findings.map((finding) => ({ ...finding, operation, step: before + index + 1 })));
    if (stop !== undefined) return { findings, stop };
  }
  return { findings };
}

/** A value that is shorter could be part of any name. */
const SHORTEST_SECRET = 16;

/** A finding as it may be shown: a service may use as a name what somebody else keeps secret. */
function withoutSecrets(finding: StepFinding, values: Readonly<Record<string, ContractValue>>): StepFinding {
  const secrets = Object.values(values).filter(
    (value): value is string => typeof value === 'string' && value.length >= SHORTEST_SECRET,
  );
  // Names of headers come in lower case.
  const patterns = secrets.map((secret) => new RegExp(secret.replaceAll(/[^\w]/g, '\\$&'), 'gi'));
  const shown = (text: string): string => patterns.reduce((rest, pattern) => rest.replaceAll(pattern, '?'), text);
  const { place, expected, found } = finding;
  return { ...finding, place: shown(place), expected: shown(expected), found: shown(found) };
}
