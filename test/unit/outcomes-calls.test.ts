import { describe, expect, it } from 'vitest';
import { calls, renewals } from '../../scripts/outcomes.ts';
import { LatchkeyError, RateLimitedError, SoapFaultError } from '../../src/errors.ts';
import { fault, type Kind, type PlayedAnswer, play, soapRows } from './outcomes.support.ts';

/** What one call is answered, what that means by what is known of the service, and the row that has to say so. */
interface Case {
  readonly row: string;
  readonly what: string;
  readonly path?: string;
  readonly answer: PlayedAnswer;
  /** The answer to a renewal, where one is to follow. */
  readonly renewal?: PlayedAnswer;
  /** All that is sent from the call on. */
  readonly sent: readonly Kind[];
  /** What the caller gets: a REST status, the number of SOAP rows, or an error. */
  readonly gets:
    | number
    | { readonly error: typeof RateLimitedError | typeof SoapFaultError; readonly retryable: boolean };
  /** Whether the session of before is used on. */
  readonly isKept: boolean;
}

const again = { sent: ['call', 'login', 'call'], gets: 200, isKept: false } as const;
const zatoError = (status: number, ...codes: string[]): PlayedAnswer => ({
  status,
  body: { status: 'error', cid: 'c'.repeat(24), sub_status: codes },
});
const bare = { status: 500, body: { result: 'Error', cid: 'c' } };
const dead = { Success: false, Errors: [{ Code: 'INVALID_SESSION', Message: 'x' }] };
const rowsOfRest = 'rows that all say `INVALID_SESSION` or 90000011';
const someRows = 'rows of which some say so';
const create = '/v1/action/create';
const inBody = '`INVALID_SESSION` or 90000011, in a failure or an answer of the `action` and `object` routes';

/** Where only a renewal can tell: both of its answers. */
const doubtful = (row: string, what: string, answer: PlayedAnswer, path = '/user'): Case[] => [
  {
    ...{ row, what: `${what}, and the session is gone`, path, answer, renewal: zatoError(403, 'E007001') },
    ...{ sent: ['call', 'renewal', 'login', 'call'], gets: 200, isKept: false },
  },
  {
    ...{ row, what: `${what}, and the session lives`, path, answer },
    ...{ sent: ['call', 'renewal'], gets: answer.status ?? 200, isKept: true },
  },
];

const stays = (error: typeof RateLimitedError | typeof SoapFaultError, retryable: boolean) =>
  ({ sent: ['call'], gets: { error, retryable }, isKept: true }) as const;

const cases: Readonly<Record<string, readonly Case[]>> = {
  'pulse-crm': [
    { row: '401', what: 'a 401', answer: { status: 401 }, ...again },
    {
      row: '403, which is about permission',
      what: 'a 403',
      answer: { status: 403 },
      ...{ sent: ['call'], gets: 403, isKept: true },
    },
  ],
  'zuora-rest': [
    {
      row: '401',
      what: "a gateway's 401",
      answer: { status: 401, body: { error: 'Unauthorized', status: 401 } },
      ...again,
    },
    {
      row: inBody,
      what: 'a failure with the number 90000011',
      answer: { status: 403, body: { success: false, reasons: [{ code: 90000011, message: 'please sign in' }] } },
      ...again,
    },
    {
      row: inBody,
      what: "an action's fault, in a 200",
      path: create,
      answer: { body: { faultcode: 'fns:INVALID_SESSION', faultstring: 'x' } },
      ...again,
    },
    { row: rowsOfRest, what: 'dead rows only', path: create, answer: { body: [dead, dead] }, ...again },
    {
      row: someRows,
      what: 'a dead row among others',
      path: create,
      answer: { body: [{ Success: true, Id: '1' }, dead] },
      ...{ sent: ['call'], gets: 200, isKept: false },
    },
  ],
  'zuora-soap': [
    ...[200, 500].map((status) => ({
      row: 'a fault with `INVALID_SESSION`, whatever the status',
      what: `INVALID_SESSION in a ${status}`,
      answer: fault('INVALID_SESSION', 'x', { status }),
      ...again,
      gets: 1,
    })),
    { row: rowsOfRest, what: 'dead rows only', answer: soapRows('dead', 'dead'), ...again, gets: 1 },
    {
      row: someRows,
      what: 'a dead row among others',
      answer: soapRows('done', 'dead'),
      ...{ sent: ['call'], gets: 2, isKept: false },
    },
    ...[fault('REQUEST_EXCEEDED_LIMIT', 'x', { status: 429 }), fault('REQUEST_EXCEEDED_RATE', 'x')].map(
      (answer, index) => ({
        row: 'a fault with status 429, `REQUEST_EXCEEDED_LIMIT` or `REQUEST_EXCEEDED_RATE`',
        what: `fault ${index + 1} of overload`,
        answer,
        ...stays(RateLimitedError, true),
      }),
    ),
    ...['LOCK_COMPETITION', 'TEMPORARY_ERROR', 'TRANSACTION_TIMEOUT', 'SERVER_UNAVAILABLE'].map((code) => ({
      row: 'a fault of a passing kind: `LOCK_COMPETITION`, `TEMPORARY_ERROR`, `TRANSACTION_TIMEOUT`, `SERVER_UNAVAILABLE`',
      what: code,
      answer: fault(code, 'x'),
      ...stays(SoapFaultError, true),
    })),
    ...['INVALID_VALUE', 'NO_PERMISSION'].map((code) => ({
      row: 'any other fault',
      what: code,
      answer: fault(code, 'x', { type: 'InvalidValueFault' }),
      ...stays(SoapFaultError, false),
    })),
  ],
  'zato-sso': [
    ...['E007001', 'E007002'].map((code) => ({
      row: 'any other E007001, E007002',
      what: code,
      answer: zatoError(403, code),
      ...again,
    })),
    // The answer does not say which of the two sessions is gone.
    ...doubtful(
      'E007001, E007002 from a call that names a second session',
      'E007001 about one of two sessions',
      zatoError(403, 'E007001'),
      '/user/session?target_ust=other',
    ),
    ...doubtful('a bare 500', 'a system error without details', bare),
    ...doubtful(
      'E005001 from the search',
      'the refusal behind which the search hides all others',
      zatoError(403, 'E005001'),
      '/user/search',
    ),
    ...['E005001', 'E005002', 'E005003'].map((code) => ({
      row: 'E005001, E005002, E005003 elsewhere',
      what: `${code}, which is about the user`,
      answer: zatoError(403, code),
      ...{ sent: ['call'] as const, gets: 403, isKept: true },
    })),
  ],
};

async function judge(system: string, { path, answer, renewal, sent, gets, isKept }: Case): Promise<void> {
  const played = play(system, { call: [answer], ...(renewal ? { renewal: [renewal] } : {}) });
  const before = await played.session.login();
  const [result] = await Promise.allSettled([played.call(path)]);
  expect(played.sent).toEqual(['login', ...sent]);
  if (typeof gets === 'number') expect(result).toEqual({ status: 'fulfilled', value: gets });
  else {
    const error: unknown = result?.status === 'rejected' ? result.reason : undefined;
    expect((error as Error).constructor).toBe(gets.error);
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(error).toMatchObject({ retryable: gets.retryable });
  }
  expect((await played.session.get()).secret === before.secret).toBe(isKept);
}

describe('a call ends as its row says', () => {
  const all = Object.entries(cases).flatMap(([system, rows]) => rows.map((one) => [system, one.what, one] as const));

  it.each(all)('%s: %s', (system, _, one) => judge(system, one));

  it.each(all)('and the row says what comes of it: %s: %s', (system, _, { row, sent, gets, isKept }) => {
    const told = calls[system]?.find(({ signal }) => signal === row);
    const isSentAgain = sent.filter((kind) => kind === 'call').length > 1;
    const verdict = sent.includes('renewal') ? 'unsure' : isSentAgain ? 'refused' : isKept ? 'accepted' : 'distrust';
    const error = typeof gets === 'number' ? undefined : gets;
    expect(told).toMatchObject({ verdict, ...(error && { error: error.error.name }) });
    // What is limited is retryable by itself.
    if (error?.error === SoapFaultError) expect(told?.isRetryable ?? false).toBe(error.retryable);
  });

  it('and no row is without a call that ends so', () => {
    const played = Object.entries(cases).map(([system, rows]) => [
      system,
      [...new Set(rows.map(({ row }) => row))].sort(),
    ]);
    const told = Object.entries(calls).map(([system, rows]) => [system, rows.map(({ signal }) => signal).sort()]);
    expect(Object.fromEntries(played)).toEqual(Object.fromEntries(told));
  });
});

describe('a renewal ends as its row says', () => {
  const gone: readonly (readonly [row: string, answer: PlayedAnswer])[] = [
    ['a renewal answered with E007001 or E007002', zatoError(403, 'E007001')],
    ['a renewal answered with E007001 or E007002', zatoError(403, 'E007002')],
    // A token that was damaged, or that another server sealed.
    ['a renewal answered with a bare 500', bare],
  ];

  it.each(gone)('zato-sso: %s', async (row, answer) => {
    const { session, sent } = play('zato-sso', { renewal: [answer] });
    const before = await session.login();
    expect((await session.renew()).secret).not.toBe(before.secret);
    expect(sent).toEqual(['login', 'renewal', 'login']);
    expect(renewals['zato-sso']?.find(({ signal }) => signal === row)?.verdict).toBe('refused');
  });

  it('and no row is without a renewal that ends so', () => {
    const told = Object.values(renewals).flatMap((rows) => rows.map(({ signal }) => signal));
    expect([...new Set(gone.map(([row]) => row))].sort()).toEqual(told.sort());
  });
});
