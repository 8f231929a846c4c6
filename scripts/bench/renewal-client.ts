/**
 * The client process of the benchmark `renewal`: `node renewal-client.js <setup>`. Ten callers call without a break; after a while the
 * session is due for its renewal. A question names a variant and a figure of its last run; `run` makes the run.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { createRefreshingClient } from './google-peer.ts';
import { answerQuestions } from './questions.ts';
import { setupOfThisProcess } from './sessions-data.ts';
import { PASSWORD, PATH, QUERY, USERNAME } from './soap-data.ts';

const CALLERS = 10;
const STEADY_MS = 2_000;
const AFTERWARDS_MS = 500;
const LONGEST_RENEWAL_MS = 20_000;
/** A Zuora SOAP session of 15 minutes is due for its renewal after 10. */
const UNTIL_DUE_MS = 600_000;

/** One call, of whichever client. */
interface Variant {
  call(): Promise<unknown>;
  /** Puts the time at which the session is due for its renewal, while it still lives. */
  makeDue(): void;
  /** Resolves with the next renewal. */
  renewed(): Promise<void>;
}

interface Call {
  readonly beganAtMs: number;
  readonly endedAtMs: number;
}

const { baseUrl } = setupOfThisProcess();
const figures = new Map<string, number>();
const variants: Readonly<Record<string, Variant>> = { latchkey: ours(), 'google-auth-library': peer() };

answerQuestions(async ({ about }) => {
  const [name = '', figure = ''] = about.split(': ');
  const variant = variants[name];
  if (!variant) throw new Error(`There is no variant ${name}`);
  if (figure === 'begin') await variant.call();
  else if (figure === 'run') await run(name, variant);
  return figures.get(about) ?? 0;
});

async function run(name: string, variant: Variant): Promise<void> {
  const calls: Call[] = [];
  let isOver = false;
  const callers = Array.from({ length: CALLERS }, async () => {
    while (!isOver) {
      const beganAtMs = performance.now();
      await variant.call();
      calls.push({ beganAtMs, endedAtMs: performance.now() });
      await pause(2);
    }
  });
  try {
    await pause(STEADY_MS);
    const limit = AbortSignal.timeout(LONGEST_RENEWAL_MS);
    const late = new Promise<never>((_, reject) => {
      limit.addEventListener('abort', () => reject(new Error('There was no renewal')));
    });
    const renewed = variant.renewed();
    const dueAtMs = performance.now();
    variant.makeDue();
    await Promise.race([renewed, late, ...callers]);
    const doneAtMs = performance.now();
    await pause(AFTERWARDS_MS);
    isOver = true;
    await Promise.all(callers);
    const steady = calls.filter(({ endedAtMs }) => endedAtMs < dueAtMs).map(tookMs);
    const overlapping = calls
      .filter(({ beganAtMs, endedAtMs }) => endedAtMs >= dueAtMs && beganAtMs <= doneAtMs)
      .map(tookMs);
    figures.set(`${name}: slowest`, Math.max(...overlapping));
    figures.set(`${name}: p99 while renewing`, percentile99(overlapping));
    figures.set(`${name}: p99 steady`, percentile99(steady));
  } finally {
    isOver = true;
  }
}

function ours(): Variant {
  let aheadMs = 0;
  let onLogin = (): void => {};
  const client = createZuoraSoap({
    baseUrl: baseUrl + PATH,
    credentials: { username: USERNAME, password: PASSWORD },
    clock: { nowMs: () => Date.now() + aheadMs },
    // No spread: due at the second that it is due.
    random: () => 0,
    onEvent: ({ type }) => {
      if (type === 'login') onLogin();
    },
  });
  return {
    call: () => client.query({ queryString: QUERY }),
    makeDue: () => {
      aheadMs += UNTIL_DUE_MS;
    },
    renewed: () =>
      new Promise((resolve) => {
        onLogin = resolve;
      }),
  };
}

function peer(): Variant {
  const client = createRefreshingClient(baseUrl);
  return {
    call: () => client.request({ url: `${baseUrl}/auth/session` }),
    // It renews a token within the last five minutes of its life.
    makeDue: () => client.setCredentials({ ...client.credentials, expiry_date: Date.now() + 240_000 }),
    renewed: () => new Promise((resolve) => void client.once('tokens', () => resolve())),
  };
}

function tookMs({ beganAtMs, endedAtMs }: Call): number {
  return endedAtMs - beganAtMs;
}

function percentile99(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}
