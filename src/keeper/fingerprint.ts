import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { GuardedStore } from './store-guard.ts';

/** scrypt's cost: about 0.1 s and 32 MiB, once per set of credentials and salt. */
const SCRYPT_COST = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 };
const CACHED = 64;

/**
 * Tells whether two sets of credentials are the same, without keeping either: under the store's own key; for a store without one, by
 * scrypt with a salt that is kept in the fingerprint.
 */
export class Fingerprinter {
  readonly #store: GuardedStore;
  /** By salt and text. Made where the store cannot digest, as is the salt. */
  #cache: Map<string, string> | undefined;
  #ownSalt: string | undefined;

  constructor(store: GuardedStore) {
    this.#store = store;
  }

  async of(parts: readonly string[]): Promise<string> {
    const text = JSON.stringify(parts);
    // A store that fails must not cost the login that was just made.
    if (this.#store.canDigest) return this.#digested(text).catch(() => this.#salted(text, this.#makeSalt()));
    return this.#salted(text, this.#makeSalt());
  }

  async matches(fingerprint: string, parts: readonly string[]): Promise<boolean> {
    const [kind, salt = ''] = fingerprint.split('.');
    if (kind === 'k1' && !this.#store.canDigest) return false;
    const text = JSON.stringify(parts);
    const own = Buffer.from(await (kind === 'k1' ? this.#digested(text) : this.#salted(text, salt)).catch(() => ''));
    const other = Buffer.from(fingerprint);
    return own.length === other.length && timingSafeEqual(own, other);
  }

  async #digested(text: string): Promise<string> {
    return `k1.${await this.#store.digest(text)}`;
  }

  async #salted(text: string, salt: string): Promise<string> {
    this.#cache ??= new Map();
    const cache = this.#cache;
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
  }

  #makeSalt(): string {
    this.#ownSalt ??= randomBytes(16).toString('base64url');
    return this.#ownSalt;
  }
}
