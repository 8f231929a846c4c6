import { gunzipSync } from 'node:zlib';
import { type BadGateway, createBadGateway } from './bad-gateway.ts';
import { mostTimerMs } from './bounds.ts';
import type { Answer, Delivery, HeaderPairs, Incoming } from './exchange.ts';
import { bodyBytes } from './exchange.ts';
import type { ScenarioArguments, ScenarioRun } from './scenario-args.ts';
import type { SeededRandom } from './seeded-random.ts';
import { badArgument } from './systems.ts';
import type { Call, CannedAnswer } from './twin.ts';

/** What can go wrong around a twin: the network, a proxy in front of it, slowness. The same for every system. */
export interface Faults {
  readonly scenarios: Readonly<Record<string, ScenarioRun>>;
  /** A scenario that arms an answer; it also takes `operation` and `times`. */
  canned(answerOf: (args: ScenarioArguments) => CannedAnswer): ScenarioRun;
  /** What happens instead of processing the request. */
  before(call: Call): 'drop' | CannedAnswer | undefined;
  /** Whether a proxy in front of the service fails, before it passes the request on or after that. */
  readonly gateway: Pick<BadGateway, 'strike'>;
  /** How long to wait before a login is processed. */
  loginDelayMs(call: Call): number;
  /** How long to keep an answer back. */
  answerDelayMs(answer: Answer): number;
  deliver(call: Call, answer: Answer): Delivery;
  clear(): void;
}

type Effect =
  | { readonly kind: 'drop-before' | 'drop-after' }
  | { readonly kind: 'canned'; readonly answer: CannedAnswer }
  | { readonly kind: 'huge'; readonly bytes: number }
  | { readonly kind: 'truncated'; readonly connection: 'kept' | 'cut' };

interface Armed {
  readonly operation: string | undefined;
  readonly effect: Effect;
  left: number;
}

const loginPage = `<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><form method="post" action="/login"><input name="user"><input name="pass" type="password"></form></body></html>
`;

/** @param makeRandom gives the same numbers from the start each time */
export function createFaults(makeRandom: () => SeededRandom): Faults {
  const gateway = createBadGateway(makeRandom);
  let armed: Armed[] = [];
  let slowLoginMs = 0;
  let refusals = { delayMs: 0, fraction: 0, seen: 0 };

  const take = (call: Call, kinds: readonly Effect['kind'][]): Effect | undefined => {
    const index = armed.findIndex(
      ({ operation, effect }) =>
        kinds.includes(effect.kind) &&
        (operation === undefined || operation === call.operation || operation === call.role),
    );
    const found = armed[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left <= 0) armed.splice(index, 1);
    return found.effect;
  };

  const arm =
    (effectOf: (args: ScenarioArguments) => Effect, fixedOperation?: string): ScenarioRun =>
    (args) => {
      const operation = fixedOperation ?? args.text('operation', undefined);
      const times = args.number('times', { min: 1, fallback: 1, isWhole: true });
      const effect = effectOf(args);
      return () => {
        armed.push({ operation, effect, left: times });
        return { times };
      };
    };

  const canned: Faults['canned'] = (answerOf) => arm((args) => ({ kind: 'canned', answer: answerOf(args) }));

  return {
    canned,
    gateway,
    scenarios: {
      'bad-gateway': gateway.scenario,
      huge: arm((args) => ({
        kind: 'huge',
        bytes: args.number('bytes', { min: 0, fallback: 50_000_000, isWhole: true }),
      })),
      'rate-limit': canned(rateLimitAnswer),
      'drop-before-answer': arm(() => ({ kind: 'drop-before' })),
      'drop-after-answer': arm(() => ({ kind: 'drop-after' })),
      'drop-after-login': arm(() => ({ kind: 'drop-after' }), 'login'),
      truncated: arm((args) => ({
        kind: 'truncated',
        connection: args.choice('connection', ['kept', 'cut'], 'kept'),
      })),
      status: canned(cannedAnswer),
      'html-login-page': canned(loginPageAnswer),
      'slow-login': (args) => {
        const ms = args.number('ms', { min: 0, max: mostTimerMs });
        return () => {
          slowLoginMs = ms;
          return { ms };
        };
      },
      'delay-refusals': (args) => {
        const ms = args.number('ms', { min: 0, max: mostTimerMs });
        const fraction = args.number('fraction', { min: 0, max: 1, fallback: 1 });
        return () => {
          refusals = { delayMs: ms, fraction, seen: 0 };
          return { ms, fraction };
        };
      },
    },
    before(call) {
      const effect = take(call, ['drop-before', 'canned']);
      if (effect === undefined) return undefined;
      return effect.kind === 'canned' ? effect.answer : 'drop';
    },
    loginDelayMs: (call) => (call.role === 'login' ? slowLoginMs : 0),
    answerDelayMs(answer) {
      if (answer.outcome !== 'refused' || refusals.delayMs === 0) return 0;
      // Spread evenly rather than by chance, so that a fraction of a half is exactly every second refusal.
      refusals.seen += 1;
      const isDelayed =
        Math.floor(refusals.seen * refusals.fraction) > Math.floor((refusals.seen - 1) * refusals.fraction);
      return isDelayed ? refusals.delayMs : 0;
    },
    deliver(call, answer) {
      const effect = take(call, ['drop-after', 'truncated', 'huge']);
      if (effect?.kind === 'drop-after') return { kind: 'dropped' };
      if (effect?.kind === 'huge') return huge(answer, effect.bytes);
      if (effect?.kind !== 'truncated') return { kind: 'whole', answer };
      const bytes = bodyBytes(answer) ?? new Uint8Array();
      const half = Math.floor(bytes.length / 2);
      return effect.connection === 'cut'
        ? { kind: 'cut', answer, afterBytes: half }
        : { kind: 'whole', answer: { ...answer, body: bytes.subarray(0, half) } };
    },
    clear() {
      gateway.clear();
      armed = [];
      slowLoginMs = 0;
      refusals = { delayMs: 0, fraction: 0, seen: 0 };
    },
  };
}

function cannedAnswer(args: ScenarioArguments): CannedAnswer {
  // A list gives a header several times, as Set-Cookie needs.
  const headers: HeaderPairs = Object.entries(args.record('headers')).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, headerText(name, one)] as const),
  );
  const answer: Answer = {
    status: args.number('status', { min: 200, max: 599, isWhole: true }),
    headers,
    body: args.text('body', ''),
    outcome: 'canned',
  };
  return () => answer;
}

/** @throws TypeError with code `BAD_SCENARIO_ARGUMENT` for what cannot be sent */
function headerText(name: string, value: unknown): string {
  const text = ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
  const isSendable = /^[\w!#$%&'*+.^`|~-]+$/.test(name) && text !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
  if (isSendable) return text;
  throw badArgument(
    'BAD_SCENARIO_ARGUMENT',
    `scenario status: "${name}" with this value is no header that can be sent`,
  );
}

function loginPageAnswer(args: ScenarioArguments): CannedAnswer {
  const status = args.number('status', { min: 200, max: 399, fallback: 200, isWhole: true });
  const headers: Array<[string, string]> = [['Content-Type', 'text/html;charset=UTF-8']];
  if (status >= 300) headers.push(['Location', '/login']);
  return () => ({ status, headers, body: loginPage, outcome: 'canned' });
}

/** For systems of which nobody knows how they limit: what most gateways say. */
function rateLimitAnswer(args: ScenarioArguments): CannedAnswer {
  const seconds = args.number('retryAfterSeconds', { min: 0, fallback: 60, isWhole: true });
  const headers: HeaderPairs = [
    ['Content-Type', 'text/plain;charset=UTF-8'],
    ['Retry-After', String(seconds)],
  ];
  return () => ({ status: 429, headers, body: 'Too many requests\n', outcome: 'canned' });
}

/** The answer with blanks after it, and therefore not zipped. */
function huge(answer: Answer, bytes: number): Delivery {
  const isZipped = ([name, value]: readonly [string, string]) =>
    name.toLowerCase() === 'content-encoding' && value === 'gzip';
  const plain = answer.headers.some(isZipped)
    ? {
        ...answer,
        headers: answer.headers.filter((header) => !isZipped(header)),
        body: gunzipSync(bodyBytes(answer) ?? ''),
      }
    : answer;
  const size = bodyBytes(plain)?.length ?? 0;
  return size >= bytes ? { kind: 'whole', answer: plain } : { kind: 'padded', answer: plain, toBytes: bytes };
}

/** Waits in real time, or until the caller has gone. */
export function wait(ms: number, onGone: Incoming['onGone']): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    onGone?.(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
