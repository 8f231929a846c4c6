import type { CallStep, Expected, SystemScenarios } from '../scenario.ts';

const login: CallStep = {
  send: { operation: 'login', body: { username: '{username}', password: '{password}' } },
  login: 'right',
  expect: { status: 200, body: { '/result/result/Session': { is: 'string' } } },
  keep: { session: { body: '/result/result/Session' } },
};
const whoAmI: CallStep = {
  send: { operation: 'getUserInfo', session: '{session}' },
  expect: { status: 200, body: { '/result/Username': '{username}' } },
};
/** SOAP says 500 for every fault; of this one nobody has written down what Zuora sends. Another than 500 is told as drift. */
const faulty = [500, 200, 400, 401, 403];
const refused: Expected = {
  status: faulty,
  body: { '/fault/name': 'INVALID_SESSION', '/fault/detail': 'UnexpectedErrorFault' },
};

/** A login whose elements are not in the order of the schema. */
const outOfOrder =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:api="http://api.zuora.com/"><soapenv:Body>' +
  '<api:login><api:password>{password}</api:password><api:username>{username}</api:username></api:login></soapenv:Body></soapenv:Envelope>';

/** What Zuora's SOAP API is held to. */
export const zuoraSoapScenarios: SystemScenarios = {
  login: { operation: 'login', accepted: { status: 200, body: { '/result/result/Session': { is: 'string' } } } },
  values: ['username', 'password'],
  needs: {},
  scenarios: [
    { name: 'login', about: 'A username and a password log in and bring a session and a server.', steps: [login] },
    {
      name: 'login-denied',
      about: 'A wrong password is a LoginFault in a 500.',
      unsafe: 'three wrong passwords may lock the account for an hour',
      steps: [
        {
          send: { operation: 'login', body: { username: '{username}', password: 'not-the-password' } },
          expect: { status: 500, body: { '/fault/name': 'INVALID_VALUE', '/fault/detail': 'LoginFault' } },
        },
      ],
    },
    {
      name: 'wrong-order',
      about: 'A login whose elements are out of order is a fault that speaks of an unexpected one.',
      steps: [
        {
          send: { operation: 'login', text: outOfOrder },
          expect: { status: faulty, body: { '/fault/message': { matches: 'Unexpected subelement' } } },
          breaks: ['/request/body/login/password'],
        },
      ],
    },
    { name: 'use', about: 'The session in the header answers who is logged in.', steps: [login, whoAmI, whoAmI] },
    {
      name: 'unknown-session',
      about: 'A session that was never handed out is an INVALID_SESSION fault.',
      steps: [{ ...whoAmI, send: { operation: 'getUserInfo', session: 'none-that-was-ever-issued' }, expect: refused }],
    },
    {
      name: 'query',
      about: 'A query brings records of the type that it asks for.',
      steps: [
        login,
        {
          send: {
            operation: 'query',
            session: '{session}',
            body: { queryString: 'select Id, Name from Account' },
          },
          expect: {
            status: 200,
            body: { '/result/result/done': { is: 'boolean' }, '/result/result/size': { is: 'number' } },
          },
        },
      ],
    },
    {
      name: 'empty-query',
      about: 'A query that finds nothing is done, with size 0.',
      steps: [
        login,
        {
          send: {
            operation: 'query',
            session: '{session}',
            body: { queryString: "select Id from Account where Name = 'nobody is called this, surely'" },
          },
          expect: { status: 200, body: { '/result/result/done': true, '/result/result/size': 0 } },
        },
      ],
    },
    {
      name: 'malformed-query',
      about: 'A query that is none is a MalformedQueryFault.',
      steps: [
        login,
        {
          send: { operation: 'query', session: '{session}', body: { queryString: 'select' } },
          expect: { status: 500, body: { '/fault/detail': 'MalformedQueryFault' } },
        },
        whoAmI,
      ],
    },
    {
      name: 'row-errors',
      about: 'A row that cannot be created is told in the answer, and is no fault.',
      unsafe: 'it asks for an account to be created, although one without a name',
      steps: [
        login,
        {
          send: { operation: 'create', session: '{session}', body: { zObjects: [{ $type: 'Account' }] } },
          expect: {
            status: 200,
            body: { '/result/result/0/Success': false, '/result/result/0/Errors/0/Code': { is: 'string' } },
          },
        },
      ],
    },
    {
      name: 'expiry',
      about: 'A session that has ended is an INVALID_SESSION fault, and another login brings another.',
      needs: ['steering'],
      steps: [login, { steer: { scenario: 'expire-now' } }, { ...whoAmI, expect: refused }, login, whoAmI],
    },
    {
      name: 'lifetime',
      about: 'A session ends when its timeout is over, counted from the login.',
      needs: ['steering'],
      steps: [
        login,
        { steer: { advanceMs: 10 * 60_000 } },
        whoAmI,
        { steer: { advanceMs: 6 * 60_000 } },
        { ...whoAmI, expect: refused },
      ],
    },
  ],
};
