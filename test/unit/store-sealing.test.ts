import { createHmac, webcrypto } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { createSealer, parseKey } from '../../src/stores/encrypted.ts';
import { createMemoryStore, isInMemory } from '../../src/stores/memory.ts';
import { rejection } from '../helpers/waiting.ts';

const key = Buffer.alloc(32, 7);
const sealer = createSealer(key);

/** A key of the store for one purpose, by the HKDF (RFC 5869) of Web Crypto. */
async function derived(purpose: string): Promise<Uint8Array<ArrayBuffer>> {
  const from = await webcrypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveBits']);
  const info = Buffer.from(`latchkey ${purpose}`);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  return new Uint8Array(await webcrypto.subtle.deriveBits(how, from, 256));
}
const cipherKey = async () =>
  webcrypto.subtle.importKey('raw', await derived('records'), 'AES-GCM', false, ['encrypt', 'decrypt']);
const bound = (iv: Uint8Array<ArrayBuffer>) => ({
  name: 'AES-GCM',
  iv,
  additionalData: Buffer.from('latchkey-sealed-1 session-v1-a'),
});
/** Bytes of their own, as Web Crypto asks for. */
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64url'));

function opening(sealed: string, by = sealer): Promise<unknown> {
  return rejection((async () => by.open('session-v1-a', sealed))());
}

describe('a sealed record', () => {
  const value = '{"secret":"žluťoučký 😀"}';

  it('is nonce, tag and text in AES-256-GCM, which Web Crypto opens', async () => {
    const [format, text = ''] = sealer.seal('session-v1-a', value).split('.');
    expect(format).toBe('latchkey-sealed-1');
    const bytes = bytesOf(text);
    const [iv, tag, sealed] = [bytes.slice(0, 12), bytes.slice(12, 28), bytes.slice(28)];
    const opened = await webcrypto.subtle.decrypt(bound(iv), await cipherKey(), Buffer.concat([sealed, tag]));
    expect(Buffer.from(opened).toString()).toBe(value);
  });

  it('that Web Crypto has made is opened', async () => {
    const iv = new Uint8Array(Buffer.alloc(12, 3));
    const made = Buffer.from(await webcrypto.subtle.encrypt(bound(iv), await cipherKey(), Buffer.from(value)));
    const text = Buffer.concat([iv, made.subarray(-16), made.subarray(0, -16)]).toString('base64url');
    expect(sealer.open('session-v1-a', `latchkey-sealed-1.${text}`)).toBe(value);
  });

  it.each([
    ['without a text', 'latchkey-sealed-1'],
    ['with an empty text', 'latchkey-sealed-1.'],
    ['that is cut off in its tag', `latchkey-sealed-1.${Buffer.alloc(27).toString('base64url')}`],
    ['that is cut off in its nonce', `latchkey-sealed-1.${Buffer.alloc(5).toString('base64url')}`],
    ['of a later format', `latchkey-sealed-2.${Buffer.alloc(60).toString('base64url')}`],
    ['that never was one', '{"secret":"a.b"}'],
  ])('%s is said to be of another format, without a cause', async (_, sealed) => {
    const error = await opening(sealed);
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'unreadable', message: 'The stored record is of another format' });
    expect(error).not.toHaveProperty('cause');
  });

  it('of another key is said to be so, with what the cipher said as the cause', async () => {
    const error = await opening(sealer.seal('session-v1-a', value), createSealer(Buffer.alloc(32, 8)));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      reason: 'unreadable',
      message: 'The stored record is damaged or was written with another key',
      cause: expect.any(Error),
    });
  });
});

describe('a digest', () => {
  it('is made with a key for digests only, the same in every version', async () => {
    const expected = createHmac('sha256', await derived('digests'))
      .update('text')
      .digest('base64url');
    expect(sealer.digest('text')).toBe(expected);
  });
});

describe('a key in a text', () => {
  const bytes = Buffer.from(Array.from({ length: 32 }, (_, n) => n * 8));

  it.each([
    ['base64', bytes.toString('base64')],
    ['base64url', bytes.toString('base64url')],
    ['hex', bytes.toString('hex')],
    ['hex in capitals', bytes.toString('hex').toUpperCase()],
    ['hex between blanks', ` ${bytes.toString('hex')}\n`],
  ])('is read in %s, to the byte', (_, text) => {
    expect(parseKey(text, 'The key')).toEqual(bytes);
  });

  it.each([
    ['before', `zz${bytes.toString('hex')}`],
    ['behind', `${bytes.toString('hex')}zz`],
  ])('with more %s the hex is none, and the message says what would be one', (_, text) => {
    expect(() => parseKey(text, 'LATCHKEY_KEY')).toThrow(
      expect.objectContaining({
        code: 'ERR_KEY',
        message: 'LATCHKEY_KEY must hold 32 bytes, in base64 or hex (make one with: openssl rand -base64 32)',
      }),
    );
  });
});

describe('the memory store', () => {
  it('says what it is', () => {
    expect(createMemoryStore().describe?.()).toEqual({
      kind: 'memory',
      location: null,
      protection: 'only this process can read it; gone when it ends',
    });
  });

  it('is known as one, and nothing else is, not even a copy that may do otherwise', () => {
    const store = createMemoryStore();
    expect([isInMemory(store), isInMemory({ ...store })]).toEqual([true, false]);
  });
});
