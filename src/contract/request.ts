import { escapeText } from '../transport/soap-scalars.ts';
import { writeEnvelope } from '../transport/soap-writer.ts';
import type { Contract } from './exchange.ts';
import type { OpenApiContract } from './openapi-exchange.ts';
import type { Send } from './scenario.ts';
import type { SoapContract } from './soap-exchange.ts';
import { type ContractValues, fill, fillJson } from './template.ts';

/** Whoever looks into a service's log sees what asked. Some services refuse a login without one. */
const USER_AGENT = 'latchkey-contract';

/**
 * The request that a step says. It follows no redirect, so that nothing of it goes anywhere else.
 * @throws TypeError for an operation that the spec does not have, a value that is missing, or input that does not fit the WSDL
 */
export function requestOf(contract: Contract, send: Send, baseUrl: string, values: ContractValues): Promise<Request> {
  return contract.kind === 'soap'
    ? soapRequest(contract, send, baseUrl, values)
    : restRequest(contract, send, baseUrl, values);
}

async function restRequest(
  { operations }: OpenApiContract,
  { operation, headers = {}, query = {}, body, text }: Send,
  baseUrl: string,
  values: ContractValues,
): Promise<Request> {
  const facts = operations.find(({ id }) => id === operation);
  if (!facts) throw new TypeError(`the spec has no operation ${operation}`);
  const url = new URL(baseUrl.replace(/\/+$/, '') + (await fill(facts.path, values, encodeURIComponent)));
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, await fill(value, values));
  const filled = new Headers({ accept: 'application/json', 'user-agent': USER_AGENT });
  for (const [name, value] of Object.entries(headers)) filled.set(name, await fill(value, values));
  const payload =
    text !== undefined
      ? await fill(text, values)
      : body === undefined
        ? undefined
        : JSON.stringify(await fillJson(body, values));
  if (payload !== undefined && !filled.has('content-type')) filled.set('content-type', 'application/json');
  return new Request(url, { method: facts.method, headers: filled, redirect: 'manual', body: payload ?? null });
}

async function soapRequest(
  { service }: SoapContract,
  { operation, headers = {}, body = {}, session, text }: Send,
  baseUrl: string,
  values: ContractValues,
): Promise<Request> {
  const blocks = session === undefined ? {} : { SessionHeader: { session: await fill(session, values) } };
  const envelope =
    text === undefined
      ? writeEnvelope(service, operation, await fillJson(body, values), blocks)
      : await fill(text, values, escapeText);
  const { action = '' } = service.operations[operation] ?? {};
  const filled = new Headers({
    'content-type': 'text/xml; charset=utf-8',
    accept: 'text/xml',
    'user-agent': USER_AGENT,
    soapaction: `"${action}"`,
  });
  for (const [name, value] of Object.entries(headers)) filled.set(name, await fill(value, values));
  return new Request(baseUrl, { method: 'POST', headers: filled, redirect: 'manual', body: envelope });
}
