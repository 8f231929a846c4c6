import { timingSafeEqual } from 'node:crypto';

/** Whether the secret is right; how long that takes tells its length at most. */
export function isSameSecret(given: unknown, expected: string): boolean {
  if (typeof given !== 'string') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
