import { describe, expect, it } from 'vitest';
import { openSandboxTarget } from '../../src/cli/contract-target.ts';
import {
  type ContractReport,
  type ContractSystem,
  type RunContractOptions,
  runContract,
  scenarios,
} from '../../src/contract/index.ts';

const systems = Object.keys(scenarios) as ContractSystem[]; // the keys of the table that the type is made from

/** How a login is known when it arrives, whatever the suite calls it. */
const isLogin: Readonly<Record<ContractSystem, (request: Request) => Promise<boolean>>> = {
  'zuora-rest': async ({ url }) => url.endsWith('/v1/connections'),
  'zuora-soap': async (request) => /<(\w+:)?login[ >]/.test(await request.clone().text()),
  'zato-sso': async ({ url }) => url.endsWith('/user/login'),
  'pulse-crm': async ({ url, method }) => url.endsWith('/auth/login') && method === 'POST',
};

type Answer = (request: Request) => Promise<Response> | Response;

const json =
  (status: number, body: unknown): Answer =>
  () =>
    new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });
const page =
  (status: number, type = 'text/html'): Answer =>
  () =>
    new Response('<html>', { status, headers: { 'content-type': type } });
const fault =
  (status: number, detail: string): Answer =>
  () =>
    new Response(
      '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><soapenv:Fault>' +
        `<faultcode>soapenv:Server</faultcode><faultstring>no</faultstring>${detail}</soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
      { status, headers: { 'content-type': 'text/xml' } },
    );
const never: Answer = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
const breaksOff: Answer = () =>
  new Response(new ReadableStream({ start: (controller) => controller.error(new Error('reset')) }));
const redirect: Answer = () => new Response(null, { status: 302, headers: { location: 'https://elsewhere.test/' } });

const everywhere: readonly (readonly [string, Answer])[] = [
  ['later than anybody waits', never],
  ['with half an answer', breaksOff],
  ['with a page in a 200', page(200)],
  ['with a page in a 500', page(500)],
  ['with a redirect', redirect],
  ['with 401', json(401, {})],
  ['with 400', json(400, {})],
  ['with an empty object in a 200', json(200, {})],
];
const refusals: Readonly<Record<ContractSystem, readonly (readonly [string, Answer])[]>> = {
  'zuora-rest': [
    ...everywhere,
    ['with success false in a 200', json(200, { success: false, reasons: [{ code: 90000011, message: 'no' }] })],
    ['with 429', json(429, { reasons: [] })],
  ],
  'zuora-soap': [
    ...everywhere,
    ['with a fault without detail', fault(500, '')],
    ['with a fault of another name', fault(500, '<detail><a:Refused xmlns:a="urn:a"/></detail>')],
    ['with a LoginFault', fault(500, '<detail><f:LoginFault xmlns:f="http://fault.api.zuora.com/"/></detail>')],
    ['with a fault in a 200', fault(200, '')],
  ],
  'zato-sso': [
    ...everywhere,
    ['with an error in a 200', json(200, { status: 'error', cid: 'a', sub_status: ['E005001'] })],
    ['with an error in a 403', json(403, { status: 'error', cid: 'a', sub_status: ['E005001'] })],
    ['with text in a 500', page(500, 'text/plain')],
  ],
  'pulse-crm': [...everywhere, ['with 422', json(422, { message: 'no' })], ['with nothing in a 401', page(401)]],
};

/** A live service that answers logins so, if at all, and everything else as the sandbox does; with what it was sent. */
async function runLive(
  system: ContractSystem,
  answer: Answer | undefined,
  options: Partial<RunContractOptions> = {},
): Promise<{ readonly report: ContractReport; readonly logins: number; readonly notAccepted: number }> {
  await using opened = await openSandboxTarget(system, 'process');
  let [logins, notAccepted] = [0, 0];
  const fetch = async (request: Request): Promise<Response> => {
    if (!(await isLogin[system](request))) return opened.target.fetch(request);
    logins += 1;
    if (answer !== undefined) return answer(request);
    const response = await opened.target.fetch(request);
    const text = await response.clone().text();
    const isAccepted = response.ok && !/"success" ?: ?false|"status": ?"error"|Fault>/.test(text);
    if (!isAccepted) notAccepted += 1;
    return response;
  };
  const report = await runContract({
    system,
    values: opened.values,
    timeoutMs: 100,
    ...options,
    target: { kind: 'live', baseUrl: opened.target.baseUrl, fetch },
  });
  return { report, logins, notAccepted };
}

describe.each(systems)('a live account of %s', (system) => {
  describe.each([false, true])('with allowUnsafe %s', (allowUnsafe) => {
    it.each(refusals[system])('gets one login where the service answers it %s', async (_, answer) => {
      const { report, logins } = await runLive(system, answer, { allowUnsafe });
      expect(logins).toBe(1);
      expect(report.refusedLogins).toBe(1);
      expect(['violated', 'denied', 'unreachable']).toContain(report.outcome);
      expect(report.results.filter(({ reason = '' }) => reason.startsWith('a login was not accepted'))).not.toEqual([]);
    });

    it('gets one wrong login at most, after everything else', async () => {
      const { report, notAccepted } = await runLive(system, undefined, { allowUnsafe });
      expect(notAccepted).toBe(report.refusedLogins);
      expect(notAccepted).toBeLessThanOrEqual(1);
      if (allowUnsafe) expect(notAccepted).toBe(1);
      expect(report.outcome).toBe('conforms');
      const held = report.results.filter(({ reason = '' }) => reason.startsWith('a login was not accepted'));
      const order = report.results.map(({ name }) => name);
      const heldBack = ['login-denied', 'missing-field', 'unknown-app', 'wrong-order', 'one-time-code-missing'];
      expect(heldBack).toEqual(expect.arrayContaining(held.map(({ name }) => name)));
      expect(
        order.slice(order.findIndex((name) => heldBack.includes(name))).every((name) => heldBack.includes(name)),
      ).toBe(true);
      const ran = report.results.filter(({ outcome }) => outcome === 'conforms').map(({ name }) => name);
      expect(ran).toEqual(expect.arrayContaining(['login', 'use', 'unknown-session']));
      if (allowUnsafe) expect(ran).toContain('login-denied');
    });
  });

  it('gets the logins of a sandbox where it is one', async () => {
    await using opened = await openSandboxTarget(system, 'process');
    const { results, refusedLogins } = await runContract({ system, ...opened });
    expect(results.map(({ name }) => name)).toEqual(scenarios[system].scenarios.map(({ name }) => name));
    expect(refusedLogins).toBeGreaterThan(1);
  });
});
