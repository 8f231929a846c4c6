import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { badArgument, StoreError } from '../errors.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Begins every sealed record, so that another format, or plain text, is told apart before it is decrypted. */
export const SEALED_FORMAT = 'latchkey-sealed-1';

/** Seals records for one store under one key. */
export interface Sealer {
  /** The value, encrypted with AES-256-GCM and bound to its record's key. */
  seal(recordKey: string, value: string): string;
  /** @throws StoreError with reason `unreadable` for a damaged record, another key or another format */
  open(recordKey: string, sealed: string): string;
  /** A hash that only holders of the key can make. */
  digest(text: string): string;
}

/** Makes a sealer from 32 random bytes. */
export function createSealer(key: Uint8Array): Sealer {
  const derived = (purpose: string): Buffer => Buffer.from(hkdfSync('sha256', key, '', `latchkey ${purpose}`, 32));
  const cipherKey = derived('records');
  const digestKey = derived('digests');
  return {
    seal(recordKey, value) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, cipherKey, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(`${SEALED_FORMAT} ${recordKey}`));
      const sealed = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
      return `${SEALED_FORMAT}.${Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')}`;
    },
    open(recordKey, sealed) {
      const [format, text = ''] = sealed.split('.');
      const bytes = Buffer.from(text, 'base64url');
      if (format !== SEALED_FORMAT || bytes.length < IV_BYTES + TAG_BYTES) throw unreadable('is of another format');
      const decipher = createDecipheriv(CIPHER, cipherKey, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(`${SEALED_FORMAT} ${recordKey}`));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        throw unreadable('is damaged or was written with another key', cause);
      }
    },
    digest: (text) => createHmac('sha256', digestKey).update(text).digest('base64url'),
  };
}

/**
 * Reads a key: 32 bytes in base64, base64url or hex.
 * @throws TypeError with code `ERR_KEY`; the message does not hold the key
 */
export function parseKey(text: string, from: string): Buffer {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[\w+/-]{43}=?$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  throw badArgument('ERR_KEY', `${from} must hold 32 bytes, in base64 or hex (make one with: openssl rand -base64 32)`);
}

function unreadable(what: string, cause?: unknown): StoreError {
  return new StoreError(`The stored record ${what}`, {
    reason: 'unreadable',
    ...(cause === undefined ? {} : { cause }),
  });
}
