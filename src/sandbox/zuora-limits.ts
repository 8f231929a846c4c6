import type { HeaderPairs, Incoming } from './exchange.ts';
import type { Clock } from './virtual-clock.ts';
import type { ZuoraSettings } from './zuora-settings.ts';

/** What counts a request: logins of either API have a class of their own. */
type RateClass = 'AUTH' | 'API';

/** What the limits say of one request, which they have now counted. */
export interface RateVerdict {
  /** Empty where no limits are kept. */
  readonly headers: HeaderPairs;
  /** Set when the request is one too many. */
  readonly refusal?: { readonly window: string; readonly seconds: number };
}

/** The vendor's limits on how often a tenant is called, in windows of the sandbox's clock. */
export interface ZuoraLimits {
  take(kind: RateClass, incoming: Incoming): RateVerdict;
}

const windows = [
  { name: 'minute', seconds: 60 },
  { name: 'hour', seconds: 3600 },
  { name: 'day', seconds: 86_400 },
] as const;

type Limits = readonly [perMinute: number, perHour: number, perDay: number];

const callLimits: Readonly<Record<Exclude<ZuoraSettings['rateLimits'], 'off'>, Limits>> = {
  production: [50_000, 2_250_000, 27_000_000],
  'developer-sandbox': [12_500, 25_000, 50_000],
  'api-sandbox': [2500, 5000, 10_000],
};
const loginsPerHour = 67_500;
const loginsPerDay = 810_000;

interface Window {
  readonly name: string;
  readonly limit: number;
  readonly endsAtMs: number;
  used: number;
}

export function createZuoraLimits(clock: Clock, settings: ZuoraSettings): ZuoraLimits {
  const open = new Map<string, Window>();
  const windowAt = (key: string, { name, seconds }: (typeof windows)[number], limit: number): Window => {
    const known = open.get(key);
    if (known !== undefined && known.endsAtMs > clock.nowMs() && known.limit === limit) return known;
    const sizeMs = seconds * 1000;
    const endsAtMs = (Math.floor(clock.nowMs() / sizeMs) + 1) * sizeMs;
    const fresh: Window = { name, limit, endsAtMs, used: 0 };
    if (open.size > 10_000) for (const [old, { endsAtMs: end }] of open) if (end <= clock.nowMs()) open.delete(old);
    open.set(key, fresh);
    return fresh;
  };
  const secondsLeft = ({ endsAtMs }: Window) => Math.max(1, Math.ceil((endsAtMs - clock.nowMs()) / 1000));

  return {
    take(kind, { remoteAddress }) {
      if (settings.rateLimits === 'off') return { headers: [] };
      const limits: Limits =
        kind === 'AUTH' ? [settings.authPerMinute, loginsPerHour, loginsPerDay] : callLimits[settings.rateLimits];
      const [minute, hour, day] = windows;
      const ofTenant = [
        windowAt(`${kind} minute`, minute, limits[0]),
        windowAt(`${kind} hour`, hour, limits[1]),
        windowAt(`${kind} day`, day, limits[2]),
      ];
      const ofAddress =
        kind === 'AUTH' ? [windowAt(`from ${remoteAddress}`, minute, settings.authPerMinutePerAddress)] : [];
      const all = [...ofTenant, ...ofAddress];
      const full = all.filter(({ used, limit }) => used >= limit);
      // A request that is turned away counts against the minute all the same.
      for (const window of all) if (full.length === 0 || window.name === 'minute') window.used += 1;

      const left = ({ limit, used }: Window) => Math.max(0, limit - used);
      const [worst] = full.sort((a, b) => b.endsAtMs - a.endsAtMs);
      const nearest = worst ?? all.reduce((least, window) => (left(window) < left(least) ? window : least));
      const listed = windows.map(({ seconds }, index) => `${limits[index]};w=${seconds}`);
      const headers: HeaderPairs = [
        ['RateLimit-Limit', [nearest.limit, ...listed].join(', ')],
        ['RateLimit-Remaining', String(left(nearest))],
        ['RateLimit-Reset', String(secondsLeft(nearest))],
      ];
      return worst === undefined
        ? { headers }
        : { headers, refusal: { window: worst.name, seconds: secondsLeft(worst) } };
    },
  };
}
