import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { SessionStore } from '../stores/store.ts';

/** Tells whether two sets of credentials are the same, without keeping either. */
export interface Fingerprinter {
  of(parts: readonly string[]): Promise<string>;
  matches(fingerprint: string, parts: readonly string[]): Promise<boolean>;
}

/** scrypt's cost: about 0.1 s and 32 MiB, once per set of credentials and salt. */
const SCRYPT_COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
const CACHED = 64;

/** Fingerprints under the store's own key; for a store without one, scrypt with a salt that is kept in the fingerprint. */
export function createFingerprinter(store: SessionStore): Fingerprinter {
  const cache = new Map<string, string>();
  const salted = async (text: string, salt: string): Promise<string> => {
    const known = cache.get(`${salt} ${text}`);
    if (known !== undefined) return known;
    const hash = await new Promise<Buffer>((resolve, reject) => {
      scrypt(text, Buffer.from(salt, 'base64url'), 32, SCRYPT_COST, (error, key) =>
        error ? reject(error) : resolve(key),
      );
    });
    const fingerprint = `s1.${salt}.${hash.toString('base64url')}`;
    if (cache.size >= CACHED) cache.clear();
    cache.set(`${salt} ${text}`, fingerprint);
    return fingerprint;
  };
  let ownSalt: string | undefined;
  const makeSalt = (): string => {
    ownSalt ??= randomBytes(16).toString('base64url');
    return ownSalt;
  };
  const digested = async (text: string): Promise<string> => `k1.${await store.digest?.(text)}`;
  return {
    async of(parts) {
      const text = JSON.stringify(parts);
      // A store that fails must not cost the login that was just made.
      if (store.digest) return digested(text).catch(() => salted(text, makeSalt()));
      return salted(text, makeSalt());
    },
    async matches(fingerprint, parts) {
      const [kind, salt = ''] = fingerprint.split('.');
      if (kind === 'k1' && !store.digest) return false;
      const text = JSON.stringify(parts);
      const own = Buffer.from(await (kind === 'k1' ? digested(text) : salted(text, salt)).catch(() => ''));
      const other = Buffer.from(fingerprint);
      return own.length === other.length && timingSafeEqual(own, other);
    },
  };
}
