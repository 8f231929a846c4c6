import { describe, expect, it } from 'vitest';
import { totpAt } from '../../src/systems/totp.ts';

/** The RFC's ASCII seed `12345678901234567890`. */
const RFC_SEED = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';

describe('totpAt', () => {
  // RFC 6238, appendix B, the SHA-1 rows: seconds and the eight-digit value, whose last six digits are the six-digit one.
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('gives the RFC value at second %d', (second, eightDigits) => {
    expect(totpAt(RFC_SEED, second * 1000)).toBe(eightDigits.slice(2));
  });

  it('keeps leading zeros', () => {
    expect(totpAt(RFC_SEED, 1_111_111_109_000)).toBe('081804');
    expect(totpAt(RFC_SEED, 1_234_567_890_000)).toBe('005924');
  });

  it('changes at each half minute and not between', () => {
    expect(totpAt(RFC_SEED, 30_000)).toBe('287082');
    expect(totpAt(RFC_SEED, 59_999)).toBe('287082');
    expect(totpAt(RFC_SEED, 29_999)).not.toBe('287082');
    expect(totpAt(RFC_SEED, 60_000)).not.toBe('287082');
  });

  it.each([
    ['small letters', RFC_SEED.toLowerCase()],
    ['groups of four with spaces', 'gezd gnbv gy3t qojq gezd gnbv gy3t qojq'],
    ['groups with dashes', 'GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ'],
    ['padding', `${RFC_SEED}======`],
    ['a line break at the end', `${RFC_SEED}\n`],
  ])('takes %s', (_, seed) => {
    expect(totpAt(seed, 59_000)).toBe('287082');
  });

  // Seeds from the vectors of RFC 4648; the codes were worked out with Python's hmac for second 59.
  it.each([
    ['MY======', '300412'],
    ['MZXQ====', '412468'],
    ['MZXW6===', '398408'],
    ['MZXW6YQ=', '087780'],
    ['MZXW6YTB', '707689'],
    ['MZXW6YTBOI======', '449542'],
  ])('reads %s, with its padding and without', (seed, code) => {
    expect(totpAt(seed, 59_000)).toBe(code);
    expect(totpAt(seed.replaceAll('=', ''), 59_000)).toBe(code);
  });

  it.each([
    ['with digits that base32 lacks', 'GEZDGNBV01'],
    ['in base64', 'MTIzNDU2Nzg5MA+/'],
    ['that is an address', 'otpauth://totp/x?secret=GEZDGNBV'],
    ['that is empty', ''],
    ['of padding alone', '===='],
    ['of spaces alone', '   '],
    ['too short for a byte', 'A'],
  ])('refuses a seed %s without repeating it', (_, seed) => {
    expect(() => totpAt(seed, 59_000)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_TOTP_SEED', message: expect.stringMatching(/seed is/) }),
    );
    if (seed.trim().length > 1) expect(() => totpAt(seed, 0)).not.toThrow(seed);
  });
});
