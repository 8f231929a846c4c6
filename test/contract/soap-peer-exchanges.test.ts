import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Client, createClientAsync, listen } from 'soap';
import { describe, expect, it } from 'vitest';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { wsdlText } from '../unit/soap-oracle.support.ts';
import { NOW_MS, useContractHarness } from './harness.ts';

const PATH = '/apps/services/a/91.0';
const wsdlFile = fileURLToPath(new URL('../../specs/zuora-soap.wsdl', import.meta.url));
const harness = useContractHarness();
const MISMATCH = 'Invalid login. User name and password do not match.';

describe('node-soap as client of the sandbox', () => {
  const peer = async (url: string) => {
    const client: Client = await createClientAsync(
      wsdlFile,
      { disableCache: true, handleNilAsNull: true },
      `${url}${PATH}`,
    );
    // node-soap makes its methods from the WSDL and types them loosely.
    const methods = client as unknown as Record<string, (input: object) => Promise<[Record<string, unknown>]>>;
    const call = async (name: string, input: object): Promise<Record<string, unknown>> => {
      const [result] = (await methods[`${name}Async`]?.call(client, input)) ?? [];
      if (result === undefined) throw new Error(`node-soap has no operation ${name}`);
      return result;
    };
    return { client, call };
  };

  it('logs in, follows ServerUrl, and uses the session', async () => {
    await using listening = await harness.listen('zuora-soap', 0);
    const { client, call } = await peer(listening.url);
    const answer = await call('login', { username: 'username@zuora.com', password: 'password' });
    const { Session, ServerUrl } = answer.result as { Session: string; ServerUrl: string };
    expect(ServerUrl).toBe(`${listening.url}${PATH}`);
    client.setEndpoint(ServerUrl);
    client.addSoapHeader({ SessionHeader: { session: Session } }, '', 'zns', 'http://api.zuora.com/');
    expect(await call('getUserInfo', {})).toMatchObject({ Username: 'username@zuora.com' });
    const page = await call('query', { queryString: 'select Id, Name from Account' });
    expect(page.result).toMatchObject({ done: true, size: 3, records: [{ Name: 'Example Account 1' }, {}, {}] });
    expect(await harness.exchanges()).toHaveLength(3);
  });

  it('logs in to an entity', async () => {
    await using listening = await harness.listen('zuora-soap', 0);
    const { call } = await peer(listening.url);
    const input = { username: 'username@zuora.com', password: 'password', entityId: '6337' };
    expect(await call('login', input)).toHaveProperty('result.Session');
  });

  it('understands the fault of a wrong password, and that of a session that has ended', async () => {
    await using listening = await harness.listen('zuora-soap', 0);
    const { client, call } = await peer(listening.url);
    await expect(call('login', { username: 'username@zuora.com', password: 'wrong' })).rejects.toMatchObject({
      root: {
        Envelope: {
          Body: { Fault: { detail: { LoginFault: { FaultCode: 'INVALID_VALUE', FaultMessage: MISMATCH } } } },
        },
      },
    });
    client.addSoapHeader({ SessionHeader: { session: 'long gone' } }, '', 'zns', 'http://api.zuora.com/');
    await expect(call('getUserInfo', {})).rejects.toMatchObject({
      root: { Envelope: { Body: { Fault: { detail: { UnexpectedErrorFault: { FaultCode: 'INVALID_SESSION' } } } } } },
    });
  });

  it('is refused by the sandbox when it sends the arguments in the wrong order', async () => {
    harness.allow('/request/body/login/password', '/request/libxml2');
    await using listening = await harness.listen('zuora-soap', 0);
    const { call } = await peer(listening.url);
    await expect(call('login', { password: 'password', username: 'username@zuora.com' })).rejects.toThrow(
      'Unexpected subelement',
    );
  });
});

describe('node-soap as server of our client', () => {
  /** A server whose only user has the password `right`. */
  const startPeer = async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const login = ({ username, password }: { username: string; password: string }) => {
      if (password === 'right') return { result: { Session: `for ${username}`, ServerUrl: `${origin}${PATH}` } };
      throw {
        Fault: {
          attributes: { 'xmlns:fns': 'http://fault.api.zuora.com/' },
          faultcode: 'fns:INVALID_VALUE',
          faultstring: MISMATCH,
          detail: { 'fns:LoginFault': { 'fns:FaultCode': 'INVALID_VALUE', 'fns:FaultMessage': MISMATCH } },
          statusCode: 500,
        },
      };
    };
    listen(server, { path: PATH, services: { ZuoraService: { Soap: { login } } }, xml: wsdlText });
    harness.watch(origin);
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    return { baseUrl: `${origin}${PATH}`, [Symbol.asyncDispose]: close };
  };
  const clientOf = (baseUrl: string, password: string) =>
    createZuoraSoap({ baseUrl, credentials: { username: 'ü & <u>', password }, clock: { nowMs: () => NOW_MS } });

  it('takes our login, and we its session', async () => {
    await using peer = await startPeer();
    const { secret, facts } = await clientOf(peer.baseUrl, 'right').session.login();
    expect({ secret, facts }).toEqual({ secret: 'for ü & <u>', facts: { serverUrl: peer.baseUrl } });
    expect(await harness.exchanges()).toHaveLength(1);
  });

  it('refuses a wrong password with a fault that becomes the typed error', async () => {
    await using peer = await startPeer();
    await expect(clientOf(peer.baseUrl, 'wrong').session.login()).rejects.toMatchObject({
      name: 'LoginDeniedError',
      reason: 'INVALID_VALUE',
    });
    expect(await harness.exchanges()).toHaveLength(1);
  });
});
