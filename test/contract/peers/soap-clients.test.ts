import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { service } from '../../../generated/zuora-soap/table.ts';
import type { Operations } from '../../../generated/zuora-soap/types.ts';
import { fetchTrusting } from '../../../src/cli/https-fetch.ts';
import { createSandbox } from '../../../src/sandbox/index.ts';
import { createZuoraSoap } from '../../../src/systems/zuora-soap.ts';
import { createEnvelopeReader } from '../../../src/transport/soap-reader.ts';
import { hasPeers, python, runPeer, scratchFolder } from '../../helpers/peers.ts';
import { recordFetch } from '../../helpers/recorded-fetch.ts';
import { xmllintVerdicts } from './xmllint.support.ts';

const isHere = hasPeers('SOAP clients of others are not tried', 'php', 'php-soap', 'zeep', 'xmllint');
const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const clients = {
  'PHP SoapClient': ['php', fileOf('soap-client.php')],
  zeep: [python, '-I', '-W', 'error::UserWarning', fileOf('soap_client.py')],
} as const;
const places = (['PHP SoapClient', 'zeep'] as const).flatMap((client) =>
  (['http', 'https'] as const).map((scheme) => [client, scheme] as const),
);

const queryString = 'select Id, Name, AutoPay, Balance, BillCycleDay, CreatedDate, Notes from Account';
// Two full batches and a part of a third, the last record made by the peer.
const accountCount = 4100;
const oddName = `ö & <u> "']]>`;

type Answered = { readonly result: unknown; readonly fault?: undefined } | { readonly fault: unknown };

/** What the scripts print. */
interface Printed {
  readonly denied: Answered;
  readonly login: Answered;
  readonly created: Answered;
  readonly pages: readonly { readonly result?: { readonly records: readonly unknown[] } }[];
  readonly none: Answered;
  readonly malformed: Answered;
  readonly expired: Answered;
  readonly wire: readonly {
    readonly operation: keyof Operations;
    readonly request: string;
    readonly response: string;
  }[];
}

/**
 * A value without what is empty, `undefined` if nothing is left. One peer leaves out what has no value, the other fills it in; the nil record
 * of an empty result is null to PHP and an empty record to zeep.
 */
function present(value: unknown): unknown {
  if (value === null) return undefined;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const items = value.map(present).filter((item) => item !== undefined);
    return items.length === 0 ? undefined : items;
  }
  const fields = Object.entries(value).flatMap(([name, field]) => {
    const shown = name === '$type' ? undefined : present(field);
    return shown === undefined ? [] : [[name, shown]];
  });
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

/** What our reader makes of the bytes that a peer was answered with, in the form that the scripts print. */
function read({ operation, response }: Printed['wire'][number]): Answered {
  const reader = createEnvelopeReader<Operations, keyof Operations>(service, operation);
  reader.write(response);
  const answer = reader.close();
  expect(answer.unknown).toEqual([]);
  if (answer.kind === 'result') return { result: 'result' in answer.value ? answer.value.result : answer.value };
  const { code, message, detail } = answer;
  const [kind, fields] = detail?.declared === true ? [detail.name, detail.value] : ['', undefined];
  return { fault: { code: `fns:${code.name}`, message, detail: { [kind]: fields } } };
}

describe.skipIf(!isHere).each(places)('%s over %s, from the WSDL that the sandbox serves', (client, scheme) => {
  const sandbox = createSandbox({ seed: 'peers' });
  const ours: unknown[] = [];
  const logins = { beforeOurs: 0, ours: 0 };
  let close = async (): Promise<void> => {};
  let address = '';
  let wsdl = '';
  let printed: Printed;

  beforeAll(async () => {
    sandbox.scenario('zuora-soap', 'accounts', { count: accountCount });
    const server = await sandbox.listen({ systems: ['zuora-soap'], tls: scheme === 'https' });
    close = () => server.close();
    const send = server.ca === undefined ? (request: Request) => fetch(request) : fetchTrusting(server.ca);
    address = `${server.url}/apps/services/a/91.0`;
    wsdl = await (await send(new Request(`${address}?wsdl`))).text();
    using folder = await scratchFolder();
    const ca = server.ca === undefined ? '' : join(folder.path, 'ca.pem');
    if (server.ca !== undefined) await writeFile(ca, server.ca);
    const [program, ...args] = clients[client];
    const end = `${server.url}/__sandbox/zuora-soap/expire-now`;
    const { code, stdout, stderr } = await runPeer(program, [...args, `${address}?wsdl`, end, ca]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    printed = JSON.parse(stdout);

    logins.beforeOurs = sandbox.counts('zuora-soap').logins;
    const credentials = { username: 'username@company.com', password: 'password' };
    await using mine = createZuoraSoap({
      baseUrl: address,
      credentials,
      fetch: recordFetch(send).fetch,
    });
    for await (const record of mine.query({ queryString })) ours.push(record);
    logins.ours = sandbox.counts('zuora-soap').logins - logins.beforeOurs;
  }, 60_000);
  afterAll(() => close());

  it('is told where it found the service', () => {
    expect(/location="([^"]*)"/.exec(wsdl)?.[1]).toBe(address);
    expect(printed.login).toEqual({ result: { Session: expect.stringMatching(/^.{256}$/), ServerUrl: address } });
  });

  it('reads all batches, as our client does', () => {
    expect(printed.pages.map(({ result }) => result?.records.length)).toEqual([2000, 2000, 101]);
    expect(ours).toHaveLength(accountCount + 1);
    expect(present(printed.pages.flatMap(({ result }) => result?.records))).toEqual(present(ours));
    expect(ours.at(-1)).toMatchObject({ Name: oddName });
    expect(logins).toEqual({ beforeOurs: 2, ours: 1 });
  });

  it('reads faults by their names', () => {
    const message = 'Invalid login. User name and password do not match.';
    const detail = { LoginFault: { FaultCode: 'INVALID_VALUE', FaultMessage: message } };
    expect(printed.denied).toEqual({ fault: { code: 'fns:INVALID_VALUE', message, detail } });
    expect(printed.malformed).toMatchObject({ fault: { detail: { MalformedQueryFault: {} } } });
    expect(printed.expired).toMatchObject({
      fault: { code: 'fns:INVALID_SESSION', detail: { UnexpectedErrorFault: { FaultCode: 'INVALID_SESSION' } } },
    });
  });

  it('makes of each answer what our reader makes of it', () => {
    const { wire, denied, login, created, pages, none, malformed, expired } = printed;
    const theirs = [denied, login, created, ...pages, none, malformed, expired];
    expect(wire.map(({ operation }) => operation)).toEqual([
      'login',
      'login',
      'create',
      'query',
      'queryMore',
      'queryMore',
      'query',
      'query',
      'query',
    ]);
    for (const [index, exchange] of wire.entries())
      expect(present(read(exchange)), exchange.operation).toEqual(present(theirs[index]));
  });

  it('sends and is sent what xmllint finds valid', async () => {
    const envelopes = printed.wire.flatMap(({ request, response }) => [request, response]);
    expect(await xmllintVerdicts(wsdl, envelopes)).toEqual(envelopes.map(() => 'validates'));
    const [twice = ''] = envelopes.map((envelope) => envelope.replace(/<(\w+:username)>[^<]*<\/\1>/, '$&$&'));
    expect(await xmllintVerdicts(wsdl, [twice])).toEqual([expect.stringContaining('This element is not expected')]);
  });
});

describe.skipIf(!isHere)('PHP SoapClient', () => {
  it('speaks SOAP 1.2 too', async () => {
    const server = await createSandbox().listen({ systems: ['zuora-soap'] });
    try {
      const [program, script] = clients['PHP SoapClient'];
      const end = `${server.url}/__sandbox/zuora-soap/expire-now`;
      const args = [script, `${server.url}/apps/services/a/91.0?wsdl`, end, '', '1.2'];
      const { stdout, stderr } = await runPeer(program, args);
      expect(stderr).toBe('');
      const { wire, login, pages, denied, expired }: Printed = JSON.parse(stdout);
      for (const { request, response } of wire) {
        for (const text of [request, response]) expect(text).toContain('http://www.w3.org/2003/05/soap-envelope');
      }
      expect(login).toMatchObject({ result: { Session: expect.any(String) } });
      expect(pages.at(-1)?.result?.records.at(-1)).toMatchObject({ Name: oddName });
      // It tells the code of a fault, and not its subcode.
      const fault = (kind: string, FaultCode: string) => ({
        code: 'soapenv:Receiver',
        detail: { [kind]: { FaultCode } },
      });
      expect(denied).toMatchObject({ fault: fault('LoginFault', 'INVALID_VALUE') });
      expect(expired).toMatchObject({ fault: fault('UnexpectedErrorFault', 'INVALID_SESSION') });
    } finally {
      await server.close();
    }
  });
});
