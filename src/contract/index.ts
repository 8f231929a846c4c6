import { badArgument, refuseUnknownOptions } from '../errors.ts';
import { checkBaseUrl } from '../transport/origins.ts';
import { contracts } from './contracts.ts';
import { type ContractReport, type ContractRun, MOST } from './run.ts';
import { runContract as run } from './runner.ts';
import { scenarios } from './scenarios/index.ts';

export type { Finding } from './finding.ts';
export { reportJUnit, reportLines, reportMarkdown } from './report.ts';
export type { ContractReport, ContractTarget, ScenarioOutcome, ScenarioResult, StepFinding } from './run.ts';
export type {
  CallStep,
  Expected,
  JsonTemplate,
  Match,
  Need,
  Scenario,
  Send,
  Source,
  SteerStep,
  SystemScenarios,
  Template,
} from './scenario.ts';
export type { ContractValue } from './template.ts';
export { scenarios };

/** The systems that can be held to their specs. */
export type ContractSystem = keyof typeof scenarios;

/** Options of {@link runContract}. */
export type RunContractOptions = Omit<ContractRun, 'system' | 'contract' | 'suite'> & {
  readonly system: ContractSystem;
};

const OPTIONS = {
  system: true,
  target: true,
  values: true,
  only: true,
  allowUnsafe: true,
  maxCalls: true,
  timeoutMs: true,
  signal: true,
  onResult: true,
} as const satisfies Record<keyof RunContractOptions, true>;

/**
 * Holds a service to its spec, scenario by scenario. Every request and answer is checked both ways. A live service is sent only what is safe
 * unless `allowUnsafe`, and no login any more after one was not plainly accepted, whatever was expected of it.
 * @throws TypeError with code `ERR_OPTION` for a system that it does not know and for options that are not as they say, `ERR_BASE_URL`,
 *   `ERR_INSECURE_URL` for a live service at plain http on another machine, `ERR_CONTRACT_SCENARIO` for a scenario, `ERR_CREDENTIALS` for a
 *   value that cannot be sent; and the signal's reason
 */
export async function runContract(options: RunContractOptions): Promise<ContractReport> {
  const { system, target, values, maxCalls, timeoutMs } = options;
  refuseUnknownOptions('runContract', options, OPTIONS);
  if (!Object.hasOwn(scenarios, system)) {
    const what = `there is no system ${String(system)}; there are ${Object.keys(scenarios).join(', ')}`;
    throw badArgument('ERR_OPTION', what);
  }
  if (target.kind !== 'sandbox' && target.kind !== 'live')
    throw badArgument('ERR_OPTION', 'the kind of a target must be sandbox or live');
  checkBaseUrl(target.baseUrl, target.kind === 'sandbox', { baseUrl: 'baseUrl' });
  wholeNumber('maxCalls', maxCalls);
  wholeNumber('timeoutMs', timeoutMs);
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || typeof value === 'function' || (typeof value === 'string' && value !== '')) continue;
    throw badArgument('ERR_CREDENTIALS', `the value ${name} must be a text that is not empty, or a function`);
  }
  return run({ ...options, contract: contracts[system], suite: scenarios[system] });
}

function wholeNumber(name: keyof typeof MOST, value: number | undefined): void {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= MOST[name])) return;
  throw badArgument('ERR_OPTION', `${name} must be a whole number from 1 to ${MOST[name]}`);
}
