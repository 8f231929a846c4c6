import { describe, expect, it } from 'vitest';
import { BodyNotReplayableError } from '../../src/errors.ts';
import { openAuthorized } from '../helpers/authorized.ts';
import { rejection } from '../helpers/waiting.ts';

const MEBIBYTE = 2 ** 20;

/** A letter soup in which a lost or doubled piece would show. */
const soup = (length: number): string => {
  let text = '';
  for (let n = 0; text.length < length; n += 1) text += `${n},`;
  return text.slice(0, length);
};

const streamOf = (text: string): ReadableStream<Uint8Array> => new Blob([text]).stream();

/** Sends a body while the session is dead, and tells what arrived how often. */
async function sendWithDeadSession(init: RequestInit & { duplex?: 'half' }) {
  const it = await openAuthorized();
  await it.keeper.get();
  it.service.revokeAll();
  const outcome = await it.fetch(`${it.url}/x`, { method: 'POST', ...init }).then(
    (answer) => answer.status,
    (error: unknown) => error,
  );
  await it[Symbol.asyncDispose]();
  return {
    outcome,
    bodies: it.arrived.map(({ body }) => body),
    types: it.arrived.map(({ headers }) => headers['content-type']),
    keeper: it,
  };
}

const json = { headers: { 'content-type': 'application/json' } };

describe('a body that can be kept', () => {
  const form = new FormData();
  form.set('field', 'value');
  form.set('file', new File([soup(1000)], 'a.txt'));
  const kept: ReadonlyArray<readonly [string, RequestInit & { duplex?: 'half' }]> = [
    ['JSON', { ...json, body: '{"a":"ä"}' }],
    ['JSON with a charset', { headers: { 'content-type': 'application/json; charset=utf-8' }, body: '{}' }],
    ['vendor JSON', { headers: { 'content-type': 'application/vnd.x+json' }, body: '{}' }],
    ['XML', { headers: { 'content-type': 'text/xml' }, body: '<a/>' }],
    ['SOAP 1.2', { headers: { 'content-type': 'application/soap+xml' }, body: '<a/>' }],
    ['text without a type of its own', { body: soup(1000) }],
    ['a form', { body: new URLSearchParams({ a: 'b c' }) }],
    ['a form with files', { body: form }],
    ['JSON from a stream', { ...json, body: streamOf('{"a":1}'), duplex: 'half' }],
    ['JSON of exactly one mebibyte', { ...json, body: soup(MEBIBYTE) }],
    ['nothing', { ...json }],
    ['an empty text', { ...json, body: '' }],
  ];

  it.each(kept)('is sent again unchanged: %s', async (_, init) => {
    const { outcome, bodies, types } = await sendWithDeadSession(init);
    expect(outcome).toBe(200);
    expect(bodies).toHaveLength(2);
    expect(bodies[1]?.equals(bodies[0] ?? Buffer.alloc(1))).toBe(true);
    expect(types[1]).toBe(types[0]);
    if (typeof init.body === 'string') expect(bodies[1]?.toString()).toBe(init.body);
  });
});

describe('a body that can be sent only once', () => {
  const once: ReadonlyArray<readonly [string, RequestInit & { duplex?: 'half' }, string]> = [
    ['JSON of more than a mebibyte', { ...json, body: soup(MEBIBYTE + 1) }, soup(MEBIBYTE + 1)],
    ['JSON of many', { ...json, body: streamOf(soup(5 * MEBIBYTE)), duplex: 'half' }, soup(5 * MEBIBYTE)],
    ['bytes', { body: new TextEncoder().encode(soup(1000)) }, soup(1000)],
    ['a stream', { body: streamOf(soup(200_000)), duplex: 'half' }, soup(200_000)],
    ['a file', { headers: { 'content-type': 'application/pdf' }, body: soup(1000) }, soup(1000)],
  ];

  it.each(once)('arrives whole: %s', async (_, init, expected) => {
    await using it = await openAuthorized();
    expect((await it.fetch(`${it.url}/x`, { method: 'PUT', ...init })).status).toBe(200);
    expect(it.arrived.map(({ body }) => body.toString())).toEqual([expected]);
  });

  it('is not sent again, but the session is renewed and the error says what to do', async () => {
    const { outcome, bodies, keeper } = await sendWithDeadSession({ ...json, body: soup(MEBIBYTE + 1) });
    expect(outcome).toBeInstanceOf(BodyNotReplayableError);
    expect(String(outcome)).toContain('send the call again');
    expect(bodies).toHaveLength(1);
    expect(keeper.heard()).toEqual(['login', 'refusal', 'login']);
  });

  it('goes with the new session when the caller sends it again', async () => {
    await using it = await openAuthorized();
    await it.keeper.get();
    it.service.revokeAll();
    const send = (): Promise<Response> =>
      it.fetch(`${it.url}/x`, { method: 'POST', body: streamOf('once'), duplex: 'half' } as RequestInit);
    expect(await rejection(send())).toBeInstanceOf(BodyNotReplayableError);
    expect((await send()).status).toBe(200);
    expect(it.sessions()).toEqual(['fake-secret-1', 'fake-secret-2']);
  });

  it('waits for its session before it is touched', async () => {
    await using it = await openAuthorized();
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulls += 1;
          expect(it.service.counts.logins).toBe(1);
          controller.enqueue(new TextEncoder().encode('x'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    await it.fetch(`${it.url}/x`, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(pulls).toBe(1);
  });
});
