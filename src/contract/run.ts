import type { Contract } from './exchange.ts';
import type { Finding } from './finding.ts';
import type { SteerStep, SystemScenarios } from './scenario.ts';
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
  /** The most requests to a live service, from 1 to 1,000,000; scenarios that would go beyond are skipped. @default 60 */
  readonly maxCalls?: number | undefined;
  /** How long an answer may take, in ms, from 1 to 2,147,483,647. @default 30_000 */
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
  /** Number of the step in its scenario, from 1; those of `finally` are counted on. */
  readonly step: number;
}

export interface ScenarioResult {
  readonly name: string;
  readonly about: string;
  readonly outcome: ScenarioOutcome;
  /** Why it was skipped, or what went wrong besides the findings. */
  readonly reason?: string;
  /** Names of the values that it was skipped for. */
  readonly missing?: readonly string[];
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
  /** Logins that were sent and not plainly accepted, whatever was expected of them: each may count against an account. */
  readonly refusedLogins: number;
  readonly results: readonly ScenarioResult[];
}

/** The largest values of options that are numbers. */
export const MOST = { maxCalls: 1_000_000, timeoutMs: 2 ** 31 - 1 } as const;

/** What is known while a run goes on. */
export interface Progress {
  calls: number;
  /** Logins that were sent and not, or not yet, plainly accepted. */
  doubtfulLogins: number;
}
