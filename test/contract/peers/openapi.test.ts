import { describe, expect, it } from 'vitest';
import { openSandboxTarget } from '../../../src/cli/contract-target.ts';
import { contracts } from '../../../src/contract/contracts.ts';
import { checkExchange } from '../../../src/contract/exchange.ts';
import { runContract, scenarios } from '../../../src/contract/index.ts';
import { hasPeers } from '../../helpers/peers.ts';
import { type Exchange, validatorOpinions } from './openapi-validator.support.ts';

const isHere = hasPeers('No other OpenAPI validator is asked', 'JSON::Validator');
const systems = ['zuora-rest', 'zato-sso', 'pulse-crm'] as const;
type System = (typeof systems)[number];

/** What goes over the wire when the contract suite runs against the sandbox. */
async function recorded(system: System): Promise<Exchange[]> {
  await using opened = await openSandboxTarget(system, 'http');
  const seen: Exchange[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const sent = request.clone();
    const response = await opened.target.fetch(request);
    seen.push({ request: sent, response: response.clone() });
    return response;
  };
  const report = await runContract({ system, values: opened.values, target: { ...opened.target, fetch } });
  expect(report.outcome).toBe('conforms');
  return seen;
}

interface Verdict {
  readonly request: boolean;
  readonly response: boolean;
}

/** Which halves of an exchange break the spec, by our validators. */
async function ours(system: System, { request, response }: Exchange): Promise<Verdict> {
  const findings = await checkExchange(request, response, contracts[system]);
  const breaks = (half: string): boolean =>
    findings.some(
      ({ kind, place }) => place.startsWith(half) && (kind === 'violation' || place === '/response/status'),
    );
  return { request: breaks('/request'), response: breaks('/response') };
}

/** The same value with each of its members gone, of another type, and, where it is text, another text. */
function broken(value: unknown): unknown[] {
  if (value === null) return [0];
  if (typeof value !== 'object') return [{ another: value }, null, ...(typeof value === 'string' ? ['another'] : [])];
  const isList = Array.isArray(value);
  return [
    isList ? {} : [],
    ...Object.entries(value).flatMap(([name, member]) => {
      const put = (other: unknown): unknown =>
        isList ? value.map((each, at) => (String(at) === name ? other : each)) : { ...value, [name]: other };
      const { [name]: _, ...rest } = { ...value } as Record<string, unknown>;
      return [...(isList ? [] : [rest]), ...broken(member).map(put)];
    }),
  ];
}

/** An exchange with one thing in it changed, in all ways that are tried. */
async function changes({ request, response }: Exchange): Promise<Exchange[]> {
  const bodies = async (message: Request | Response): Promise<string[]> => {
    const text = await message.clone().text();
    const isJson = text !== '' && message.headers.get('content-type')?.includes('json') === true;
    return isJson ? broken(JSON.parse(text)).map((body) => JSON.stringify(body)) : [];
  };
  const without = (headers: Headers): Headers[] =>
    [...headers.keys()]
      .filter((name) => name !== 'content-type')
      .map((name) => {
        const left = new Headers(headers);
        left.delete(name);
        return left;
      });
  const { status, headers } = response;
  const sent = { method: request.method, headers: request.headers };
  const answered = await response.clone().text();
  const asked = await request.clone().text();
  const bodyOf = (text: string): object => (text === '' ? {} : { body: text });
  return [
    ...(await bodies(request)).map((body) => ({ request: new Request(request.url, { ...sent, body }), response })),
    ...without(request.headers).map((left) => ({
      request: new Request(request.url, { ...sent, headers: left, ...bodyOf(asked) }),
      response,
    })),
    ...(await bodies(response)).map((body) => ({ request, response: new Response(body, { status, headers }) })),
    ...without(headers).map((left) => ({ request, response: new Response(answered, { status, headers: left }) })),
    { request, response: new Response(answered, { status: 299, headers }) },
  ];
}

const nameOf = ({ request, response }: Exchange): string =>
  `${request.method} ${new URL(request.url).pathname} ${response.status}`;

describe.skipIf(!isHere).each(systems)('JSON::Validator, of the exchanges with %s', (system) => {
  it('finds no fault with any answer, and with the requests that ours finds fault with', async () => {
    const exchanges = await recorded(system);
    const sent = scenarios[system].scenarios.flatMap(({ steps, finally: last = [] }) =>
      [...steps, ...last].flatMap((step) => ('send' in step ? [step] : [])),
    );
    expect(exchanges).toHaveLength(sent.length);
    const opinions = await validatorOpinions(system, exchanges);
    for (const [index, exchange] of exchanges.entries()) {
      const { request, response } = opinions[index] ?? { request: ['no opinion'], response: ['no opinion'] };
      expect(response, nameOf(exchange)).toEqual([]);
      expect(request.length > 0, `${nameOf(exchange)}: ${request}`).toBe((await ours(system, exchange)).request);
    }
  });

  it('sees what ours see when something in them is changed', async () => {
    const oneOfEach = new Map((await recorded(system)).map((exchange) => [nameOf(exchange), exchange]));
    const exchanges = (await Promise.all([...oneOfEach.values()].map(changes))).flat();
    const opinions = await validatorOpinions(system, exchanges);
    // To our validators a format is a remark, to this one a rule.
    const isWrong = (complaints: readonly string[]): boolean => complaints.some((what) => !/ format\.$/.test(what));
    const verdicts = opinions.map(({ request, response }) => ({
      request: isWrong(request),
      response: isWrong(response),
    }));
    for (const [index, exchange] of exchanges.entries()) {
      expect(verdicts[index], `${nameOf(exchange)}: ${JSON.stringify(opinions[index])}`).toEqual(
        await ours(system, exchange),
      );
    }
    expect(verdicts.filter(({ request }) => request).length).toBeGreaterThan(10);
    expect(verdicts.filter(({ response }) => response).length).toBeGreaterThan(20);
  });
});
