import { expect, test } from 'vitest';
import { ContractViolationError, RateLimitedError, ServiceUnreachableError } from '../../src/errors.ts';
import { createRedactor } from '../../src/redact.ts';
import { createSender } from '../../src/transport/send.ts';
import { sendEnvelope, writeCall } from '../../src/transport/soap-call.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';
import { rejection } from '../helpers/waiting.ts';
import { envelope, mill } from './soap-mill.support.ts';

const URL_ = 'http://127.0.0.1:1/mill?token=t';
const CALL = 'idle (POST http://127.0.0.1:1/mill)';
const XML = { 'content-type': 'text/xml; charset=utf-8' };
const IDLE = envelope('<m:idle><m:via>v</m:via></m:idle>');

/** Calls `idle`, which is answered so. */
function call(
  answer: () => Response,
  { operation = 'idle', signal }: { operation?: string; signal?: AbortSignal } = {},
) {
  const wire = recordFetch(async () => answer());
  const sender = createSender({ system: 'mill', fetch: wire.fetch, redactor: createRedactor(), nowMs: () => 0 });
  const request = { url: URL_, envelope: '<sent/>', ...(signal && { signal }) };
  return { wire, answered: sendEnvelope({ service: mill(), system: 'mill', sender }, operation, request) };
}
const failure = (answer: () => Response, options?: { signal: AbortSignal }) =>
  rejection(call(answer, options).answered);

/** A body that breaks off behind its first piece. */
const broken = (cause: unknown, first = '<') =>
  new ReadableStream<Uint8Array>({
    pull(controller) {
      if (first === '') controller.error(cause);
      else controller.enqueue(Buffer.from(first));
      first = '';
    },
  });

test.each([
  ['idle', '""'],
  ['grind', '"urn:grind"'],
])('%s is posted as XML with its SOAPAction', async (operation, action) => {
  const { wire, answered } = call(() => new Response('', { headers: XML }), { operation });
  await rejection(answered);
  expect(wire.sent).toMatchObject([{ method: 'POST', text: '<sent/>' }]);
  const headers = Object.fromEntries(wire.sent[0]?.headers ?? []);
  expect(headers).toMatchObject({
    'content-type': 'text/xml; charset=utf-8',
    accept: 'text/xml',
    soapaction: action,
  });
});

test.each(['text/xml', 'application/soap+xml; charset=utf-8', 'application/xml'])(
  'an answer as %s is read, with its status and headers',
  async (type) => {
    const headers = { 'content-type': type, 'x-request': '7' };
    const { status, headers: got, answer } = await call(() => new Response(IDLE, { status: 500, headers })).answered;
    expect([status, got.get('x-request')]).toEqual([500, '7']);
    expect(answer).toMatchObject({ kind: 'result', value: { via: 'v' } });
  },
);

test.each<[string, BodyInit | null, ResponseInit, string]>([
  ['a page', '<html/>', { status: 502, headers: { 'content-type': 'text/html' } }, 'text/html and status 502'],
  ['bytes of no type', Buffer.from('x'), { status: 200 }, 'no media type and status 200'],
  ['no body at all', null, { status: 204 }, 'no media type and status 204'],
  ['a page at rest', 'x', { status: 503, headers: { 'content-type': 'text/html' } }, 'text/html and status 503'],
  [
    'a page with advice but no rest',
    'x',
    { status: 500, headers: { 'content-type': 'text/html', 'retry-after': '7' } },
    'text/html and status 500',
  ],
])('%s is no envelope, and says what it was', async (_, body, init, what) => {
  const error = await failure(() => new Response(body, init));
  expect(error).toBeInstanceOf(ServiceUnreachableError);
  expect(error).toMatchObject({
    status: init.status,
    message: `mill: ${CALL} was answered with ${what} instead of an envelope`,
  });
});

test.each([
  [429, {}, undefined],
  [429, { 'retry-after': '7' }, 7_000],
  [503, { 'retry-after': '7' }, 7_000],
])('a page with %d and %j is a limit', async (status, headers, retryAfterMs) => {
  const error = await failure(() => new Response('slow down', { status, headers }));
  expect(error).toBeInstanceOf(RateLimitedError);
  expect(error).toMatchObject({ status, retryAfterMs });
});

test('what is no envelope is read no further', async () => {
  let isCancelled = false;
  const body = new ReadableStream({
    cancel() {
      isCancelled = true;
    },
  });
  await failure(() => new Response(body, { headers: { 'content-type': 'text/html' } }));
  expect(isCancelled).toBe(true);
});

test.each<[string, string | null, string]>([
  ['an empty answer', '', 'not-xml'],
  ['an answer without a body', null, 'not-xml'],
  ['another document', '<a/>', 'not-soap'],
  ['half an answer', IDLE.slice(0, -5), 'truncated'],
  ['a document type', `<!DOCTYPE a>${IDLE}`, 'doctype'],
])('%s as XML is no envelope either', async (_, body, reason) => {
  const error = await failure(() => new Response(body, { status: 500, headers: XML }));
  expect(error).toBeInstanceOf(ServiceUnreachableError);
  const message = `mill: the answer to ${CALL} is no readable envelope (${reason})`;
  expect(error).toMatchObject({ status: 500, message });
});

test('an answer that does not fit the WSDL is told with its place', async () => {
  const error = await failure(() => new Response(envelope('<m:idle/>'), { headers: XML }));
  expect(error).toBeInstanceOf(ContractViolationError);
  const facts = { place: 'idle.via', expected: 'xs:string', found: 'nothing' };
  const message = 'mill: the answer to idle does not fit the WSDL at idle.via: expected xs:string, found nothing';
  expect(error).toMatchObject({ ...facts, message });
});

test('an answer that breaks off is told with why', async () => {
  const cause = new Error('reset');
  const error = await failure(() => new Response(broken(cause), { status: 202, headers: XML }));
  expect(error).toBeInstanceOf(ServiceUnreachableError);
  expect(error).toMatchObject({ status: 202, cause, message: `mill: the answer to ${CALL} broke off` });
});

test('an answer that breaks off because the caller gave up is the caller’s own reason', async () => {
  const gaveUp = new AbortController();
  const why = new Error('enough');
  const error = await failure(
    () => {
      gaveUp.abort(why);
      return new Response(broken(new Error('reset')), { headers: XML });
    },
    { signal: gaveUp.signal },
  );
  expect(error).toBe(why);
});

test.each([
  ['a', 'a'],
  ['<&">', '&lt;&amp;&quot;&gt;'],
  ['$1$&', '$1$&amp;'],
  ['', ''],
])('a call is written before its session %j is known', (session, text) => {
  // What stands for the session until then may stand in the input too.
  const via = '\u{E000}session\u{E000}';
  const xml = writeCall(mill(), 'secured', { via }, {})(session);
  expect(/<m:session>(.*)<\/m:session>/.exec(xml)?.[1]).toBe(text);
  expect(xml).toContain(`<m:idle><m:via>${via}</m:via></m:idle>`);
});
