import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import * as errors from '../../src/errors.ts';
import { createRedactor, MASK } from '../../src/redact.ts';

const { LatchkeyError, ServiceUnreachableError, StoreError, isLatchkeyError } = errors;

describe('errors of the package', () => {
  const made: ReadonlyArray<readonly [Error, string, boolean]> = [
    [new errors.LoginDeniedError('x'), 'ERR_LOGIN_DENIED', false],
    [new errors.LoginQuarantinedError('x', { sinceMs: 1, untilMs: 2 }), 'ERR_LOGIN_QUARANTINED', false],
    [new errors.AccountLockedError('x'), 'ERR_ACCOUNT_LOCKED', false],
    [new errors.TotpRequiredError('x'), 'ERR_TOTP_REQUIRED', false],
    [new errors.PasswordExpiredError('x'), 'ERR_PASSWORD_EXPIRED', false],
    [new errors.PasswordChangeRequiredError('x'), 'ERR_PASSWORD_CHANGE_REQUIRED', false],
    [new errors.EntityDeniedError('x'), 'ERR_ENTITY_DENIED', false],
    [new errors.CredentialsMissingError('x'), 'ERR_CREDENTIALS_MISSING', false],
    [new errors.LoggedOutError('x'), 'ERR_LOGGED_OUT', false],
    [new errors.SessionRefusedError('x', { sends: 3 }), 'ERR_SESSION_REFUSED', true],
    [new errors.RateLimitedError('x'), 'ERR_RATE_LIMITED', true],
    [new errors.ServiceUnreachableError('x'), 'ERR_SERVICE_UNREACHABLE', true],
    [new errors.LoginBudgetError('x', { untilMs: 1 }), 'ERR_LOGIN_BUDGET', true],
    [
      new errors.ContractViolationError('x', { place: '/a', expected: 'b', found: 'c' }),
      'ERR_CONTRACT_VIOLATION',
      false,
    ],
    [new errors.SoapFaultError('x', { faultCode: 'A', status: 500 }), 'ERR_SOAP_FAULT', false],
    [new errors.StoreError('x', { reason: 'busy' }), 'ERR_STORE', true],
    [new errors.StoreError('x', { reason: 'unsafe' }), 'ERR_STORE', false],
    [new errors.BodyNotReplayableError('x'), 'ERR_BODY_NOT_REPLAYABLE', true],
  ];

  it.each(made)('%s say what they are in words and for machines', (error, code, retryable) => {
    expect(error).toBeInstanceOf(LatchkeyError);
    expect(isLatchkeyError(error)).toBe(true);
    expect(error).toMatchObject({ code, retryable, message: 'x' });
    expect(error.name).toBe(error.constructor.name);
    expect(error.stack).toMatch(new RegExp(`^${error.name}`));
    expect(JSON.parse(JSON.stringify(error))).toMatchObject({
      name: error.name,
      code,
      message: 'x',
      docs: `docs/outcomes.md#${code.toLowerCase()}`,
    });
  });

  it('of credentials are remembered, of the account’s state are not', () => {
    const remembered = made.flatMap(([error]) =>
      error instanceof errors.LoginDeniedError && error.isRemembered ? [error.name] : [],
    );
    expect(remembered).toEqual(['LoginDeniedError', 'PasswordExpiredError', 'PasswordChangeRequiredError']);
  });

  it('are known across copies of the package', async () => {
    vi.resetModules();
    const copy = await import('../../src/errors.ts');
    const foreign = new copy.LoginDeniedError('x');
    expect(foreign).not.toBeInstanceOf(LatchkeyError);
    expect(isLatchkeyError(foreign)).toBe(true);
  });

  it.each([null, undefined, 7, 'text', {}, new Error('other'), [], () => {}])('do not include %s', (value) => {
    expect(isLatchkeyError(value)).toBe(false);
  });
});

describe('what an error comes from', () => {
  const redactor = createRedactor();
  redactor.hide('right-password');
  const everywhere = (error: unknown): string =>
    inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(error);

  it('is kept as a copy with message and stack masked', () => {
    const cause = new TypeError('could not send {"password":"right-password"}');
    const error = new ServiceUnreachableError('no answer', { redactor, cause });
    expect(error.cause).toMatchObject({ name: 'TypeError', message: `could not send {"password":"${MASK}"}` });
    expect(everywhere(error)).not.toContain('right-password');
    expect(cause.message).toContain('right-password');
  });

  it('keeps its code, and nothing else that clients hang on their errors', () => {
    const cause = Object.assign(new Error('failed'), {
      code: 'ECONNRESET',
      config: { headers: { authorization: 'Bearer right-password' }, data: 'right-password' },
      request: { body: 'right-password' },
      response: { headers: { 'set-cookie': 'ZSession=right-password' } },
    });
    const error = new ServiceUnreachableError('no answer', { redactor, cause });
    expect(error.cause).toMatchObject({ code: 'ECONNRESET' });
    expect(error.cause).not.toHaveProperty('config');
    expect(everywhere(error)).not.toContain('right-password');
  });

  it('is masked to its own causes and parts', () => {
    const root = new Error('at last right-password');
    const parts = new AggregateError(
      [root, 'also right-password', new Error('x', { cause: root })],
      'both right-password',
    );
    const cause = new Error('outer', { cause: new Error('inner', { cause: parts }) });
    const shown = everywhere(new ServiceUnreachableError('no answer', { redactor, cause }));
    expect(shown).not.toContain('right-password');
    expect(shown).toContain('at last');
    expect(shown).toContain('also');
  });

  it('may be anything that can be thrown', () => {
    for (const cause of [
      null,
      undefined,
      7,
      'with right-password',
      Symbol('x'),
      { toString: () => 'right-password' },
    ]) {
      expect(everywhere(new ServiceUnreachableError('no answer', { redactor, cause }))).not.toContain('right-password');
    }
  });

  it('never hides the error itself, however odd it is', () => {
    const loop = new Error('round and round');
    loop.cause = loop;
    const oddMessage = Object.defineProperty(new Error('x'), 'message', { value: { not: 'text' } });
    const oddStack = Object.defineProperty(new Error('x'), 'stack', { value: [{ not: 'text' }] });
    const unprintable = Object.create(null);
    for (const cause of [loop, oddMessage, oddStack, unprintable]) {
      expect(new ServiceUnreachableError('no answer', { redactor, cause })).toMatchObject({ message: 'no answer' });
    }
  });

  it('stays as it is when it is an error of the package, which was masked when it was made', () => {
    const cause = new StoreError('down', { reason: 'unavailable' });
    expect(new ServiceUnreachableError('no answer', { cause }).cause).toBe(cause);
  });

  it('is absent when there is none', () => {
    expect('cause' in new ServiceUnreachableError('no answer')).toBe(false);
  });
});

describe('what the service said', () => {
  it('is masked wherever it stands in an error', () => {
    const redactor = createRedactor();
    redactor.hide('right-password');
    const echoed = 'echo right-password';
    const said = [
      new errors.LoginDeniedError(echoed, { redactor, reason: echoed, requestIds: { 'Zuora-Request-Id': echoed } }),
      new errors.ContractViolationError(echoed, { redactor, place: `/${echoed}`, expected: echoed, found: echoed }),
      new errors.SoapFaultError(echoed, { redactor, faultCode: echoed, faultType: echoed, status: 500 }),
    ];
    for (const error of said) {
      const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain('right-password');
    }
  });
});

describe('a bad argument', () => {
  it('is a TypeError with a code', () => {
    const error = errors.badArgument('ERR_OPTION', 'must be a number');
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_OPTION', message: 'must be a number' });
  });
});
