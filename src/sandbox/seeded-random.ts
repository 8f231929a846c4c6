import { createCipheriv, createHash } from 'node:crypto';

/** Bytes that look random and are the same for the same seed, so that a failing run can be repeated. */
export interface SeededRandom {
  bytes(count: number): Buffer;
  hex(byteCount: number): string;
  /** A version 4 UUID. */
  uuid(): string;
  /** A key derived from the seed and a label; asking does not move the stream. */
  key(label: string, byteCount: number): Buffer;
}

const poolBytes = 8192;

export function createSeededRandom(seed: string): SeededRandom {
  const key = (label: string, byteCount: number) => {
    if (byteCount > 32) throw new RangeError('a derived key has at most 32 bytes');
    return createHash('sha256').update(`${label}\0${seed}`).digest().subarray(0, byteCount);
  };
  const stream = createCipheriv('aes-256-ctr', key('stream', 32), Buffer.alloc(16));
  const zeros = Buffer.alloc(poolBytes);
  let pool = Buffer.alloc(0);
  let used = 0;

  const bytes = (count: number): Buffer => {
    if (count > poolBytes) return stream.update(Buffer.alloc(count));
    if (used + count > pool.length) {
      pool = stream.update(zeros);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  };

  return {
    bytes,
    hex: (byteCount) => bytes(byteCount).toString('hex'),
    uuid() {
      const raw = Buffer.from(bytes(16));
      raw.writeUInt8((raw.readUInt8(6) & 0x0f) | 0x40, 6);
      raw.writeUInt8((raw.readUInt8(8) & 0x3f) | 0x80, 8);
      const hex = raw.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
    key,
  };
}
