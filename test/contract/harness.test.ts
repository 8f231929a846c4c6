import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { useContractHarness } from './harness.ts';

const baseUrl = 'https://pulse.example.test';
const credentials = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };
const json = { 'content-type': 'application/json' };

describe('the contract harness', () => {
  const harness = useContractHarness();
  const pulse = () => createPulseCrm({ baseUrl, credentials });
  const answerWith = (response: () => Response): void => {
    harness.server.use(http.get(`${baseUrl}/auth/session`, response));
  };

  it('lets a test pass whose exchanges fit the spec', async () => {
    expect((await pulse().GET('/auth/session')).response.status).toBe(200);
    const paths = (await harness.exchanges()).map(({ request }) => new URL(request.url).pathname);
    expect(paths).toEqual(['/auth/login', '/auth/session']);
    expect(await harness.settle()).toEqual([]);
  });

  it.fails('fails a test that was given a violating answer and does not look at it', async () => {
    answerWith(() => HttpResponse.json({ id: 'seven' }));
    await pulse().GET('/auth/session');
  });

  it('names the place of a violating answer', async () => {
    answerWith(() => HttpResponse.json({ id: 'seven', email: 'a@b.test', token: 't' }));
    await pulse().GET('/auth/session');
    expect(await harness.settle()).toEqual([
      'GET /auth/session: violation at /response/body/id: expected must be integer, found string',
    ]);
  });

  it('names the place of a violating request', async () => {
    await fetch(`${baseUrl}/auth/login`, { method: 'POST', body: '{"apiKey": 7, "apiSecret": "s"}', headers: json });
    expect(await harness.settle()).toEqual([
      'POST /auth/login: violation at /request/body/apiKey: expected must be string, found number',
    ]);
  });

  it('looks at a request whose answer is lost', async () => {
    harness.sandbox.scenario('pulse-crm', 'drop-before-answer');
    await fetch(`${baseUrl}/auth/login?debug=1`, { method: 'POST' }).catch(() => undefined);
    expect(await harness.settle()).toEqual([
      'POST /auth/login: undocumented at /request/query/debug: expected a documented name, found another',
      'POST /auth/login: violation at /request/body: expected a body, found nothing',
    ]);
  });

  it('fails a test that asks a stranger', async () => {
    await expect(fetch('https://elsewhere.example.test/')).rejects.toThrow();
    expect(await harness.settle()).toEqual(['GET https://elsewhere.example.test: no handler takes it']);
  });

  it('lets a test allow what no spec has, and fails it when that does not happen', async () => {
    answerWith(() => new HttpResponse(null, { status: 418 }));
    harness.allow('/response/status');
    expect((await pulse().GET('/auth/session')).response.status).toBe(418);
    expect(await harness.settle()).toEqual([]);
    harness.allow('/response/status');
    expect(await harness.settle()).toEqual(['nothing was found at /response/status, which the test allows']);
  });

  it('watches what travels over HTTP too', async () => {
    await using listening = await harness.listen('pulse-crm', 0);
    const answer = await fetch(`${listening.url}/auth/login`, { method: 'POST', body: '{}', headers: json });
    expect(answer.status).toBe(401);
    expect(await harness.settle()).toEqual([
      'POST /auth/login: violation at /request/body/apiKey: expected a value, found nothing',
    ]);
  });
});
