/** A program that calls Pulse CRM while others do the same with the same store. Its parent tells it what to do, and is told what came of it. */
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { openStore, type StoreSetup } from './stores.support.ts';

/** How the program is set up. */
export interface CallerSetup {
  readonly baseUrl: string;
  readonly store: StoreSetup;
  /** Whose session it shares: an e-mail address, which every answer has to name. */
  readonly identity: string;
  readonly apiKey: string;
  /** `null`: it has no credentials, and uses what others have left in the store. */
  readonly apiSecret: string | null;
  readonly loginTimeoutMs: number;
  readonly loginBudgetMax: number;
  /** Whether the file system knows no hard links. */
  readonly refusesLinks?: boolean;
}

/** Calls so often, one after the other; for ever if not said how often. */
export interface CallOrder {
  readonly times?: number;
  readonly pauseMs?: number;
}

/** Changes what the program goes by: its clock, so far from the machine's, or its password. */
export interface ChangeOrder {
  readonly change: { readonly clockOffsetMs?: number; readonly apiSecret?: string };
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
let clockOffsetMs = 0;
let { apiSecret } = setup;
const count = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

if (setup.refusesLinks) {
  // What the kernel says of a file system without them, such as FAT.
  fs.link = () => Promise.reject(Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' }));
  syncBuiltinESMExports();
}

async function openClient() {
  const { apiKey } = setup;
  return createPulseCrm({
    baseUrl: setup.baseUrl,
    ...(apiSecret === null ? {} : { credentials: async () => ({ apiKey, apiSecret: apiSecret ?? '' }) }),
    identity: setup.identity,
    store: await openStore(setup.store),
    clock: { nowMs: () => Date.now() + clockOffsetMs },
    loginBudgetMax: setup.loginBudgetMax,
    loginTimeoutMs: setup.loginTimeoutMs,
    onEvent: (event) => count(events, event.type === 'warning' ? event.code : event.type),
  });
}

async function callOnce(client: Awaited<ReturnType<typeof openClient>>): Promise<void> {
  const startedAt = performance.now();
  try {
    const { data } = await client.GET('/auth/session');
    if (data?.email === setup.identity) answered += 1;
    else count(errors, 'wrong answer');
  } catch (error) {
    count(errors, error instanceof Error && 'code' in error ? String(error.code) : String(error));
  }
  slowestMs = Math.max(slowestMs, performance.now() - startedAt);
}

const report = (): void => {
  process.send?.({ answered, errors, events, slowestMs } satisfies CallReport);
};
process.on('disconnect', () => process.exit());
openClient().then((client) => {
  process.on('message', async (order: CallOrder | ChangeOrder | 'report') => {
    if (order === 'report') return report();
    if ('change' in order) {
      ({ clockOffsetMs = clockOffsetMs, apiSecret = apiSecret } = order.change);
      return report();
    }
    const { times = Number.POSITIVE_INFINITY, pauseMs = 0 } = order;
    for (let n = 0; n < times; n += 1) {
      await callOnce(client);
      if (pauseMs > 0) await pause(pauseMs);
    }
    return report();
  });
  process.send?.('ready');
});
