import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { answerJson, openServer } from '../helpers/local-server.ts';

const credentials = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'the-password' };
const zipped = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

/** JSON of a bit more than the given length. */
const json = (length: number): string => {
  const items: string[] = [];
  for (let size = 0; size < length; size += items.at(-1)?.length ?? 0)
    items.push(`item ${items.length} ${Math.sqrt(items.length)}`);
  return JSON.stringify({ items });
};

const streamOf = (bytes: string | Uint8Array<ArrayBuffer>): ReadableStream => new Blob([bytes]).stream();

/** Sends a body that says that it is gzip, and gives what arrived at the service. */
async function arrived(body: BodyInit): Promise<{ encoding: string | undefined; bytes: Buffer }> {
  await using server = await openServer((_, response) => {
    answerJson(response, 200, { success: true }, { 'set-cookie': 'ZSession=cookie-value; Path=/; Secure; HttpOnly' });
  });
  await using zuora = createZuoraRest({ baseUrl: server.url, credentials });
  const init = { method: 'POST', headers: zipped, body, duplex: 'half' };
  const answer = await zuora.fetch(`${server.url}/v1/accounts`, init);
  expect(answer.status).toBe(200);
  const request = server.arrived.at(-1);
  return { encoding: request?.headers['content-encoding'], bytes: request?.body ?? Buffer.alloc(0) };
}

describe('a body that says it is gzip', () => {
  it.each([
    ['small, as text', json(100), json(100)],
    ['small, from a stream', streamOf(json(100)), json(100)],
    ['larger than what is kept, as text', json(2 ** 21), json(2 ** 21)],
    ['larger than what is kept, from a stream', streamOf(json(2 ** 21)), json(2 ** 21)],
    ['empty', '', ''],
  ])('is compressed on its way: %s', async (_, body, expected) => {
    const { encoding, bytes } = await arrived(body);
    expect(encoding).toBe('gzip');
    expect(gunzipSync(bytes).toString()).toBe(expected);
  });

  it.each([
    ['small', json(100)],
    ['larger than what is kept', json(2 ** 23)],
  ])('is left as it is when it is compressed already: %s', async (_, text) => {
    for (const make of [(bytes: Buffer) => new Uint8Array(bytes), (bytes: Buffer) => streamOf(new Uint8Array(bytes))]) {
      const { encoding, bytes } = await arrived(make(gzipSync(text)));
      expect(encoding).toBe('gzip');
      expect(gunzipSync(bytes).toString()).toBe(text);
    }
  });
});
