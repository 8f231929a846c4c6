/** A program that calls Pulse CRM while others do the same with the same store. Its parent tells it what to do, and is told what came of it. */
import { setTimeout as pause } from 'node:timers/promises';
import { createFileStore } from '../../src/stores/file.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';

/** How the program is set up. */
export interface CallerSetup {
  readonly baseUrl: string;
  readonly directory: string;
  readonly key: string;
  /** Whose session it shares. */
  readonly identity: string;
  readonly apiSecret: string;
  readonly loginTimeoutMs: number;
}

/** Calls so often, one after the other; for ever if not said how often. */
export interface CallOrder {
  readonly times?: number;
  readonly pauseMs?: number;
}

/** What came of an order, or has come of it so far. */
export interface CallReport {
  readonly answered: number;
  /** How often each error was thrown, by code. */
  readonly errors: Readonly<Record<string, number>>;
  /** How often each event was heard; warnings by code. */
  readonly events: Readonly<Record<string, number>>;
  /** Time of the slowest call, in ms. */
  readonly slowestMs: number;
}

// Given by the parent, which is of the same source.
const setup = JSON.parse(process.argv[2] ?? '{}') as CallerSetup;
const errors: Record<string, number> = {};
const events: Record<string, number> = {};
let answered = 0;
let slowestMs = 0;

const client = createPulseCrm({
  baseUrl: setup.baseUrl,
  credentials: async () => ({ apiKey: 'apiKey-000000000001', apiSecret: setup.apiSecret }),
  identity: setup.identity,
  store: createFileStore({ directory: setup.directory, key: setup.key }),
  loginBudgetMax: 10_000,
  loginTimeoutMs: setup.loginTimeoutMs,
  onEvent: (event) => {
    const name = event.type === 'warning' ? event.code : event.type;
    events[name] = (events[name] ?? 0) + 1;
  },
});

async function callOnce(): Promise<void> {
  const startedAt = performance.now();
  try {
    const { data } = await client.GET('/auth/session');
    if (data?.email === 'ada@pulse.example.test') answered += 1;
    else errors['wrong answer'] = (errors['wrong answer'] ?? 0) + 1;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    errors[code] = (errors[code] ?? 0) + 1;
  }
  slowestMs = Math.max(slowestMs, performance.now() - startedAt);
}

const report = (): void => {
  process.send?.({ answered, errors, events, slowestMs } satisfies CallReport);
};
process.on('disconnect', () => process.exit());
process.on('message', async (order: CallOrder | 'report') => {
  if (order === 'report') return report();
  const { times = Number.POSITIVE_INFINITY, pauseMs = 0 } = order;
  for (let n = 0; n < times; n += 1) {
    await callOnce();
    if (pauseMs > 0) await pause(pauseMs);
  }
  return report();
});
process.send?.('ready');
