import type { ContractRun, Progress } from './run.ts';
import type { CallStep, Need, Scenario, SystemScenarios } from './scenario.ts';

/** Why a scenario, or the rest of it, is not sent to a live service any more. */
export const HELD_BACK = 'a login was not accepted before: another might lock the account';

/** Whether a step tries to log in: its operation says so, whatever else is known of it. */
export function isLogin({ login }: SystemScenarios, { send }: CallStep): boolean {
  return send.operation === login.operation;
}

/** All requests of a scenario. */
export function callsOf({ steps, finally: last = [] }: Scenario): readonly CallStep[] {
  return [...steps.filter((step): step is CallStep => 'send' in step), ...last];
}

/** The scenarios in the order in which they are run: against a live service those last whose logins are not meant to be accepted. */
export function inOrder({ suite, target }: ContractRun): readonly Scenario[] {
  if (target.kind === 'sandbox') return suite.scenarios;
  const isMeantToFail = (scenario: Scenario): boolean =>
    callsOf(scenario).some((step) => isLogin(suite, step) && step.login !== 'right');
  return [
    ...suite.scenarios.filter((scenario) => !isMeantToFail(scenario)),
    ...suite.scenarios.filter((scenario) => isMeantToFail(scenario)),
  ];
}

/** Why a scenario is not run now, and for which values; `undefined` where it is. */
export function whySkipped(
  scenario: Scenario,
  { suite, target, values, allowUnsafe = false, maxCalls = 60 }: ContractRun,
  { calls, doubtfulLogins }: Progress,
): { readonly reason: string; readonly missing?: readonly string[] } | undefined {
  const { needs = [], unsafe } = scenario;
  const missing = [...suite.values, ...needs.flatMap((need) => suite.needs[need] ?? [])].filter(
    (name) => values[name] === undefined,
  );
  if (missing.length > 0) return { reason: `needs ${missing.join(', ')}`, missing };
  if (needs.includes('steering' satisfies Need) && target.steer === undefined)
    return { reason: 'needs a target that can be steered: the sandbox' };
  if (target.kind === 'sandbox') return undefined;
  if (unsafe !== undefined && !allowUnsafe) return { reason: `not without being allowed to: ${unsafe}` };
  const requests = callsOf(scenario);
  if (doubtfulLogins > 0 && requests.some((step) => isLogin(suite, step))) return { reason: HELD_BACK };
  return calls + requests.length > maxCalls ? { reason: `would go beyond ${maxCalls} calls` } : undefined;
}
