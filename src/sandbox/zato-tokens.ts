import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { SeededRandom } from './seeded-random.ts';
import type { Clock } from './virtual-clock.ts';

/** Identifiers and session tokens in the forms that the service gives them. */
export interface ZatoTokens {
  /** Correlation ID: 24 lower-case hexadecimal characters. */
  cid(): string;
  /** A new identifier: the prefix and 122 random bits in Crockford's base32. */
  id(prefix: 'zust' | 'zusr'): string;
  /** The encrypted form in which a session token leaves the service. */
  seal(plain: string): string;
  /** The plain form of what was sent in; undefined when it claims to be encrypted and cannot be decrypted. */
  plain(ust: string): string | undefined;
}

const crockford = '0123456789abcdefghjkmnpqrstvwxyz';
const version = 0x80;
const tokenOverheadBytes = 1 + 8 + 16 + 32;

export function createZatoTokens(random: SeededRandom, clock: Clock): ZatoTokens {
  const signingKey = random.key('zato-fernet-signing', 16);
  const encryptionKey = random.key('zato-fernet-encryption', 16);
  const sign = (bytes: Buffer) => createHmac('sha256', signingKey).update(bytes).digest();

  const unseal = (token: string): string | undefined => {
    const bytes = Buffer.from(token, 'base64url');
    if (bytes.length <= tokenOverheadBytes || bytes.readUInt8(0) !== version) return undefined;
    const signed = bytes.subarray(0, -32);
    if (!timingSafeEqual(sign(signed), bytes.subarray(-32))) return undefined;
    const decipher = createDecipheriv('aes-128-cbc', encryptionKey, signed.subarray(9, 25));
    return Buffer.concat([decipher.update(signed.subarray(25)), decipher.final()]).toString('utf8');
  };

  return {
    cid: () => random.hex(12),
    id(prefix) {
      let left = BigInt(`0x${random.uuid().replaceAll('-', '')}`);
      let text = '';
      while (left > 0n) {
        text = crockford.charAt(Number(left & 31n)) + text;
        left >>= 5n;
      }
      return prefix + text;
    },
    seal(plain) {
      const head = Buffer.alloc(9);
      head.writeUInt8(version, 0);
      head.writeBigUInt64BE(BigInt(Math.floor(clock.nowMs() / 1000)), 1);
      const iv = random.bytes(16);
      const cipher = createCipheriv('aes-128-cbc', encryptionKey, iv);
      const signed = Buffer.concat([head, iv, cipher.update(plain, 'utf8'), cipher.final()]);
      const token = Buffer.concat([signed, sign(signed)]).toString('base64url');
      return token.padEnd(Math.ceil(token.length / 4) * 4, '=');
    },
    plain(ust) {
      if (!ust.startsWith('gAAA') && !ust.startsWith('zato.secf.')) return ust;
      return unseal(ust.replace(/^zato\.secf\./, ''));
    },
  };
}
