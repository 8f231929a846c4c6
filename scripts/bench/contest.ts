import { type BenchContext, CALLS } from './bench.ts';
import { builtPath } from './built-code.ts';
import type { Measurement } from './frame.ts';
import { measureInRounds } from './rounds.ts';

/** Turns in which each variant makes the calls of a pair: a slow spell of the machine is longer than a turn. */
const SLICES = 4;
/** The longest time of one turn, in ms. */
const TURN_LIMIT_MS = 120_000;
/** The longest time that a process takes to start and answer, in ms. */
const START_LIMIT_MS = 20_000;

/** One thing to be measured on all variants. */
export interface Event {
  readonly name: string;
  /** The call, which the client process knows by the variant's name and this one. */
  readonly about: string;
  /** Calls under way at a time. */
  readonly concurrency: number;
  /** Untimed calls beforehand: as many as it takes until no variant gets faster. */
  readonly warmUpCalls: number;
}

/** Variants that do the same work over loopback. */
export interface Contest {
  /** Module of the server process, as it is named in the sources. */
  readonly server: string;
  /** Module of the client process, which is given the base URL. */
  readonly client: string;
  /** Ours first, the peer of the gates next to it. */
  readonly variants: readonly string[];
  readonly events: readonly Event[];
}

/** Starts the processes, measures one event after the other, and ends the processes. */
export async function holdContest(
  { server, client, variants, events }: Contest,
  { children, pairs, tell }: BenchContext,
): Promise<Measurement[]> {
  const service = children.start(builtPath(server), []);
  const baseUrl = `http://127.0.0.1:${await service.ask({ about: 'listen' }, START_LIMIT_MS)}`;
  const caller = children.start(builtPath(client), [baseUrl]);
  const measurements: Measurement[] = [];
  for (const { name, about, concurrency, warmUpCalls } of events) {
    const time = (variant: string, calls: number): Promise<number> =>
      caller.ask({ about: `${variant} ${about}`, calls, concurrency }, TURN_LIMIT_MS);
    tell(`${name}: warming up`);
    for (const variant of variants) await time(variant, warmUpCalls);
    const plan = { name, variants, calls: CALLS, unit: 'calls/s', pairs, slices: SLICES, time } as const;
    measurements.push(await measureInRounds(plan, (done) => tell(`${name}: ${done} of ${pairs} pairs`)));
  }
  await Promise.all([caller.end(), service.end()]);
  return measurements;
}
