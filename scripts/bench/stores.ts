import type { Bench } from './bench.ts';
import { builtPath } from './built-code.ts';
import { type Measurement, ratiosOf, rowsOf } from './frame.ts';
import { NO_REDIS } from './redis-process.ts';
import { measureInRounds } from './rounds.ts';
import { withSharing } from './sharing.ts';
import { versionsOf } from './versions.ts';

const LIMIT_MS = 120_000;
const KINDS = ['memory', 'file', 'redis'];
/** How many of each are timed in a turn. */
const EVENTS = [
  { event: 'hit', calls: 10_000 },
  { event: 'adopt', calls: 200 },
  { event: 'login', calls: 50 },
];

/** What each store costs: a session in memory, one adopted from the store, and a new one under the lock, beside the bare operations. */
export const stores: Bench = (context) =>
  withSharing(context, async ({ setup, redisVersion }) => {
    const { children, pairs, tell } = context;
    const child = children.start(builtPath('scripts/bench/stores-client.ts'), [JSON.stringify(setup)]);
    const kinds = KINDS.filter((kind) => kind !== 'redis' || setup.redisPort !== null);
    const measurements: Measurement[] = [];
    for (const kind of kinds) {
      for (const { event, calls } of EVENTS) {
        const name = `stores.${kind}.${event}`;
        // A session in memory is nobody's file; and in this process's memory, there is nothing barer than the store itself.
        const variants = event === 'hit' || kind === 'memory' ? ['latchkey'] : ['latchkey', 'raw'];
        const time = (variant: string, count: number): Promise<number> =>
          child.ask({ about: `${variant} ${event} ${kind}`, calls: count }, LIMIT_MS);
        for (const variant of variants) await time(variant, calls);
        const unit = kind === 'memory' || event === 'hit' ? 'us' : 'ms';
        tell(`${name}: ${pairs} pairs`);
        measurements.push(await measureInRounds({ name, variants, calls, unit, pairs, time }, () => {}));
      }
    }
    return {
      versions: { ...versionsOf('ioredis'), ...(redisVersion && { redis: redisVersion }) },
      rows: measurements.flatMap(rowsOf),
      ratios: measurements.flatMap(ratiosOf),
      gates: [],
      missing: setup.redisPort === null ? [`The Redis store was not measured: ${NO_REDIS}`] : [],
    };
  });
