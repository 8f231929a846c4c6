import type { Answer, Incoming } from './exchange.ts';
import type { Journal } from './journal.ts';
import { jsonValue } from './json.ts';
import type { RunningTwin } from './runtime.ts';
import { isRecord } from './scenario-args.ts';
import { isSystemName, type SystemName, systemNames } from './systems.ts';
import type { VirtualClock } from './virtual-clock.ts';

const prefix = '/__sandbox';
// Masking all that a journal may hold takes seconds.
const journalLimit = 1_000;

export function isControlPath(path: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}

export interface Controlled {
  readonly twins: Readonly<Record<SystemName, RunningTwin>>;
  readonly journal: Journal;
  readonly clock: VirtualClock;
  reset(): void;
}

/** Steers the sandbox over HTTP, for child processes and other languages. Never journaled. */
export function controlAnswer(sandbox: Controlled, incoming: Incoming): Answer {
  try {
    return route(sandbox, incoming);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    const isUnknown = 'code' in error && error.code === 'UNKNOWN_SCENARIO';
    return json(isUnknown ? 404 : 400, { ok: false, message: error.message });
  }
}

function route({ twins, journal, clock, reset }: Controlled, incoming: Incoming): Answer {
  const [first = '', second, ...rest] = incoming.path.slice(prefix.length + 1).split('/');
  const query = new URLSearchParams(incoming.query);
  switch (`${incoming.method} ${first}`) {
    case 'GET ':
      return json(200, Object.fromEntries(systemNames.map((system) => [system, twins[system].scenarioNames()])));
    case 'GET journal': {
      const system = query.get('system');
      const limit = query.get('limit') ?? String(journalLimit);
      if (system !== null && !isSystemName(system)) throw new TypeError(`no system "${system}"`);
      if (!/^\d{1,9}$/.test(limit)) throw new TypeError('limit must be a whole number, zero or more');
      return json(200, journal.entries({ ...(system === null ? {} : { system }), limit: Number(limit) }));
    }
    case 'GET counts':
      return json(200, Object.fromEntries(systemNames.map((system) => [system, journal.counts(system)])));
    case 'GET clock':
      return json(200, { nowMs: clock.nowMs() });
    case 'POST clock': {
      const body = argumentsOf(incoming);
      const advanceMs = isRecord(body) ? body.advanceMs : undefined;
      if (typeof advanceMs !== 'number') throw new TypeError('advanceMs must be a number of milliseconds');
      return json(200, { nowMs: clock.advanceMs(advanceMs) });
    }
    case 'POST reset':
      reset();
      return json(200, { ok: true });
    default:
  }
  if (incoming.method === 'POST' && isSystemName(first) && second !== undefined && rest.length === 0) {
    return json(200, { ok: true, ...twins[first].scenario(second, argumentsOf(incoming)) });
  }
  return json(404, { ok: false, message: `nothing to steer at ${incoming.method} ${incoming.path}` });
}

function argumentsOf(incoming: Incoming): unknown {
  if (incoming.body.length === 0) return undefined;
  const value = jsonValue(incoming.body);
  if (value === undefined) throw new TypeError('the body is not JSON');
  return value;
}

function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: [['Content-Type', 'application/json']],
    body: JSON.stringify(value),
    outcome: 'accepted',
  };
}
