import { type Check, failed, ok, warning } from './check.ts';

const LONGEST_WAIT_MS = 10_000;
/** `Date` counts in seconds, and the answer was on its way. */
const TOLERATED_MS = 30_000;

/** Codes of Node's errors, in words, with what to do. */
const FAULTS: readonly (readonly [pattern: RegExp, what: string, advice: string])[] = [
  [/ENOTFOUND|EAI_AGAIN/, 'its name is not known to the DNS', 'Look at the address, and at the network or VPN.'],
  [/ECONNREFUSED/, 'nothing listens there', 'Look at the address and its port.'],
  [/ECONNRESET|EPIPE|UND_ERR_SOCKET/, 'the connection was cut', 'A firewall or a proxy may be in the way.'],
  [
    /ETIMEDOUT|UND_ERR_.*TIMEOUT|TimeoutError/,
    'there was no answer in time',
    'A firewall may drop what is sent; look at the network or VPN.',
  ],
  [
    /CERT_HAS_EXPIRED/,
    'its certificate has expired',
    'Whoever runs it has to renew the certificate; also look at this clock.',
  ],
  [/CERT_NOT_YET_VALID/, 'its certificate is not valid yet', 'Look at the clock of this machine.'],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/,
    'its certificate is for another name',
    'Look at the address: it has to be one that the certificate names.',
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)|CERT_UNTRUSTED/,
    'its certificate is by an authority that Node.js does not trust',
    'Name the file of the authority in NODE_EXTRA_CA_CERTS; never turn the check off.',
  ],
  [/EPROTO|ERR_SSL/, 'it does not speak TLS', 'Look at the address: http and https are different ports.'],
];

/** Whether a service answers, and whether its clock is this one: one request without credentials, whatever it is answered with. */
export async function checkService(baseUrl: string, signal: AbortSignal, send: typeof fetch = fetch): Promise<Check[]> {
  const { origin } = new URL(baseUrl);
  const startedAtMs = Date.now();
  let response: Response;
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(LONGEST_WAIT_MS)]);
    response = await send(baseUrl, { method: 'HEAD', redirect: 'manual', credentials: 'omit', signal: limit });
  } catch (error) {
    signal.throwIfAborted();
    const [what, advice] = explained(error);
    return [
      failed('reachability', `${origin} cannot be reached: ${what}.`, advice),
      warning('clock', 'There is no answer to compare the clock with.', 'Look again when the service can be reached.'),
    ];
  }
  const midMs = (startedAtMs + Date.now()) / 2;
  const { status, headers } = response;
  const reach =
    status >= 500
      ? warning('reachability', `${origin} answers with ${status}.`, 'It may be down for now; try again later.')
      : ok('reachability', `${origin} answers (${status}, without credentials).`);
  return [reach, clock(headers.get('date'), midMs)];
}

function clock(date: string | null, midMs: number): Check {
  const theirMs = Date.parse(date ?? '');
  if (Number.isNaN(theirMs)) return ok('clock', 'The service does not tell its time.');
  const aheadMs = Math.round(midMs - theirMs);
  if (Math.abs(aheadMs) <= TOLERATED_MS) return ok('clock', "The clock is the service's, within 30 s.");
  const text = `The clock is ${Math.round(Math.abs(aheadMs) / 1000)} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the service's.`;
  return warning('clock', text, 'Set the clock by the network (NTP): one-time codes and certificates depend on it.');
}

function explained(error: unknown): readonly [what: string, advice: string] {
  const words: string[] = [];
  for (let at: unknown = error; at instanceof Error && words.length < 20; at = at.cause) {
    words.push('code' in at ? String(at.code) : '', at.name);
    // Where a name has several addresses, each has failed for a reason of its own.
    if (at instanceof AggregateError) words.push(...at.errors.map((each) => String(Object(each).code)));
  }
  const said = words.join(' ');
  const fault = FAULTS.find(([pattern]) => pattern.test(said));
  if (fault !== undefined) return [fault[1], fault[2]];
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return [cause instanceof Error ? cause.message : String(cause), 'Look at the address and the network.'];
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
