import type { Bench, BenchContext } from './bench.ts';
import { builtPath } from './built-code.ts';
import { type Gate, gateOfEach, type Measurement, ratiosOf, rowOf, rowsOf } from './frame.ts';
import { NO_REDIS } from './redis-process.ts';
import { measureInRounds } from './rounds.ts';
import { type Sharing, withSharing } from './sharing.ts';
import { versionsOf } from './versions.ts';

const PEER = 'google-auth-library';
const CALLS = 1_000;
const PROCESSES = 50;
/** A storm of fifty processes takes seconds, and each of them counts the logins anew. */
const MOST_PAIRS = 7;
/** How long the service takes for a login, in ms, for everybody alike. */
const LOGIN_TAKES_MS = 200;
const LIMIT_MS = 180_000;
const ASK_LIMIT_MS = 10_000;

/** One kind of storm. */
interface StormPlan {
  readonly name: string;
  readonly variants: readonly string[];
  /** Among which the calls are shared out. */
  readonly processes: number;
}

interface StormFindings {
  readonly measurement: Measurement;
  /** How many logins each storm took, by variant. */
  readonly logins: ReadonlyMap<string, readonly number[]>;
}

/** The session has ended at the service, and a thousand calls find that out at once: how many logins, and how long until all are answered. */
export const storm: Bench = (context) =>
  withSharing(context, async (sharing) => {
    const hasRedis = sharing.setup.redisPort !== null;
    const shared = ['latchkey file', ...(hasRedis ? ['latchkey redis'] : [])];
    const alone = await raise(
      { name: 'storm.process', variants: ['latchkey memory', PEER], processes: 1 },
      sharing,
      context,
    );
    const all = await raise(
      { name: 'storm.processes', variants: [...shared, PEER], processes: PROCESSES },
      sharing,
      context,
    );
    return {
      versions: { ...versionsOf(PEER, 'ioredis'), ...(sharing.redisVersion && { redis: sharing.redisVersion }) },
      rows: [alone, all].flatMap(({ measurement, logins }) => [
        ...rowsOf(measurement),
        ...loginRows(measurement, logins),
      ]),
      ratios: [
        ...ratiosOf(alone.measurement),
        ...shared.flatMap((variant) => ratiosOf({ ...all.measurement, variants: [variant, PEER] })),
      ],
      gates: [
        oneLogin('storm.process', alone, 'latchkey memory'),
        oneLogin('storm.file', all, 'latchkey file'),
        ...(hasRedis ? [oneLogin('storm.redis', all, 'latchkey redis')] : []),
      ],
      missing: hasRedis ? [] : [`storm.redis was not measured: ${NO_REDIS}`],
    };
  });

function oneLogin(name: string, { logins }: StormFindings, variant: string): Gate {
  return gateOfEach(name, 1, logins.get(variant) ?? []);
}

function loginRows({ name, calls }: Measurement, logins: StormFindings['logins']) {
  return [...logins].map(([variant, counts]) => rowOf({ name, variant, unit: 'logins', calls }, counts));
}

async function raise(
  { name, variants, processes }: StormPlan,
  { setup, service }: Sharing,
  { children, pairs, tell }: BenchContext,
): Promise<StormFindings> {
  const file = builtPath('scripts/bench/storm-client.ts');
  const clients = Array.from({ length: processes }, () => children.start(file, [JSON.stringify(setup)]));
  const askAll = (about: string, calls: number): Promise<number[]> =>
    Promise.all(clients.map((client) => client.ask({ about, calls }, LIMIT_MS)));
  tell(`${name}: starting ${processes === 1 ? 'a process' : `${processes} processes`}`);
  await service.ask({ about: 'logins take', calls: LOGIN_TAKES_MS }, ASK_LIMIT_MS);
  // Each process has a session, as in the midst of its work.
  for (const variant of variants) await askAll(variant, 1);

  const logins = new Map<string, number[]>(variants.map((variant) => [variant, []]));
  const time = async (variant: string): Promise<number> => {
    await service.ask({ about: 'end all sessions' }, ASK_LIMIT_MS);
    await service.ask({ about: 'logins since' }, ASK_LIMIT_MS);
    const startedAt = performance.now();
    await askAll(variant, CALLS / processes);
    const took = performance.now() - startedAt;
    logins.get(variant)?.push(await service.ask({ about: 'logins since' }, ASK_LIMIT_MS));
    return took;
  };
  // Once each, untimed: from then on the sockets are open. The logins of these storms count like those of the others.
  for (const variant of variants) await time(variant);

  const plan = { name, variants, calls: 1, unit: 'ms', pairs: Math.min(pairs, MOST_PAIRS), time } as const;
  const measurement = await measureInRounds(plan, (done) => tell(`${name}: ${done} of ${plan.pairs} pairs`));
  await Promise.all(clients.map((client) => client.end()));
  return { measurement, logins };
}
