let cachedSecond = -1;
let cachedText = '';

/** The time as a `Date` header gives it. Cached per second: a pure function's cache, so sandboxes may share it. */
export function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== cachedSecond) {
    cachedSecond = second;
    cachedText = new Date(second * 1000).toUTCString();
  }
  return cachedText;
}
