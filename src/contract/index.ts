import { contracts } from './contracts.ts';
import { type ContractReport, type ContractRun, runContract as run } from './runner.ts';
import { scenarios } from './scenarios/index.ts';

export type { Finding } from './finding.ts';
export { reportJUnit, reportLines, reportMarkdown } from './report.ts';
export type { ContractReport, ContractTarget, ScenarioOutcome, ScenarioResult, StepFinding } from './runner.ts';
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

/**
 * Holds a service to its spec, scenario by scenario. Every request and answer is checked both ways. A live service is sent only what is safe
 * unless `allowUnsafe`, and no login any more after one was refused, whatever was expected of it.
 * @throws TypeError with code `ERR_OPTION` for a system that it does not know, `ERR_CONTRACT_SCENARIO` for a scenario, and the signal's reason
 */
export async function runContract(options: RunContractOptions): Promise<ContractReport> {
  const { system } = options;
  if (!Object.hasOwn(scenarios, system)) {
    const what = `there is no system ${String(system)}; there are ${Object.keys(scenarios).join(', ')}`;
    throw Object.assign(new TypeError(what), { code: 'ERR_OPTION' });
  }
  return run({ ...options, contract: contracts[system], suite: scenarios[system] });
}
