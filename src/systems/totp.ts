import { createHmac } from 'node:crypto';
import { badArgument } from '../errors.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** How long a code is good for. */
export const TOTP_STEP_MS = 30_000;

/**
 * The one-time code of a moment by RFC 6238 with the usual settings: SHA-1, 30 seconds, 6 digits.
 * @param seed the shared secret in base32; case, spaces and padding do not matter
 * @throws TypeError with code `ERR_TOTP_SEED`; the message does not hold the seed
 */
export function totpAt(seed: string, atMs: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(atMs / TOTP_STEP_MS)));
  const hash = createHmac('sha1', decodeBase32(seed)).update(counter).digest();
  const offset = (hash.at(-1) ?? 0) & 0xf;
  return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

function decodeBase32(seed: string): Buffer {
  const letters = seed.toUpperCase().replace(/[\s=-]/g, '');
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const letter of letters) {
    const value = BASE32.indexOf(letter);
    if (value < 0) throw badArgument('ERR_TOTP_SEED', 'The TOTP seed is not base32');
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  if (bytes.length === 0) throw badArgument('ERR_TOTP_SEED', 'The TOTP seed is empty');
  return Buffer.from(bytes);
}
