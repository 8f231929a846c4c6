/** The last moment that a date can be; a service may name a later one. */
const LAST_MS = 8.64e15;

/** How long a session lives, for people: "until 15:02:11 UTC (14 min)". `null` is not known. */
export function lifeText(expiresAtMs: number | null, nowMs = Date.now()): string {
  if (expiresAtMs === null || expiresAtMs > LAST_MS) return 'until the service refuses it';
  return `until ${timeText(expiresAtMs)} (${durationText(expiresAtMs - nowMs)})`;
}

/** A moment for people: "2026-02-03 15:02:11 UTC". */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
}

/** A duration in its largest unit: "14 min". */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

/** A time as JSON outputs have it; `null` for none, and for one that no date can be. */
export function isoOf(ms: number | null): string | null {
  return ms === null || Math.abs(ms) > LAST_MS ? null : new Date(ms).toISOString();
}
