import { escapeText } from '../transport/soap-scalars.ts';
import { writeEnvelope } from '../transport/soap-writer.ts';
import type { Contract } from './exchange.ts';
import type { OpenApiContract } from './openapi-exchange.ts';
import type { Send } from './scenario.ts';
import type { SoapContract } from './soap-exchange.ts';
import { type ContractValues, type Encode, fill, fillJson, namesIn, UnsendableValue } from './template.ts';

/** Whoever looks into a service's log sees what asked. Some services refuse a login without one. */
const USER_AGENT = 'latchkey-contract';

/**
 * The request that a step says. It follows no redirect, so that nothing of it goes anywhere else.
 * @throws TypeError for an operation that the spec does not have, a value that is missing, or input that does not fit the WSDL;
 *   UnsendableValue
 */
export function requestOf(contract: Contract, send: Send, baseUrl: string, values: ContractValues): Promise<Request> {
  return contract.kind === 'soap'
    ? soapRequest(contract, send, baseUrl, values)
    : restRequest(contract, send, baseUrl, values);
}

/** Looks at the values that a request takes, before anything is sent. @throws UnsendableValue for one that it cannot hold */
export function checkSendable(contract: Contract, { headers = {}, ...rest }: Send, values: ContractValues): void {
  const check = (templates: object, encode: Encode): void => {
    for (const name of namesIn(templates)) {
      const value = values[name];
      if (typeof value === 'string') encode(value, name);
    }
  };
  check(headers, inHeader);
  if (contract.kind === 'soap') check(rest, inXml);
}

/** Printable, of Latin-1, and no blank at either end, which would be cut off in silence. */
const HEADER_TEXT = /^(?:[!-~\xa1-\xff](?:[\t -~\xa0-\xff]*[!-~\xa1-\xff])?)?$/;

const inHeader: Encode = (text, name) => {
  if (HEADER_TEXT.test(text)) return text;
  throw new UnsendableValue(name, 'a header takes Latin-1 only, no line break or other control, no blank at an end');
};

const inXml: Encode = (text, name) => {
  if (isXmlText(text)) return text;
  throw new UnsendableValue(name, 'it has a character that XML does not allow');
};

function isXmlText(text: string): boolean {
  try {
    escapeText(text);
    return true;
  } catch {
    return false;
  }
}

const inPath: Encode = (text, name) => {
  if (/\p{Surrogate}/u.test(text)) throw new UnsendableValue(name, 'half a character has no place in a URL');
  return encodeURIComponent(text);
};

async function restRequest(
  { operations }: OpenApiContract,
  { operation, headers = {}, query = {}, body, text }: Send,
  baseUrl: string,
  values: ContractValues,
): Promise<Request> {
  const facts = operations.find(({ id }) => id === operation);
  if (!facts) throw new TypeError(`the spec has no operation ${operation}`);
  const url = new URL(baseUrl.replace(/\/+$/, '') + (await fill(facts.path, values, inPath)));
  for (const [name, value] of Object.entries(query)) url.searchParams.append(name, await fill(value, values));
  const filled = new Headers({ accept: 'application/json', 'user-agent': USER_AGENT });
  for (const [name, value] of Object.entries(headers)) filled.set(name, await fill(value, values, inHeader));
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
  const blocks = session === undefined ? {} : { SessionHeader: { session: await fill(session, values, inXml) } };
  const envelope =
    text === undefined
      ? writeEnvelope(service, operation, await fillJson(body, values, inXml), blocks)
      : await fill(text, values, (value, name) => escapeText(inXml(value, name)));
  const { action = '' } = service.operations[operation] ?? {};
  const filled = new Headers({
    'content-type': 'text/xml; charset=utf-8',
    accept: 'text/xml',
    'user-agent': USER_AGENT,
    soapaction: `"${action}"`,
  });
  for (const [name, value] of Object.entries(headers)) filled.set(name, await fill(value, values, inHeader));
  return new Request(baseUrl, { method: 'POST', headers: filled, redirect: 'manual', body: envelope });
}
