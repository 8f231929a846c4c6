import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Client, createClientAsync, listen } from 'soap';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import type { Operations } from '../../generated/zuora-soap/types.ts';
import { EnvelopeError } from '../../src/transport/soap-envelope-error.ts';
import { createEnvelopeReader, type EnvelopeAnswer } from '../../src/transport/soap-reader.ts';
import {
  type FaultsOf,
  type HeadersOf,
  type InputOf,
  type OutputOf,
  operationOf,
  type ServiceTable,
} from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from '../unit/soap-canonical.support.ts';
import { schemaErrors, wsdlText } from '../unit/soap-oracle.support.ts';

// node-soap shares no code with our codec: what both agree on is more than our own opinion.
const wsdlFile = fileURLToPath(new URL('../../specs/zuora-soap.wsdl', import.meta.url));
const ZNS = 'http://api.zuora.com/';

/** The service seen from the other side: what we read is what a client sends, what we write is what a server answers. */
type Mirrored = {
  [Name in keyof Operations]: { input: Operations[Name]['output']; output: Operations[Name]['input']; headers: object };
};
function mirrored(name: keyof Operations): ServiceTable<Mirrored> {
  const row = operationOf(service, name);
  const operations = {
    ...service.operations,
    [name]: { ...row, input: row.output, output: row.input, headers: [], outputHeaders: row.headers ?? [] },
  };
  const { '~operations': _, ...table } = service;
  return { ...table, operations };
}

const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/apps/services/a/91.0`;
const started = (server: Server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const stopped = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

describe('node-soap as client', () => {
  /** What the client sent last, and what it will be answered. */
  let sent = '';
  let answer = '';
  let client: Client;
  const server = createServer((request, response) => {
    sent = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => {
      sent += chunk;
    });
    request.on('end', () => response.setHeader('content-type', 'text/xml; charset=UTF-8').end(answer));
  });

  beforeAll(async () => {
    await started(server);
    client = await createClientAsync(wsdlFile, { disableCache: true, handleNilAsNull: true }, urlOf(server));
  });
  afterAll(() => stopped(server));

  const call = async (operation: string, input: object): Promise<unknown> => {
    // node-soap makes its methods from the WSDL and types them loosely.
    const method = (client as unknown as Record<string, (input: object) => Promise<unknown[]>>)[`${operation}Async`];
    const [result] = (await method?.call(client, input)) ?? [];
    return result;
  };

  test('reads the login answer that we write, and sends the login that we send', async () => {
    const result = { Session: 'a&b<c>"d" ==', ServerUrl: 'https://www.zuora.com/apps/services/a/91.0' };
    answer = writeEnvelope(mirrored('login'), 'login', { result });
    expect(await call('login', { username: 'ö & <u>', password: `p'"]]>` })).toEqual({ result });
    expect(canonical(sent)).toBe(
      canonical(writeEnvelope(service, 'login', { username: 'ö & <u>', password: `p'"]]>` })),
    );
    expect(await schemaErrors([sent, answer])).toEqual([[], []]);
    const reader = createEnvelopeReader(mirrored('login'), 'login');
    reader.write(sent);
    expect(reader.close()).toMatchObject({ value: { username: 'ö & <u>', password: `p'"]]>` }, unknown: [] });
  });

  test('sends a wrong order as it is told, where we send the right one', async () => {
    const input = { password: 'p', username: 'u' };
    await call('login', input);
    const ours = writeEnvelope(service, 'login', input);
    expect(await schemaErrors([sent, ours])).toEqual([[expect.stringContaining('This element is not expected')], []]);
  });

  test('reads a page of records that we write, and sends the query that we send', async () => {
    const records = [
      { $type: 'Account' as const, Id: '1', Name: 'A & B', Balance: '1.50', AutoPay: false, BillCycleDay: 31 },
      { $type: 'Contact' as const, Id: '2', FirstName: '名', LastName: null },
    ];
    const page = { done: false, queryLocator: 'abc-2000', records, size: 2001 };
    answer = writeEnvelope(mirrored('query'), 'query', { result: page });
    client.addSoapHeader({ SessionHeader: { session: 's==' } }, '', 'zns', ZNS);
    const received = await call('query', { queryString: "select Id from Account where Name = 'x'" });
    client.clearSoapHeaders();
    const attributes = (type: string) => ({ 'xsi:type': `ons:${type}` });
    expect(received).toEqual({
      result: {
        ...page,
        records: [
          // It makes numbers of decimals: what is lost by that is why we do not.
          { attributes: attributes('Account'), Id: '1', Name: 'A & B', Balance: 1.5, AutoPay: false, BillCycleDay: 31 },
          { attributes: attributes('Contact'), Id: '2', FirstName: '名', LastName: null },
        ],
      },
    });
    const input = { queryString: "select Id from Account where Name = 'x'" };
    expect(canonical(sent)).toBe(
      canonical(writeEnvelope(service, 'query', input, { SessionHeader: { session: 's==' } })),
    );
    expect(await schemaErrors([sent, answer])).toEqual([[], []]);
    const reader = createEnvelopeReader(mirrored('query'), 'query');
    reader.write(sent);
    expect(reader.close()).toMatchObject({ value: input, headers: { SessionHeader: { session: 's==' } }, unknown: [] });
  });
});

describe('node-soap as server', () => {
  const server = createServer((_, response) => response.writeHead(404).end());

  beforeAll(async () => {
    await started(server);
    const port = {
      login: ({ username, password }: { username: string; password: string }) => {
        if (password === 'right') return { result: { Session: `for ${username}`, ServerUrl: urlOf(server) } };
        const text = 'Invalid login. User name and password do not match.';
        throw {
          Fault: {
            attributes: { 'xmlns:fns': 'http://fault.api.zuora.com/' },
            faultcode: 'fns:INVALID_VALUE',
            faultstring: text,
            detail: { 'fns:LoginFault': { 'fns:FaultCode': 'INVALID_VALUE', 'fns:FaultMessage': text } },
            statusCode: 500,
          },
        };
      },
      getUserInfo: (_: object, __: unknown, headers: { SessionHeader?: { session?: string } }) => ({
        TenantId: '1',
        TenantName: 'T',
        UserEmail: 'u@example.com',
        UserFullName: 'U',
        UserId: headers.SessionHeader?.session,
        Username: 'u',
      }),
      query: () => ({
        result: {
          done: true,
          queryLocator: null,
          size: 1,
          records: [{ attributes: { 'xsi:type': 'ons:Account' }, Id: '1' }],
        },
      }),
    };
    listen(server, { path: '/apps/services/a/91.0', services: { ZuoraService: { Soap: port } }, xml: wsdlText });
  });
  afterAll(() => stopped(server));

  async function call<Name extends keyof Operations>(
    name: Name,
    input: InputOf<Operations, Name>,
    headers?: HeadersOf<Operations, Name>,
  ): Promise<{ status: number; answer: EnvelopeAnswer<OutputOf<Operations, Name>, FaultsOf<Operations, Name>> }> {
    const body = writeEnvelope(service, name, input, headers);
    const request = { method: 'POST', headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' }, body };
    const response = await fetch(urlOf(server), request);
    const reader = createEnvelopeReader(service, name);
    reader.write(new Uint8Array(await response.arrayBuffer()));
    return { status: response.status, answer: reader.close() };
  }

  test('understands our login, and we its answer', async () => {
    const { status, answer } = await call('login', { password: 'right', username: 'ü & <u>' });
    expect(status).toBe(200);
    expect(answer).toMatchObject({
      kind: 'result',
      value: { result: { Session: 'for ü & <u>', ServerUrl: urlOf(server) } },
      unknown: [],
    });
  });

  test('refuses a wrong password with a fault that we understand', async () => {
    const { status, answer } = await call('login', { username: 'u', password: 'wrong' });
    expect(status).toBe(500);
    expect(answer).toMatchObject({
      kind: 'fault',
      message: 'Invalid login. User name and password do not match.',
      code: { name: 'INVALID_VALUE', namespace: 'http://fault.api.zuora.com/' },
      detail: { declared: true, name: 'LoginFault', value: { FaultCode: 'INVALID_VALUE' } },
    });
  });

  test('finds the session in our header', async () => {
    const { answer } = await call('getUserInfo', {}, { SessionHeader: { session: 'LiUB==' } });
    expect(answer).toMatchObject({ kind: 'result', value: { UserId: 'LiUB==' } });
  });

  test('answers a query with a prefix it never declares: that is a clear error, not a guess', async () => {
    const error: unknown = await call('query', { queryString: 'q' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EnvelopeError);
    expect(error).toMatchObject({
      reason: 'not-xml',
      found: expect.stringContaining('unbound namespace prefix: "xsi"'),
    });
  });
});
