import type { components } from '../../generated/zuora-rest/types.ts';
import type { ZuoraRecord } from './zuora-records.ts';
import type { ReplayProblem } from './zuora-replays.ts';
import type { ZuoraSettings } from './zuora-settings.ts';
import type { ZuoraDenial } from './zuora-tenant.ts';
import type { ZuoraEntity } from './zuora-users.ts';

type Schemas = components['schemas'];

/** Codes are numbers on the wire; the vendor's reference calls them strings. */
export type ZuoraReason = Required<Schemas['Reason']> & { readonly code: number };

const signInFirst: Schemas['CommonResponse'] = {
  success: false,
  reasons: [{ code: 90000011, message: 'this resource is protected, please sign in first' }],
};

// The two other forms in which clients have met a refusal; the second is that of a gateway in front of the service.
const authenticationError: Schemas['CommonResponse'] = {
  success: false,
  reasons: [{ code: 90000011, message: 'Authentication error' }],
};
const gatewayRefusal = (path: string): Schemas['FailureBody'] => ({
  error: 'Unauthorized',
  status: 401,
  message: 'Full authentication is required to access this resource',
  path,
});

const lockedOut: Schemas['CommonResponse'] = {
  success: false,
  reasons: [{ code: 90000011, message: 'Your account is locked, please try again later' }],
};

/** What is said to a caller without good credentials or a live session. */
export function refusalBody({ refusalForm, lockedAnswer }: ZuoraSettings, path: string, denial?: ZuoraDenial): object {
  if (denial === 'locked' && lockedAnswer === 'named') return lockedOut;
  if (refusalForm === 'gateway') return gatewayRefusal(path);
  return refusalForm === 'authentication-error' ? authenticationError : signInFirst;
}

export const loggedIn: Schemas['CommonResponse'] = { success: true };

export const noSuchEntity = (): ZuoraReason => ({
  code: 90000020,
  message: 'The specified entity is not valid or you do not have access to it.',
});

export const twoEntities = (): ZuoraReason => ({
  code: 90000020,
  message: 'Only one of entityId and entityName may be specified.',
});

export const noSuchKey = (key: string): ZuoraReason => ({
  code: 50000040,
  message: `Cannot find entity by key: '${key}'.`,
});

/** What a request with an idempotency key gets in place of an answer; the bodies are guesses. */
export const replayProblems: Readonly<Record<ReplayProblem, { status: number; reason: ZuoraReason }>> = {
  'in-progress': {
    status: 409,
    reason: { code: 90000050, message: 'A request with the same idempotency key is in progress.' },
  },
  mismatch: {
    status: 422,
    reason: { code: 90000020, message: 'The idempotency key was used for another request.' },
  },
  'too-long': { status: 400, reason: { code: 90000020, message: 'The idempotency key is too long.' } },
};

/** Failures of later calls carry a process id; the caller brings it. */
export const businessFailure = (processId: string, ...reasons: ZuoraReason[]): Schemas['CommonResponse'] => ({
  success: false,
  processId,
  reasons,
});

export const entitiesBody = (entities: readonly ZuoraEntity[]): Schemas['EntitiesResponse'] => ({
  success: true,
  entities: entities.map(({ id, name }) => ({ id, name })),
});

/** Long enough, with its contacts, that a caller who accepts gzip gets it compressed. */
export function accountBody({ id, values }: ZuoraRecord) {
  const contact = {
    address1: '1 Example Street',
    address2: null,
    city: 'Springfield',
    country: 'United States',
    county: null,
    fax: null,
    firstName: 'Ada',
    homePhone: null,
    lastName: 'Example',
    mobilePhone: null,
    nickname: null,
    otherPhone: null,
    otherPhoneType: 'Work',
    personalEmail: null,
    state: 'California',
    taxRegion: null,
    workEmail: 'contact@company.example.test',
    workPhone: null,
    zipCode: '94404',
  };
  return {
    basicInfo: {
      id,
      name: values.get('Name') ?? null,
      accountNumber: values.get('AccountNumber') ?? null,
      notes: values.get('Notes') ?? null,
      status: values.get('Status') ?? null,
      crmId: values.get('CrmId') ?? null,
      batch: values.get('Batch') ?? null,
    },
    billingAndPayment: {
      billCycleDay: Number(values.get('BillCycleDay') ?? 1),
      currency: values.get('Currency') ?? null,
      paymentTerm: 'Net 30',
      additionalEmailAddresses: [],
    },
    metrics: { balance: Number(values.get('Balance') ?? 0), contractedMrr: 0 },
    billToContact: contact,
    soldToContact: contact,
    success: true,
  };
}

/**
 * JSON laid out the way the service prints it: a space on both sides of the colon, lists on the line of their name. The
 * documented lengths of the captured bodies, 22 and 138 bytes, depend on it.
 */
export function prettyJson(value: unknown, indent = ''): string {
  if (Array.isArray(value)) {
    return value.length === 0 ? '[ ]' : `[ ${value.map((item) => prettyJson(item, indent)).join(', ')} ]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const inner = `${indent}  `;
  const lines = Object.entries(value).map(
    ([name, item]) => `${inner}${JSON.stringify(name)} : ${prettyJson(item, inner)}`,
  );
  return lines.length === 0 ? '{ }' : `{\n${lines.join(',\n')}\n${indent}}`;
}
