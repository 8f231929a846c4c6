import type { CallStep, Expected, SystemScenarios } from '../scenario.ts';

const credentials = { username: '{username}', password: '{password}', current_app: '{currentApp}' };
const login: CallStep = {
  send: { operation: 'login', body: credentials },
  login: 'right',
  expect: { status: 200, body: { '/status': 'ok', '/ust': { is: 'string' } } },
  keep: { session: { body: '/ust' } },
};
const asSuperUser: CallStep = {
  ...login,
  send: {
    operation: 'login',
    body: { username: '{superUsername}', password: '{superPassword}', current_app: '{currentApp}' },
  },
  keep: { superSession: { body: '/ust' } },
};
const whoAmI = { operation: 'getUser', query: { ust: '{session}', current_app: '{currentApp}' } };
const logout: CallStep = {
  send: { operation: 'logout', body: { ust: '{session}', current_app: '{currentApp}' } },
  expect: { status: 200, body: { '/status': 'ok' } },
};
const superLogout: CallStep = {
  ...logout,
  send: { operation: 'logout', body: { ust: '{superSession}', current_app: '{currentApp}' } },
};
const withoutCode = { username: '{totpUsername}', password: '{totpPassword}', current_app: '{currentApp}' };
const refused: Expected = { status: 403, body: { '/status': 'error', '/sub_status/0': 'E007001' } };

/** What Zato SSO is held to. */
export const zatoSsoScenarios: SystemScenarios = {
  login: { operation: 'login', accepted: { status: 200, body: { '/ust': { is: 'string' } } } },
  values: ['username', 'password', 'currentApp'],
  needs: {
    'super-user': ['superUsername', 'superPassword'],
    'one-time-codes': ['totpUsername', 'totpPassword', 'totp'],
  },
  scenarios: [
    { name: 'login', about: 'A username and a password log in to an application.', steps: [login], finally: [logout] },
    {
      name: 'login-denied',
      about: 'A wrong password is refused with 403 and a code.',
      unsafe: 'a wrong password may count towards a lockout',
      steps: [
        {
          send: { operation: 'login', body: { ...credentials, password: 'not-the-password' } },
          expect: { status: 403, body: { '/status': 'error', '/sub_status/0': { matches: '^E\\d{6}$' } } },
        },
      ],
    },
    {
      name: 'missing-field',
      about: 'A login without a password is a bad request, with a body of another shape.',
      steps: [
        {
          send: { operation: 'login', body: { username: '{username}', current_app: '{currentApp}' } },
          expect: { status: 400, body: { '/result': 'Error', '/status': { is: 'nothing' } } },
          breaks: ['/request/body/password'],
        },
      ],
    },
    {
      name: 'unknown-app',
      about: 'A login to an application that the server does not know is an error in a 200.',
      steps: [
        {
          send: { operation: 'login', body: { ...credentials, current_app: 'no-application-of-this-server' } },
          expect: { status: 200, body: { '/status': 'error', '/ust': { is: 'nothing' } } },
        },
      ],
    },
    {
      name: 'use',
      about: 'The session answers who is logged in; it travels in the query where there is no body.',
      steps: [login, { send: whoAmI, expect: { status: 200, body: { '/status': 'ok', '/username': '{username}' } } }],
      finally: [logout],
    },
    {
      name: 'unknown-session',
      about: 'A session that was never handed out is refused, or fails, but lets nobody in.',
      steps: [
        {
          send: { operation: 'getUser', query: { ust: 'zust000000000000000000000000', current_app: '{currentApp}' } },
          expect: { status: [403, 500], body: { '/username': { is: 'nothing' } } },
        },
      ],
    },
    {
      name: 'renew',
      about: 'A session is renewed by its owner and told when it ends.',
      steps: [
        login,
        {
          send: { operation: 'renewSession', body: { ust: '{session}', current_app: '{currentApp}' } },
          expect: {
            status: 200,
            // In UTC, without saying so.
            body: {
              '/status': 'ok',
              '/expiration_time': { matches: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?$' },
            },
          },
        },
        { send: whoAmI, expect: { status: 200 } },
      ],
      finally: [logout],
    },
    {
      name: 'logout',
      about: 'A session that was logged out is refused; logging out again is no error.',
      steps: [login, logout, { send: whoAmI, expect: refused }],
      finally: [logout],
    },
    {
      name: 'verify',
      about: 'A super-user can ask whether a session lives.',
      needs: ['super-user'],
      steps: [
        login,
        asSuperUser,
        {
          send: {
            operation: 'verifySession',
            body: { current_ust: '{superSession}', target_ust: '{session}', current_app: '{currentApp}' },
          },
          expect: { status: 200, body: { '/is_valid': true } },
        },
        logout,
        {
          send: {
            operation: 'verifySession',
            body: { current_ust: '{superSession}', target_ust: '{session}', current_app: '{currentApp}' },
          },
          expect: { status: 200, body: { '/is_valid': false } },
        },
      ],
      finally: [logout, superLogout],
    },
    {
      name: 'verify-by-others',
      about: 'Nobody else may ask whether a session lives.',
      steps: [
        login,
        {
          send: {
            operation: 'verifySession',
            body: { current_ust: '{session}', target_ust: '{session}', current_app: '{currentApp}' },
          },
          expect: { status: 403, body: { '/sub_status/0': 'E005001' } },
        },
      ],
      finally: [logout],
    },
    {
      name: 'one-time-code',
      about: 'A user with one-time codes is let in with one.',
      needs: ['one-time-codes'],
      steps: [{ ...login, send: { operation: 'login', body: { ...withoutCode, totp_code: '{totp}' } } }],
      finally: [logout],
    },
    {
      name: 'one-time-code-missing',
      about: 'A user with one-time codes is not let in without one.',
      needs: ['one-time-codes'],
      unsafe: 'the login without a code may count as a refused one',
      steps: [
        {
          send: { operation: 'login', body: withoutCode },
          expect: { status: 403, body: { '/status': 'error', '/ust': { is: 'nothing' } } },
        },
      ],
    },
    {
      name: 'expiry',
      about: 'A session that has ended is refused, and another login brings another.',
      needs: ['steering'],
      steps: [login, { steer: { scenario: 'expire-now' } }, { send: whoAmI, expect: refused }, login],
      finally: [logout],
    },
    {
      name: 'lifetime',
      about: 'A session ends an hour after its last renewal, whatever it was used for.',
      needs: ['steering'],
      steps: [
        login,
        { steer: { advanceMs: 50 * 60_000 } },
        {
          send: { operation: 'renewSession', body: { ust: '{session}', current_app: '{currentApp}' } },
          expect: { status: 200 },
        },
        { steer: { advanceMs: 50 * 60_000 } },
        { send: whoAmI, expect: { status: 200 } },
        { steer: { advanceMs: 11 * 60_000 } },
        { send: whoAmI, expect: refused },
      ],
    },
  ],
};
