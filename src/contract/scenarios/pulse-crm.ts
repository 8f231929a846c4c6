import type { CallStep, SystemScenarios } from '../scenario.ts';

const login: CallStep = {
  send: { operation: 'login', body: { apiKey: '{apiKey}', apiSecret: '{apiSecret}' } },
  login: 'right',
  expect: { status: 200, body: { '/token': { is: 'string' } } },
  keep: { session: { body: '/token' }, id: { body: '/id' } },
};
const bearer = { authorization: 'Bearer {session}' };

/** What Pulse CRM is held to. */
export const pulseCrmScenarios: SystemScenarios = {
  login: { operation: 'login', accepted: { status: 200, body: { '/token': { is: 'string' } } } },
  values: ['apiKey', 'apiSecret'],
  needs: { person: ['email', 'password'], 'second-place': ['accountId'] },
  scenarios: [
    { name: 'login', about: 'An API key and its secret log in.', steps: [login] },
    {
      name: 'login-person',
      about: 'An e-mail address and a password log in and get the same kind of answer.',
      needs: ['person'],
      steps: [
        {
          send: { operation: 'login', body: { email: '{email}', password: '{password}' } },
          login: 'right',
          expect: { status: 200, body: { '/token': { is: 'string' } } },
        },
      ],
    },
    {
      name: 'login-denied',
      about: 'A wrong secret is refused with 401.',
      unsafe: 'a wrong secret may count towards a lockout',
      steps: [
        {
          send: { operation: 'login', body: { apiKey: '{apiKey}', apiSecret: 'not-the-secret' } },
          expect: { status: 401 },
        },
      ],
    },
    {
      name: 'missing-field',
      about: 'A login without its secret is not let in.',
      unsafe: 'it may count as a refused login',
      steps: [
        {
          send: { operation: 'login', body: { apiKey: '{apiKey}' } },
          expect: { status: [400, 401, 422] },
          breaks: ['/request/body/apiSecret'],
        },
      ],
    },
    {
      name: 'use',
      about: 'The token answers who is logged in, as often as it is asked.',
      steps: [
        login,
        {
          send: { operation: 'getSession', headers: bearer },
          expect: { status: 200 },
          keep: { same: { body: '/id' } },
        },
        { send: { operation: 'getSession', headers: bearer }, expect: { status: 200 } },
      ],
    },
    {
      name: 'no-session',
      about: 'Without a token a call is refused with 401.',
      steps: [{ send: { operation: 'getSession' }, expect: { status: 401 } }],
    },
    {
      name: 'unknown-session',
      about: 'A token that was never handed out is refused with 401.',
      steps: [
        {
          send: {
            operation: 'getSession',
            headers: { authorization: 'Bearer 0000000000000000000000000000000000000000' },
          },
          expect: { status: 401 },
        },
      ],
    },
    {
      name: 'account',
      about: 'A call may name another account of the user.',
      needs: ['second-place'],
      steps: [
        login,
        {
          send: { operation: 'getSession', headers: { ...bearer, 'x-account-id': '{accountId}' } },
          expect: { status: 200 },
        },
      ],
    },
    {
      name: 'foreign-account',
      about: 'An account that is not the user’s is refused, and the session lives on.',
      steps: [
        login,
        {
          send: { operation: 'getSession', headers: { ...bearer, 'x-account-id': 'no-account-of-this-user' } },
          // The vendor does not say how.
          expect: { status: [400, 401, 403, 404], body: { '/token': { is: 'nothing' } } },
        },
        { send: { operation: 'getSession', headers: bearer }, expect: { status: 200 } },
      ],
    },
    {
      name: 'expiry',
      about: 'A token that has ended is refused with 401, and another login brings another.',
      needs: ['steering'],
      steps: [
        login,
        { steer: { scenario: 'expire-now' } },
        { send: { operation: 'getSession', headers: bearer }, expect: { status: 401 } },
        login,
        { send: { operation: 'getSession', headers: bearer }, expect: { status: 200 } },
      ],
    },
  ],
};
