import { describe, expect, it } from 'vitest';
import { logins } from '../../scripts/outcomes.ts';
import * as errors from '../../src/errors.ts';
import { rejection } from '../helpers/waiting.ts';
import { envelope, fault, origin, type PlayedAnswer, play, playedSystems } from './outcomes.support.ts';

const {
  AccountLockedError,
  ContractViolationError,
  EntityDeniedError,
  LoginDeniedError,
  LoginQuarantinedError,
  PasswordChangeRequiredError,
  PasswordExpiredError,
  RateLimitedError,
  ServiceUnreachableError,
  SoapFaultError,
  TotpRequiredError,
} = errors;

type ErrorClass = abstract new (...given: never) => errors.LatchkeyError;

/** What the service says, what that means by what is known of the service, and the row that has to say so. */
interface Case {
  readonly row: string;
  readonly what: string;
  readonly answer: PlayedAnswer;
  readonly error: ErrorClass;
  /** Whether it says that these very credentials are wrong: sending them again could lock the account. */
  readonly remembered?: boolean;
  /** Whether time alone can change it. */
  readonly retryable?: boolean;
  /** What the way out has to speak of. */
  readonly way: RegExp;
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  // The bodies of refusals are not documented: only the status speaks.
  'pulse-crm': ['', '<html>no</html>', '{"token":"x"}'].map((body) => ({
    row: '401, whatever its body',
    what: `a 401 with ${body || 'no body'}`,
    answer: { status: 401, body },
    error: LoginDeniedError,
    remembered: true,
    way: /credentials/,
  })),
  'zuora-rest': [
    ...[200, 401, 403].map((status) => ({
      row: '`reasons[].code` 90000020',
      what: `the code of a wrong or forbidden entity, with status ${status}`,
      answer: { status, body: { success: false, reasons: [{ code: 90000020, message: 'x' }] } },
      error: EntityDeniedError,
      remembered: false,
      way: /entity/,
    })),
    ...[
      // As captured: the code is a number, and there is no processId.
      { success: false, reasons: [{ code: 90000011, message: 'this resource is protected, please sign in first' }] },
      // A gateway's.
      { error: 'Unauthorized', status: 401, message: 'x', path: '/v1/connections' },
      'sorry',
    ].map((body) => ({
      row: 'any other 401, whatever its body',
      what: `a 401 with ${JSON.stringify(body)}`,
      answer: { status: 401, body },
      error: LoginDeniedError,
      remembered: true,
      // Three attempts can lock the user, for 20 to 60 minutes.
      way: /credentials.*lockout.*20 to 60 minutes/,
    })),
    // The last two digits: 10 is permission denied, 11 is authentication failed; neither is worth a retry.
    ...[90000011, '50000010'].map((code) => ({
      row: '`success: false`, category 10 or 11',
      what: `a 200 with the code ${code}`,
      answer: { body: { success: false, reasons: [{ code, message: 'x' }] } },
      error: LoginDeniedError,
      remembered: true,
      way: /credentials.*permission/,
    })),
    // 50 is locking contention, 61 a temporary error.
    ...[50000050, 50000061].map((code) => ({
      row: '`success: false`, any other category',
      what: `a 200 with the code ${code}`,
      answer: { body: { success: false, reasons: [{ code, message: 'x' }] } },
      error: ServiceUnreachableError,
      retryable: true,
      way: /code/,
    })),
    {
      row: 'any other 4xx',
      what: "a proxy's 400",
      answer: { status: 400, type: 'text/html', body: '<html>not so</html>' },
      error: ServiceUnreachableError,
      retryable: true,
      way: /service/,
    },
  ],
  'zuora-soap': [
    ...[
      fault('REQUEST_EXCEEDED_LIMIT', 'x', { status: 429 }),
      fault('UNKNOWN_ERROR', 'x', { status: 429 }),
      fault('REQUEST_EXCEEDED_RATE', 'x'),
      fault('REQUEST_EXCEEDED_LIMIT', 'x', { type: 'LoginFault' }),
    ].map((answer, index) => ({
      row: 'a fault with status 429, `REQUEST_EXCEEDED_LIMIT` or `REQUEST_EXCEEDED_RATE`',
      what: `fault ${index + 1} of overload`,
      answer,
      error: RateLimitedError,
      retryable: true,
      way: /waiting/,
    })),
    ...['LOCK_COMPETITION', 'TEMPORARY_ERROR', 'TRANSACTION_TIMEOUT', 'SERVER_UNAVAILABLE'].map((code) => ({
      row: 'a fault of a passing kind: `LOCK_COMPETITION`, `TEMPORARY_ERROR`, `TRANSACTION_TIMEOUT`, `SERVER_UNAVAILABLE`',
      what: code,
      answer: fault(code, 'x'),
      error: ServiceUnreachableError,
      retryable: true,
      way: /waiting/,
    })),
    {
      row: '`LoginFault` about an entity',
      what: 'an entity that the user may not enter',
      answer: fault('INVALID_VALUE', 'The entity is not permitted.', { type: 'LoginFault' }),
      error: EntityDeniedError,
      remembered: false,
      way: /entity/,
    },
    {
      // As documented: it comes under the same code as a wrong password.
      row: '`LoginFault` about an IP address',
      what: 'a restricted address',
      answer: fault(
        'INVALID_VALUE',
        'Your IP address may be restricted. Please contact the administrator at your company for help.',
        { type: 'LoginFault' },
      ),
      error: LoginDeniedError,
      remembered: false,
      way: /addresses/,
    },
    // As captured the code is INVALID_VALUE; the WSDL has INVALID_LOGIN too. The detail's name is what counts.
    ...['INVALID_VALUE', 'INVALID_LOGIN', 'API_DISABLED'].map((code) => ({
      row: 'any other `LoginFault`',
      what: `a LoginFault with ${code}`,
      answer: fault(code, 'Invalid login. User name and password do not match.', { type: 'LoginFault' }),
      error: LoginDeniedError,
      remembered: true,
      way: /credentials.*lockout.*20 to 60 minutes/,
    })),
    ...['UNKNOWN_ERROR', 'INVALID_VERSION', 'INVALID_VALUE'].map((code) => ({
      row: 'any other fault',
      what: `an UnexpectedErrorFault with ${code}`,
      answer: fault(code, 'x'),
      error: SoapFaultError,
      way: /fault/,
    })),
  ],
  // Codes that Zato tells only after name, password and one-time code were right do not speak against the credentials.
  'zato-sso': [
    ...zato('E005001', 'E005001', LoginDeniedError, true, /credentials/),
    ...zato('E005002', 'E005002', AccountLockedError, false, /administrator/),
    ...zato('E005003, E005004', 'E005003 E005004', LoginDeniedError, false, /sign-up/),
    ...zato('E005008', 'E005008', TotpRequiredError, false, /one-time code/),
    ...zato('E003004, E003006', 'E003004 E003006', PasswordExpiredError, true, /new password/),
    ...zato('E003007', 'E003007', PasswordChangeRequiredError, true, /newPassword/),
    ...zato(
      'E003001, E003002, E003003, E003008',
      'E003001 E003002 E003003 E003008',
      PasswordChangeRequiredError,
      true,
      /another newPassword/,
    ),
    ...zato('E004001', 'E004001', EntityDeniedError, false, /currentApp/),
    ...zato('E006001', 'E006001', LoginDeniedError, false, /remoteAddr/),
    ...zato('E008004', 'E008004', LoginDeniedError, false, /service/),
    ...zato('any other code, or none', 'E005005 E999999', LoginDeniedError, true, /credentials/),
    {
      row: 'any other code, or none',
      what: 'an error without a code',
      answer: { status: 403, body: { status: 'error', cid: 'c' } },
      error: LoginDeniedError,
      remembered: true,
      way: /credentials/,
    },
  ],
};

function zato(row: string, codes: string, error: ErrorClass, remembered: boolean, way: RegExp): Case[] {
  return codes.split(' ').map((code) => {
    const body = { status: 'error', cid: 'c'.repeat(24), sub_status: [code] };
    // An application that the server does not know is told in a 200.
    const answer = { status: code === 'E004001' ? 200 : 403, body };
    return { row, what: code, answer, error, remembered, way };
  });
}

/** What no system's own rows are about, played for each system. */
const unfit: Readonly<Record<string, PlayedAnswer>> = {
  'pulse-crm': { body: { id: 1, email: 'a@b.test' } },
  'zuora-rest': { body: { success: true } },
  'zuora-soap': {
    type: 'text/xml',
    body: envelope('<z:loginResponse xmlns:z="http://api.zuora.com/"><z:result/></z:loginResponse>'),
  },
  'zato-sso': { body: { status: 'ok', cid: 'c'.repeat(24), sub_status: [] } },
};
const unbelievable =
  'any other 5xx that is no SOAP fault, a page in place of an answer, a redirect, half an answer, none';
const limited = '429, or 503 with `Retry-After`';
const absent = '404 or 405: there is no login at that address';
const text = 'text/plain';
const everywhere = Object.keys(playedSystems).flatMap((system) => {
  const xmlOrJson = system === 'zuora-soap' ? 'text/xml' : 'application/json';
  const unreachable: readonly (readonly [string, PlayedAnswer])[] = [
    ['a crash', { status: 500, type: text, body: 'sorry' }],
    ['a gateway that waits in vain', { status: 504, type: 'text/html', body: '<html></html>' }],
    ['a 503 that does not say until when', { status: 503, type: text, body: 'x' }],
    ['a page to log in on', { type: 'text/html', body: '<html>Sign in</html>' }],
    ['a redirect', { status: 302, headers: { Location: 'https://elsewhere.example.test/' } }],
    ['half an answer', { type: xmlOrJson, body: '<half>{"of": "it"}', fate: 'half' }],
    ['no answer', { fate: 'lost' }],
  ];
  const limits: readonly (readonly [string, PlayedAnswer])[] = [
    ['a 429', { status: 429, type: text, body: 'x' }],
    ['a 503 that says until when', { status: 503, type: text, body: 'x', headers: { 'Retry-After': '7' } }],
  ];
  const nowhere: readonly (readonly [string, PlayedAnswer])[] = [
    ['a 404 in text', { status: 404, type: text, body: 'no such page' }],
    ['a 404 in JSON', { status: 404, body: { error: 'Not Found' } }],
    ['a 404 in XML', { status: 404, type: 'text/xml', body: '<html>no such page</html>' }],
    ['a 404 without a body', { status: 404, type: text }],
    ['a 405', { status: 405, type: 'text/html', body: '<html>not allowed</html>' }],
  ];
  const of = (row: string, error: ErrorClass, way: RegExp, retryable: boolean) => {
    return ([what, answer]: readonly [string, PlayedAnswer]): readonly [string, Case] => [
      system,
      { row, what, answer, error, way, retryable },
    ];
  };
  const violation = of(
    'an answer, to a renewal too, that does not fit the spec',
    ContractViolationError,
    /spec/,
    false,
  );
  return [
    ...nowhere.map(of(absent, ServiceUnreachableError, /base URL/, true)),
    ...limits.map(of(limited, RateLimitedError, /waiting/, true)),
    ...unreachable.map(of(unbelievable, ServiceUnreachableError, /service/, true)),
    violation(['an answer that lacks the session', unfit[system] ?? {}]),
  ];
});

async function judge(system: string, table: string, { row, answer, error, remembered, retryable, way }: Case) {
  const played = play(system, { login: [answer] });
  const thrown = await rejection(played.session.login());
  expect((thrown as Error).constructor).toBe(error);
  expect(thrown).toMatchObject({ retryable: retryable ?? false });
  const isDenial = thrown instanceof LoginDeniedError;
  expect(isDenial && thrown.isRemembered).toBe(remembered ?? false);

  const told = logins[table]?.find(({ signal }) => signal === row);
  expect(told).toMatchObject({ error: error.name, liftedBy: expect.stringMatching(way) });
  expect(told?.isRemembered ?? false).toBe(remembered ?? false);
  if (isDenial) expect(thrown.liftedBy).toBe(told?.liftedBy);

  // Another client, as another process has it, with the same credentials and the same store.
  const other = played.open();
  if (!remembered) {
    await other.session.login();
    expect(played.sent).toEqual(['login', 'login']);
    return;
  }
  const again = await rejection(other.session.login());
  expect(again).toBeInstanceOf(LoginQuarantinedError);
  expect(again).toMatchObject({ liftedBy: told?.liftedBy, retryable: false });
  expect(String(again)).toContain(`What lets a login in: ${told?.liftedBy}`);
  expect(played.sent).toEqual(['login']);
}

describe('a login ends as its row says', () => {
  const own = Object.entries(cases).flatMap(([system, rows]) => rows.map((one) => [system, one.what, one] as const));

  it.each(own)('%s: %s', (system, _, one) => judge(system, system, one));

  it.each(everywhere.map(([system, one]) => [system, one.what, one] as const))('%s, as all: %s', (system, _, one) =>
    judge(system, 'all', one),
  );

  it('and no row is without a login that ends so', () => {
    const played = Object.fromEntries(
      Object.entries({ ...cases, all: everywhere.map(([, one]) => one) }).map(([system, rows]) => [
        system,
        [...new Set(rows.map(({ row }) => row))].sort(),
      ]),
    );
    const told = Object.entries(logins).map(([system, rows]) => [system, rows.map(({ signal }) => signal).sort()]);
    expect(played).toEqual(Object.fromEntries(told));
  });

  it.each([
    ['pulse-crm', 'POST /auth/login', origin],
    ['zuora-rest', 'POST /v1/connections', origin],
    ['zuora-soap', 'login', `${origin}/apps/services/a/91.0`],
    ['zato-sso', 'POST /zato/sso/user/login', origin],
  ])('%s asks whether the base URL is right where there is no login', async (system, login, baseUrl) => {
    const { session } = play(system, { login: [{ status: 404, type: 'text/html', body: '<html></html>' }] });
    expect(await rejection(session.login())).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
      message: `${system}: ${login} does not exist at ${baseUrl}: is the base URL right?`,
      status: 404,
    });
  });

  it('a renewal that does not fit the spec ends like a login that does not', async () => {
    const { session } = play('zato-sso', { renewal: [{ body: { status: 'ok', cid: 'c', sub_status: [] } }] });
    await session.login();
    expect(await rejection(session.renew())).toBeInstanceOf(ContractViolationError);
  });
});
