import { withinTime } from '../../keeper/waiting.ts';
import { durationText } from '../life.ts';
import { type Check, failed, ok, warning } from './check.ts';
import { explained } from './faults.ts';

const LONGEST_WAIT_MS = 10_000;
/** `Date` counts in seconds, and the answer was on its way. */
const TOLERATED_MS = 30_000;

/** Whether a service answers, and whether its clock is this one: one request without credentials, whatever it is answered with. */
export async function checkService(baseUrl: string, signal: AbortSignal, send: typeof fetch = fetch): Promise<Check[]> {
  const { origin } = new URL(baseUrl);
  const startedAtMs = Date.now();
  let response: Response;
  try {
    const request = (limit: AbortSignal): Promise<Response> =>
      send(baseUrl, {
        method: 'HEAD',
        redirect: 'manual',
        credentials: 'omit',
        signal: AbortSignal.any([signal, limit]),
      });
    response = await withinTime(LONGEST_WAIT_MS, () => new Error('there was no answer in time'), request);
  } catch (error) {
    signal.throwIfAborted();
    const [what, advice] = explained(error);
    return [
      failed('reachability', `${origin} cannot be reached: ${what}.`, advice),
      warning('clock', 'There is no answer to compare the clock with.', 'Look again when the service can be reached.'),
    ];
  }
  const midMs = (startedAtMs + Date.now()) / 2;
  return [reach(origin, baseUrl, response), clock(response.headers.get('date'), midMs)];
}

function reach(origin: string, baseUrl: string, { status, headers }: Response): Check {
  const name = 'reachability';
  if (status >= 500)
    return warning(name, `${origin} answers with ${status}.`, 'It may be down for now; try again later.');
  const location = headers.get('location') ?? '';
  const target =
    status >= 300 && status < 400 && URL.canParse(location, baseUrl) ? new URL(location, baseUrl).origin : origin;
  if (target !== origin) {
    const text = `${origin} sends elsewhere (${status}): to ${target}.`;
    return warning(
      name,
      text,
      'Look whether the address is that of the API, or a proxy or portal is in the way: a login goes nowhere else.',
    );
  }
  if (status < 300 && /\bhtml\b/i.test(headers.get('content-type') ?? '')) {
    const text = `${origin} answers with a page for people (${status}, HTML).`;
    return warning(
      name,
      text,
      'Look whether the address is that of the API, not of its web site, and whether a proxy wants a login.',
    );
  }
  return ok(name, `${origin} answers (${status}, without credentials).`);
}

function clock(date: string | null, midMs: number): Check {
  const theirMs = Date.parse(date ?? '');
  if (Number.isNaN(theirMs)) return ok('clock', 'The service does not tell its time.');
  const aheadMs = Math.round(midMs - theirMs);
  if (Math.abs(aheadMs) <= TOLERATED_MS) return ok('clock', "The clock is the service's, within 30 s.");
  const text = `The clock is ${durationText(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} the service's.`;
  return warning('clock', text, 'Set the clock by the network (NTP): one-time codes and certificates depend on it.');
}

/** Proxies that are set, but that this version of Node.js does not use by itself. */
export function checkProxy(env: Readonly<Record<string, string | undefined>>): Check {
  const names = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'];
  const set = names.filter((name) => env[name]);
  if (set.length === 0) return ok('proxy', 'No proxy is set.');
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const canUse = major >= 24 || (major === 22 && minor >= 21);
  if (canUse && env.NODE_USE_ENV_PROXY === '1') return ok('proxy', `${set.join(', ')} is used (NODE_USE_ENV_PROXY=1).`);
  return warning(
    'proxy',
    `${set.join(', ')} is set, but Node.js does not use it by itself: services are reached directly.`,
    canUse ? 'Set NODE_USE_ENV_PROXY=1 to use it.' : 'Node.js 24 or later uses it with NODE_USE_ENV_PROXY=1.',
  );
}
