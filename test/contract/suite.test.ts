import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openSandboxTarget } from '../../src/cli/contract-target.ts';
import {
  type ContractReport,
  type ContractSystem,
  type ContractTarget,
  type RunContractOptions,
  runContract,
  scenarios,
} from '../../src/contract/index.ts';
import { rejection } from '../helpers/waiting.ts';

const systems = Object.keys(scenarios) as ContractSystem[];
type Sent = { readonly request: Request; readonly response: Response };

/** Runs the suite against the sandbox whose answers, or whose requests' fate, are changed on the way. */
async function runChanged(
  system: ContractSystem,
  change: (answer: Response, request: Request) => Promise<Response> | Response,
  options: Partial<RunContractOptions> = {},
): Promise<{ readonly report: ContractReport; readonly sent: readonly Sent[] }> {
  await using opened = await openSandboxTarget(system, 'process');
  const sent: Sent[] = [];
  const fetch: ContractTarget['fetch'] = async (request) => {
    const response = await change(await opened.target.fetch(request.clone()), request);
    sent.push({ request, response });
    return response;
  };
  const { values } = opened;
  const report = await runContract({
    system,
    values,
    ...options,
    target: { ...opened.target, fetch, ...options.target },
  });
  return { report, sent };
}

const changedJson =
  (change: (body: Record<string, unknown>) => object) =>
  async (answer: Response): Promise<Response> => {
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    if (!isJson) return answer;
    return new Response(JSON.stringify(change(await answer.json())), {
      status: answer.status,
      headers: answer.headers,
    });
  };

/** Where differences were found, with their kind. */
const found = ({ results }: ContractReport): Set<string> =>
  new Set(
    results.flatMap(({ findings }) => findings.map(({ operation, kind, place }) => `${operation} ${kind} ${place}`)),
  );
const outcomesOf = ({ results }: ContractReport): Record<string, string> =>
  Object.fromEntries(results.map(({ name, outcome }) => [name, outcome]));

const packed = (bytes: Uint8Array<ArrayBuffer>): Response =>
  new Response(bytes, { headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' } });

describe.each(systems)('the suite of %s', (system) => {
  it.each(['process', 'http', 'https'] as const)('is conformed to by the sandbox, %s', async (over) => {
    await using opened = await openSandboxTarget(system, over);
    const report = await runContract({ system, ...opened });
    expect(report.results.filter(({ outcome }) => outcome !== 'conforms')).toEqual([]);
    expect(report).toMatchObject({ system, outcome: 'conforms' });
    expect(report.results.map(({ name }) => name)).toEqual(scenarios[system].scenarios.map(({ name }) => name));
    expect(report.calls).toBeGreaterThan(report.results.length);
  });
});

describe('a service that has changed', () => {
  it('is seen where a field is renamed', async () => {
    const { report } = await runChanged(
      'pulse-crm',
      changedJson(({ token, ...body }) => (token === undefined ? body : { ...body, accessToken: token })),
    );
    expect(report.outcome).toBe('violated');
    expect(found(report)).toEqual(
      new Set(['login violation /response/body/token', 'login undocumented /response/body/accessToken']),
    );
    expect(outcomesOf(report)).toMatchObject({ login: 'violated', use: 'violated', 'no-session': 'conforms' });
  });

  it('is seen where a status changed', async () => {
    const teapot = (answer: Response): Response =>
      answer.status === 401 ? new Response(answer.body, { status: 418, headers: answer.headers }) : answer;
    const { report } = await runChanged('pulse-crm', teapot);
    expect(found(report)).toEqual(
      new Set(
        ['login', 'getSession'].flatMap((operation) => [
          `${operation} undocumented /response/status`,
          `${operation} violation /response/status`,
        ]),
      ),
    );
    expect(outcomesOf(report)).toMatchObject({
      login: 'conforms',
      'login-denied': 'violated',
      'no-session': 'violated',
    });
  });

  it('is seen where a header is dropped', async () => {
    const { report } = await runChanged('zuora-rest', (answer) => {
      const headers = new Headers(answer.headers);
      headers.delete('set-cookie');
      return new Response(answer.body, { status: answer.status, headers });
    });
    expect(report.outcome).toBe('violated');
    expect(found(report)).toEqual(new Set(['createConnection violation /response/headers/set-cookie']));
  });

  it('is seen where something is new, which is drift and no violation', async () => {
    const { report } = await runChanged('zato-sso', async (answer) => {
      const changed = await changedJson((body) => ({
        ...body,
        ...(body.username === undefined ? {} : { shoeSize: 7 }),
      }))(answer);
      changed.headers.set('X-Shard', '7');
      return changed;
    });
    expect(report.outcome).toBe('drift');
    expect(found(report)).toContain('login undocumented /response/headers/x-shard');
    expect(found(report)).toContain('getUser undocumented /response/body/shoeSize');
    expect(new Set(Object.values(outcomesOf(report)))).toEqual(new Set(['drift']));
  });

  it('is seen where an envelope’s element is renamed', async () => {
    const { report } = await runChanged('zuora-soap', async (answer) => {
      const text = (await answer.text()).replaceAll('ServerUrl>', 'ServerURL>');
      return new Response(text, { status: answer.status, headers: answer.headers });
    });
    expect(report.outcome).toBe('violated');
    expect(found(report)).toEqual(new Set(['login violation /response/body/loginResponse/result/ServerUrl']));
  });
});

describe('a live service', () => {
  const live = { kind: 'live' } as ContractTarget;
  const logins = (sent: readonly Sent[]): number =>
    sent.filter(({ request }) => request.url.endsWith('/auth/login')).length;

  it('is sent only what is safe', async () => {
    const { report } = await runChanged('pulse-crm', (answer) => answer, {
      target: { ...live, steer: undefined } as ContractTarget,
    });
    expect(outcomesOf(report)).toMatchObject({
      login: 'conforms',
      'login-denied': 'skipped',
      'missing-field': 'skipped',
      expiry: 'skipped',
      use: 'conforms',
    });
    expect(report.outcome).toBe('conforms');
  });

  it('is sent one wrong login at most, and none of any kind after it, even where everything is allowed; it is the last', async () => {
    const { report, sent } = await runChanged('pulse-crm', (answer) => answer, {
      allowUnsafe: true,
      target: { ...live } as ContractTarget,
    });
    const wrong = sent.filter(
      ({ request, response }) => request.url.endsWith('/auth/login') && response.status === 401,
    );
    expect(wrong).toHaveLength(1);
    expect(outcomesOf(report)).toMatchObject({
      'login-denied': 'conforms',
      'missing-field': 'skipped',
      use: 'conforms',
    });
    expect(logins(sent.slice(sent.findIndex(({ response }) => wrong[0]?.response === response)))).toBe(1);
    expect(outcomesOf(report)['no-session']).toBe('conforms');
  });

  it('that refuses the right credentials is not sent them again', async () => {
    const refuse = (answer: Response): Response => (answer.ok ? new Response(null, { status: 401 }) : answer);
    const { report, sent } = await runChanged('pulse-crm', refuse, { target: { ...live } as ContractTarget });
    expect(report.outcome).toBe('denied');
    expect(logins(sent)).toBe(1);
    expect(outcomesOf(report)).toMatchObject({ login: 'denied', use: 'skipped', 'no-session': 'conforms' });
  });

  it('is called so often and no more', async () => {
    const { report, sent } = await runChanged('pulse-crm', (answer) => answer, {
      maxCalls: 3,
      target: { ...live } as ContractTarget,
    });
    expect(sent.length).toBeLessThanOrEqual(3);
    expect(report.results.find(({ name }) => name === 'use')).toMatchObject({
      outcome: 'skipped',
      reason: 'would go beyond 3 calls',
    });
  });
});

describe('what nobody knows of the live service', () => {
  const only = (scenario: string) => ({ only: [scenario] });
  const withStatus =
    (from: number, to: number) =>
    (answer: Response): Response =>
      answer.status === from ? new Response(answer.body, { status: to, headers: answer.headers }) : answer;

  it.each([400, 401, 403, 404])('is no violation: Pulse refuses a foreign account with %i', async (status) => {
    const { report } = await runChanged('pulse-crm', withStatus(403, status), only('foreign-account'));
    expect(report.results[0]?.findings.filter(({ kind }) => kind === 'violation')).toEqual([]);
    expect(['conforms', 'drift']).toContain(report.outcome);
  });

  it('is a violation all the same where a foreign account is let in', async () => {
    const { report } = await runChanged('pulse-crm', withStatus(403, 200), only('foreign-account'));
    expect(report.outcome).toBe('violated');
  });

  it.each(['unknown-session', 'wrong-order'])('is drift: %s of Zuora SOAP is a fault in a 200', async (name) => {
    const { report } = await runChanged('zuora-soap', withStatus(500, 200), only(name));
    expect(report.outcome).toBe('drift');
    expect(report.results[0]?.findings.map(({ place }) => place)).toEqual(['/response/status']);
  });

  it('is no violation: Zuora SOAP calls the fault of a wrong order by another name', async () => {
    const { report } = await runChanged(
      'zuora-soap',
      async (answer) =>
        new Response((await answer.text()).replace(/:Server</, ':Client<'), { status: 500, headers: answer.headers }),
      only('wrong-order'),
    );
    expect(report.outcome).toBe('conforms');
  });
});

describe('a run', () => {
  it('skips what it has no values for, and says which', async () => {
    await using opened = await openSandboxTarget('zato-sso', 'process');
    const { totp, superPassword, ...values } = opened.values;
    const report = await runContract({ system: 'zato-sso', values, target: opened.target });
    expect(report.results.find(({ name }) => name === 'one-time-code')).toMatchObject({
      outcome: 'skipped',
      reason: 'needs totp',
      calls: 0,
    });
    expect(report.results.find(({ name }) => name === 'verify')?.reason).toBe('needs superPassword');
    expect(report.outcome).toBe('conforms');
    const none = await runContract({ system: 'zato-sso', values: {}, target: opened.target });
    expect(none).toMatchObject({ outcome: 'skipped', calls: 0 });
  });

  it('of chosen scenarios runs those, and knows their names', async () => {
    await using opened = await openSandboxTarget('pulse-crm', 'process');
    const run = (only: readonly string[]) => runContract({ system: 'pulse-crm', ...opened, only });
    expect((await run(['use', 'login'])).results.map(({ name }) => name)).toEqual(['login', 'use']);
    expect(await rejection(run(['logn']))).toMatchObject({ name: 'TypeError', code: 'ERR_CONTRACT_SCENARIO' });
    expect(await rejection(runContract({ ...opened, system: 'pulse' as ContractSystem }))).toMatchObject({
      code: 'ERR_OPTION',
    });
  });

  it('ends with the reason of its signal', async () => {
    await using opened = await openSandboxTarget('pulse-crm', 'process');
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: string[] = [];
    const run = runContract({
      system: 'pulse-crm',
      ...opened,
      signal: controller.signal,
      onResult: ({ name }) => {
        seen.push(name);
        controller.abort(reason);
      },
    });
    expect(await rejection(run)).toBe(reason);
    expect(seen).toEqual(['login']);
  });

  it.each([
    [
      'is not there',
      () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } })),
      'no answer (ECONNREFUSED)',
    ],
    ['says nothing', () => new Promise<never>(() => {}), 'no answer in time'],
    [
      'answers with gzip that is damaged',
      async () => new Response(new Uint8Array([0x1f, 0x8b, 8, 0, 1, 2]), { headers: { 'content-encoding': 'gzip' } }),
      'the answer says that it is gzip, and cannot be unpacked',
    ],
    [
      'answers with gzip that is cut off',
      async () => packed(gzipSync(Buffer.alloc(9000, 'a')).subarray(0, -12)),
      'the answer says that it is gzip, and cannot be unpacked',
    ],
    [
      'answers with more than anybody wants to read, packed small',
      async () => packed(gzipSync(Buffer.alloc(9 * 2 ** 20))),
      'the answer is larger than 8388608 bytes',
    ],
    [
      'answers with a status that HTTP does not have',
      async () => Object.defineProperty(new Response(), 'status', { value: 999 }),
      'the answer has the status 999, which HTTP does not have',
    ],
    [
      'fails with an error whose code is no word',
      () => Promise.reject(Object.assign(new Error('s3cret'), { code: 's3cret s3cret' })),
      'no answer',
    ],
    [
      'sends more than anybody wants to read',
      async () => new Response(new Uint8Array(9 * 2 ** 20)),
      'the answer is larger than 8388608 bytes',
    ],
    [
      'breaks off',
      async () => new Response(new ReadableStream({ start: (controller) => controller.error(new Error('s3cret')) })),
      'no answer',
    ],
  ])('against a service that %s finds it unreachable', async (_, answer, reason) => {
    await using opened = await openSandboxTarget('pulse-crm', 'process');
    const fetch: ContractTarget['fetch'] = (request) =>
      new Promise((resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason));
        answer().then(resolve, reject);
      });
    const target = { ...opened.target, fetch };
    const report = await runContract({
      system: 'pulse-crm',
      values: opened.values,
      target,
      only: ['login'],
      timeoutMs: 300,
    });
    expect(report.results).toMatchObject([{ outcome: 'unreachable', reason, findings: [], calls: 1 }]);
  });

  it('reads what a service packed, where the target’s fetch does not unpack it', async () => {
    const { report, sent } = await runChanged('pulse-crm', async (answer) => {
      const bytes = gzipSync(Buffer.from(await answer.arrayBuffer()));
      const headers = new Headers(answer.headers);
      headers.set('content-encoding', 'gzip');
      return new Response(bytes, { status: answer.status, headers });
    });
    expect(sent.length).toBeGreaterThan(10);
    expect(report.results.filter(({ outcome }) => outcome !== 'conforms')).toEqual([]);
  });

  it('unpacks no answer twice', async () => {
    const { report } = await runChanged(
      'pulse-crm',
      (answer) => {
        const headers = new Headers(answer.headers);
        headers.set('content-encoding', 'gzip');
        return new Response(gzipSync(gzipSync('{}')), { status: answer.status, headers });
      },
      { only: ['login'] },
    );
    expect(report.results[0]?.findings).toMatchObject([{ place: '/response/body', expected: 'JSON' }]);
  });

  it('ends a request in time whose fetch heeds no signal', async () => {
    await using opened = await openSandboxTarget('pulse-crm', 'process');
    const target = { ...opened.target, fetch: () => new Promise<never>(() => {}) };
    const report = await runContract({ system: 'pulse-crm', ...opened, target, only: ['login'], timeoutMs: 20 });
    expect(report.results).toMatchObject([{ outcome: 'unreachable', reason: 'no answer in time' }]);
  });

  it('follows no redirect', async () => {
    let arrived = 0;
    const other = createServer((_, response) => {
      arrived += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    const service = createServer((_, response) => {
      response.writeHead(307, { location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` }).end();
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => service.once('listening', resolve));
    const baseUrl = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const values = { apiKey: 'a', apiSecret: 'b' };
    const target: ContractTarget = { kind: 'live', baseUrl, fetch: (request) => fetch(request) };
    const report = await runContract({ system: 'pulse-crm', values, target, only: ['login'] });
    expect(report.outcome).toBe('violated');
    expect(arrived).toBe(0);
    for (const server of [other, service]) server.close();
  });
});
