import type { SystemScenarios } from '../scenario.ts';
import { pulseCrmScenarios } from './pulse-crm.ts';
import { zatoSsoScenarios } from './zato-sso.ts';
import { zuoraRestScenarios } from './zuora-rest.ts';
import { zuoraSoapScenarios } from './zuora-soap.ts';

/** What each system is held to. */
export const scenarios = {
  'zuora-rest': zuoraRestScenarios,
  'zuora-soap': zuoraSoapScenarios,
  'zato-sso': zatoSsoScenarios,
  'pulse-crm': pulseCrmScenarios,
} as const satisfies Readonly<Record<string, SystemScenarios>>;
