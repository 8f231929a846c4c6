import * as pulseDocumented from '../../generated/pulse-crm/names.ts';
import { operations as pulseOperations } from '../../generated/pulse-crm/operations.ts';
import { validators as pulseValidators } from '../../generated/pulse-crm/validators.ts';
import * as zatoDocumented from '../../generated/zato-sso/names.ts';
import { operations as zatoOperations } from '../../generated/zato-sso/operations.ts';
import { validators as zatoValidators } from '../../generated/zato-sso/validators.ts';
import * as zuoraDocumented from '../../generated/zuora-rest/names.ts';
import { operations as zuoraOperations } from '../../generated/zuora-rest/operations.ts';
import { validators as zuoraValidators } from '../../generated/zuora-rest/validators.ts';
import { service } from '../../generated/zuora-soap/table.ts';
import type { Contract } from './exchange.ts';
import { soapContract } from './soap-exchange.ts';

type SystemName = 'zuora-rest' | 'zuora-soap' | 'zato-sso' | 'pulse-crm';

/** The contract of each system of the package. */
export const contracts: Readonly<Record<SystemName, Contract>> = {
  'zuora-rest': {
    kind: 'openapi',
    operations: zuoraOperations,
    validators: zuoraValidators,
    documented: zuoraDocumented,
    // The legacy hosts serve the same paths below it.
    basePaths: ['/rest'],
  },
  'zuora-soap': soapContract(service),
  'zato-sso': { kind: 'openapi', operations: zatoOperations, validators: zatoValidators, documented: zatoDocumented },
  'pulse-crm': {
    kind: 'openapi',
    operations: pulseOperations,
    validators: pulseValidators,
    documented: pulseDocumented,
  },
};
