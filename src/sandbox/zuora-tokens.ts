import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { SeededRandom } from './seeded-random.ts';

/** What a session value leads to. */
interface ZuoraTokenContent {
  readonly sessionKey: string;
  readonly issuedAtMs: number;
}

/**
 * Makes and reads session values: 256 URL-safe characters, each different, any number of them for one session. They
 * are sealed, not stored, so re-issuing one on every answer costs no memory.
 */
export interface ZuoraTokens {
  issue(content: ZuoraTokenContent): string;
  /** Undefined for anything that this tenant did not issue. */
  read(token: string): ZuoraTokenContent | undefined;
}

const ivBytes = 12;
const tagBytes = 16;
const plainBytes = 192 - ivBytes - tagBytes;

export function createZuoraTokens(random: SeededRandom): ZuoraTokens {
  const key = random.key('zuora-session', 32);
  return {
    issue({ sessionKey, issuedAtMs }) {
      const plain = Buffer.alloc(plainBytes);
      plain.writeDoubleBE(Number(sessionKey), 0);
      plain.writeDoubleBE(issuedAtMs, 8);
      const iv = random.bytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const sealed = Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return sealed.toString('base64url');
    },
    read(token) {
      if (!/^[A-Za-z0-9_-]{256}$/.test(token)) return undefined;
      const sealed = Buffer.from(token, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivBytes));
      decipher.setAuthTag(sealed.subarray(-tagBytes));
      try {
        const plain = Buffer.concat([decipher.update(sealed.subarray(ivBytes, -tagBytes)), decipher.final()]);
        return { sessionKey: String(plain.readDoubleBE(0)), issuedAtMs: plain.readDoubleBE(8) };
      } catch {
        return undefined;
      }
    },
  };
}
