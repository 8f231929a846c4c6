import type { CallStep, Expected, SystemScenarios } from '../scenario.ts';

const keys = { apiAccessKeyId: '{apiAccessKeyId}', apiSecretAccessKey: '{apiSecretAccessKey}' };
const login: CallStep = {
  send: { operation: 'createConnection', headers: keys, body: {} },
  login: 'right',
  expect: { status: 200, body: { '/success': true }, headers: { 'set-cookie': { matches: '(^|, )ZSession=[^;]+;' } } },
  keep: { session: { cookie: 'ZSession' } },
};
const cookie = { cookie: 'ZSession={session}' };
const entities: CallStep = {
  send: { operation: 'getEntities', headers: cookie },
  expect: { status: 200, body: { '/success': true }, headers: { 'set-cookie': { matches: '(^|, )ZSession=' } } },
  keep: { session: { cookie: 'ZSession' } },
};
const refused: Expected = { status: 401, body: { '/success': false }, headers: { 'set-cookie': { is: 'nothing' } } };

/** What Zuora's REST API is held to. */
export const zuoraRestScenarios: SystemScenarios = {
  login: { operation: 'createConnection', accepted: { status: 200, body: { '/success': true } } },
  values: ['apiAccessKeyId', 'apiSecretAccessKey'],
  needs: { 'second-place': ['entityId'] },
  scenarios: [
    { name: 'login', about: 'The two keys log in and bring a ZSession cookie.', steps: [login] },
    {
      name: 'login-denied',
      about: 'A wrong key is refused with 401 and brings no cookie.',
      unsafe: 'three wrong keys may lock the account for an hour',
      steps: [
        {
          send: {
            operation: 'createConnection',
            headers: { ...keys, apiSecretAccessKey: 'not-the-key' },
            body: {},
          },
          expect: refused,
        },
      ],
    },
    {
      name: 'missing-field',
      about: 'A login without its second key is refused.',
      unsafe: 'it may count as a refused login',
      steps: [
        {
          send: { operation: 'createConnection', headers: { apiAccessKeyId: '{apiAccessKeyId}' }, body: {} },
          expect: refused,
          breaks: ['/request/headers/apisecretaccesskey'],
        },
      ],
    },
    {
      name: 'use',
      about: 'Each answer re-issues the cookie; the older value goes on working.',
      steps: [
        { ...login, keep: { session: { cookie: 'ZSession' }, first: { cookie: 'ZSession' } } },
        entities,
        entities,
        { send: { operation: 'getEntities', headers: { cookie: 'ZSession={first}' } }, expect: { status: 200 } },
      ],
    },
    {
      name: 'no-session',
      about: 'Without a cookie a call is refused with 401.',
      steps: [{ send: { operation: 'getEntities' }, expect: refused }],
    },
    {
      name: 'unknown-session',
      about: 'A cookie that was never handed out is refused with 401.',
      steps: [
        {
          send: { operation: 'getEntities', headers: { cookie: 'ZSession=none-that-was-ever-issued' } },
          expect: refused,
        },
      ],
    },
    {
      name: 'track-id',
      about: 'A track id comes back as it was sent, and only if one was sent.',
      steps: [
        {
          ...login,
          send: { ...login.send, headers: { ...keys, 'zuora-track-id': 'latchkey-contract' } },
          expect: { status: 200, headers: { 'zuora-track-id': 'latchkey-contract' } },
        },
        { ...entities, expect: { status: 200, headers: { 'zuora-track-id': { is: 'nothing' } } } },
      ],
    },
    {
      name: 'entity',
      about: 'A call may name another entity of the user.',
      needs: ['second-place'],
      steps: [
        login,
        {
          send: { operation: 'getEntities', headers: { ...cookie, 'zuora-entity-ids': '{entityId}' } },
          expect: { status: 200, body: { '/success': true } },
        },
      ],
    },
    {
      name: 'foreign-entity',
      about: 'An entity that is not the user’s is refused with its own code, and the session lives on.',
      steps: [
        login,
        {
          send: {
            operation: 'getEntities',
            headers: { ...cookie, 'zuora-entity-ids': '00000000000000000000000000000000' },
          },
          expect: { status: [200, 401, 403], body: { '/success': false, '/reasons/0/code': 90000020 } },
        },
        entities,
      ],
    },
    {
      name: 'expiry',
      about: 'A session that has ended is refused with 401, and another login brings another.',
      needs: ['steering'],
      steps: [login, { steer: { scenario: 'expire-now' } }, { send: entities.send, expect: refused }, login, entities],
    },
    {
      name: 'sliding-lifetime',
      about: 'The timeout begins anew with each call, and ends a session that nobody uses.',
      needs: ['steering'],
      steps: [
        login,
        { steer: { advanceMs: 10 * 60_000 } },
        entities,
        { steer: { advanceMs: 10 * 60_000 } },
        entities,
        { steer: { advanceMs: 16 * 60_000 } },
        { send: entities.send, expect: refused },
      ],
    },
  ],
};
