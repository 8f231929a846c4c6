import { readFileSync } from 'node:fs';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { canonical } from '../unit/soap-canonical.support.ts';
import { NOW_MS, useContractHarness } from './harness.ts';

const SERVER = 'https://apisandbox.zuora.com/apps/services/a/26.0';
const SESSION = 'LiUBQF...ugxg2jJuCA==';
const credentials = { username: 'username@zuora.com', password: 'password' };

const sample = (name: string): string =>
  readFileSync(new URL(`./data/zuora-soap/${name}.xml`, import.meta.url), 'utf8');

describe('documented SOAP samples', () => {
  const harness = useContractHarness();
  const client = (options: { entityId?: string } = {}) =>
    createZuoraSoap({ baseUrl: SERVER, credentials, clock: { nowMs: () => NOW_MS }, ...options });
  const answerWith = (loginAnswer: string): void => {
    const handler = http.post('https://apisandbox.zuora.com/*', async ({ request }) => {
      const isLogin = (await request.clone().text()).includes('login>');
      return HttpResponse.xml(sample(isLogin ? loginAnswer : 'query-realistic.response'));
    });
    harness.server.use(handler);
  };
  const sent = async (index: number): Promise<Request> => {
    const request = (await harness.exchanges())[index]?.request;
    if (request === undefined) throw new Error(`no request ${index}`);
    return request;
  };

  it('login: the client sends the documented envelope', async () => {
    answerWith('login.response');
    await client().session.login();
    const request = await sent(0);
    expect(request.method).toBe('POST');
    expect(request.url).toBe(SERVER);
    expect(canonical(await request.text())).toBe(canonical(sample('login.request')));
  });

  it('login to an entity: the client sends the documented envelope', async () => {
    answerWith('login.response');
    await client({ entityId: '6337' }).session.login();
    expect(canonical(await (await sent(0)).text())).toBe(canonical(sample('login-entity.request')));
  });

  it('login: the documented answer gives the session and the server', async () => {
    answerWith('login.response');
    const { secret, facts } = await client().session.login();
    expect({ secret, facts }).toEqual({ secret: SESSION, facts: { serverUrl: SERVER } });
  });

  it('login: a realistic answer gives the session and the server', async () => {
    answerWith('login-realistic.response');
    const { secret, facts } = await client().session.login();
    expect(secret).toMatch(/^[\w-]{256}$/);
    expect(facts).toEqual({ serverUrl: 'https://apisandbox.zuora.com/apps/services/a/91.0' });
  });

  it('query: the client sends the documented envelope, with the session, to the server of the answer', async () => {
    answerWith('login.response');
    const { result } = await client().query({ queryString: 'select id from account' });
    const request = await sent(1);
    expect(request.url).toBe(SERVER);
    expect(canonical(await request.text())).toBe(canonical(sample('query.request')));
    expect(result.records?.map((record) => record?.Id)).toEqual([
      '2c92c0f94a1f9d2b014a2f0c1d7e0f01',
      '2c92c0f94a1f9d2b014a2f0c1d7e0f02',
    ]);
  });

  it('query: goes where the login says and not where the client began', async () => {
    answerWith('login-realistic.response');
    await client().query({ queryString: 'select id from account' });
    expect((await sent(0)).url).toBe(SERVER);
    expect((await sent(1)).url).toBe('https://apisandbox.zuora.com/apps/services/a/91.0');
  });

  it('the documented envelopes work on the sandbox, sent as they are', async () => {
    const post = async (envelope: string): Promise<string> => {
      const headers = { 'content-type': 'text/xml', soapaction: '""' };
      return (await fetch(SERVER, { method: 'POST', body: envelope, headers })).text();
    };
    const session = /<ns1:Session>([^<]+)</.exec(await post(sample('login.request')))?.[1] ?? '';
    const entitySession = /<ns1:Session>([^<]+)</.exec(await post(sample('login-entity.request')))?.[1] ?? '';
    for (const live of [session, entitySession]) {
      const answer = await post(sample('query.request').replace(SESSION, live));
      expect(answer).toContain('<ns1:size>3</ns1:size>');
    }
  });
});
