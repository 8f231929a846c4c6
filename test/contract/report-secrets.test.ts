import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contract/contracts.ts';
import {
  type ContractReport,
  type ContractSystem,
  reportJUnit,
  reportLines,
  reportMarkdown,
  runContract,
  scenarios,
} from '../../src/contract/index.ts';
import { createSandbox, defaultPulseUsers, defaultZatoUsers, defaultZuoraUsers } from '../../src/sandbox/index.ts';
import { totpAt } from '../../src/systems/totp.ts';

const systems = Object.keys(scenarios) as ContractSystem[]; // the keys of the table that the type is made from

const secrets = [
  's3cret-of-the-first-user',
  's3cret-of-the-super-user',
  's3cret-of-the-totp-user',
  's3cret-api-key-of-0001',
];
const [secret = '', superSecret = '', totpSecret = '', apiSecret = ''] = secrets;

/** A sandbox whose users have passwords that stand nowhere else, and what logs in there. */
function openSandbox() {
  const [zuora] = defaultZuoraUsers;
  const plain = defaultZatoUsers.find(({ isSuperUser, isTotpEnabled }) => !isSuperUser && !isTotpEnabled);
  const superUser = defaultZatoUsers.find(({ isSuperUser }) => isSuperUser);
  const totpUser = defaultZatoUsers.find(({ isTotpEnabled }) => isTotpEnabled);
  const [pulse] = defaultPulseUsers;
  if (!zuora || !plain || !superUser || !totpUser || !pulse) throw new Error('the sandbox lacks a user');
  const sandbox = createSandbox({
    seed: 'secrets',
    users: {
      zuora: [{ ...zuora, password: secret }],
      'zato-sso': [
        { ...plain, password: secret },
        { ...superUser, password: superSecret },
        { ...totpUser, password: totpSecret },
      ],
      'pulse-crm': [{ ...pulse, password: secret, apiSecret }],
    },
  });
  const values = {
    'zuora-rest': { apiAccessKeyId: zuora.username, apiSecretAccessKey: secret },
    'zuora-soap': { username: zuora.username, password: secret },
    'zato-sso': {
      username: plain.username,
      password: secret,
      currentApp: 'CRM',
      superUsername: superUser.username,
      superPassword: superSecret,
      totpUsername: totpUser.username,
      totpPassword: totpSecret,
      totp: () => totpAt(totpUser.totpKey ?? '', sandbox.clock.nowMs()),
    },
    'pulse-crm': { apiKey: pulse.apiKey, apiSecret, email: pulse.email, password: secret },
  };
  return { sandbox, values };
}

/** The sessions in an answer: cookies, and texts that stand where sessions stand. */
async function sessionsIn(answer: Response): Promise<string[]> {
  const cookies = answer.headers.getSetCookie().flatMap((line) => /^ZSession=([^;]+)/.exec(line)?.[1] ?? []);
  const body = await answer.clone().text();
  const inBody = [...body.matchAll(/"(?:ust|token)" ?: ?"([^"]+)"|<(?:\w+:)?Session>([^<]+)</g)];
  return [...cookies, ...inBody.map(([, inJson, inXml]) => inJson ?? inXml ?? '')];
}

type Change = (answer: Response, known: readonly string[]) => Promise<Response> | Response;

const remade = (answer: Response, body: BodyInit, headers: Headers = answer.headers): Response =>
  new Response(body, { status: answer.status, headers });

/** What a service could do so that a report would quote what nobody is to see. */
const changes: readonly (readonly [string, Change])[] = [
  ['sends pages', (answer) => new Response('<html>', { status: answer.status })],
  [
    'uses secrets as names of fields and elements',
    async (answer, known) => {
      const body = await answer.text();
      if (body.startsWith('{')) {
        const more = Object.fromEntries(known.map((value) => [value, { [value]: value }]));
        return remade(answer, JSON.stringify({ ...JSON.parse(body), ...more }));
      }
      const elements = known.map(
        (value) => `<x${value.replaceAll(/[^\w.-]/g, '-')}>${value.length}</x${value.replaceAll(/[^\w.-]/g, '-')}>`,
      );
      return remade(
        answer,
        body.replace(/(<\/\w+:(?:loginResponse|getUserInfoResponse|queryResponse)>)/, `${elements.join('')}$1`),
      );
    },
  ],
  [
    'uses secrets as names of headers',
    (answer, known) => {
      const headers = new Headers(answer.headers);
      for (const value of known) headers.set(`x-${value.replaceAll(/[^\w-]/g, '-')}`, value);
      return remade(answer, answer.body ?? '', headers);
    },
  ],
  [
    'names secrets as media types',
    async (answer, known) => {
      const headers = new Headers(answer.headers);
      headers.set('content-type', `${known[0]}/${known.at(-1)}; charset=${known.at(-1)}`);
      return remade(answer, await answer.text(), headers);
    },
  ],
  ['answers only secrets', (answer, known) => remade(answer, known.join(' '))],
];

const shown = (report: ContractReport): string =>
  [
    inspect(report, { depth: null, maxStringLength: null }),
    JSON.stringify(report),
    reportLines(report).join('\n'),
    reportJUnit([report]),
    reportMarkdown([report]),
  ].join('\n');

describe.each(systems)('a report on %s', (system) => {
  it.each(changes)('shows no secret where the service %s', async (_, change) => {
    const { sandbox, values } = openSandbox();
    const contract = contracts[system];
    const path = contract.kind === 'soap' ? new URL(contract.service.location).pathname : '';
    const own = Object.entries(values[system]).flatMap(([name, value]) =>
      /password|secret/i.test(name) && typeof value === 'string' ? [value] : [],
    );
    expect(own).not.toEqual([]);
    const known = new Set(own);
    let logins = 0;
    const report = await runContract({
      system,
      values: values[system],
      target: {
        kind: 'sandbox',
        baseUrl: sandbox.origins[system] + path,
        fetch: async (request) => {
          const answer = await sandbox.handle(request);
          const sessions = await sessionsIn(answer);
          for (const session of sessions) known.add(session);
          logins += sessions.length;
          return change(answer, [...own, ...sessions, ...[...known].slice(-3)]);
        },
      },
    });
    expect(report.outcome).not.toBe('skipped');
    expect(logins).toBeGreaterThan(0);
    const text = shown(report).toLowerCase();
    const forms = [...known].flatMap((value) => [value, value.replaceAll(/[^\w.-]/g, '-')]);
    expect(forms.filter((value) => text.includes(value.toLowerCase()))).toEqual([]);
  });
});
