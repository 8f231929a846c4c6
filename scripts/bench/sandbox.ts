import { type Bench, type BenchContext, CALLS } from './bench.ts';
import { builtPath } from './built-code.ts';
import type { Child } from './children.ts';
import { gateAtLeast, gateOfMost, type Measurement, pick, type Row, ratiosOf, rowOf, rowsOf } from './frame.ts';
import { measureInRounds } from './rounds.ts';
import { SANDBOX_SYSTEMS } from './sandbox-data.ts';
import { versionsOf } from './versions.ts';

const PEER = '@mswjs/http-middleware';
const VARIANTS = ['latchkey', PEER];
const EVENTS = ['login', 'session'];
const WAYS = 50;
const WARM_UP_CALLS = 3_000;
const SESSIONS = 100_000;
const LIMIT_MS = 240_000;

/** How fast the sandbox answers over HTTP, its journal on, beside the peer that serves the same twin's msw handlers; and what sessions take. */
export const sandbox: Bench = async (context) => {
  const measurements = await measureAnswers(context);
  const memory: Row[] = [];
  for (const system of SANDBOX_SYSTEMS) memory.push(await measureSessions(system, context));
  const ratios = measurements.flatMap(ratiosOf);
  return {
    versions: versionsOf(PEER, 'undici', 'msw'),
    rows: [...measurements.flatMap(rowsOf), ...memory],
    ratios,
    gates: [
      gateAtLeast('sandbox.http', 2, pick(ratios, PEER, ...EVENTS.map((event) => `sandbox.${event}`))),
      gateOfMost('sandbox.sessions', 200_000_000, Math.max(...memory.map(({ median }) => median))),
    ],
  };
};

function startServer(children: BenchContext['children'], variant: string): Child {
  return children.start(builtPath('scripts/bench/sandbox-server.ts'), [variant], ['--expose-gc']);
}

async function measureAnswers({ children, pairs, tell }: BenchContext): Promise<Measurement[]> {
  const servers = VARIANTS.map((variant) => startServer(children, variant));
  const ports = await Promise.all(servers.map((server) => server.ask({ about: 'listen' }, LIMIT_MS)));
  const origins = ports.map((port) => `http://127.0.0.1:${port}`);
  const client = children.start(builtPath('scripts/bench/sandbox-client.ts'), origins);
  const measurements: Measurement[] = [];
  for (const event of EVENTS) {
    const name = `sandbox.${event}`;
    const time = (variant: string, calls: number): Promise<number> =>
      client.ask({ about: `${variant} ${event}`, calls, concurrency: WAYS }, LIMIT_MS);
    tell(`${name}: warming up`);
    for (const variant of VARIANTS) await time(variant, WARM_UP_CALLS);
    const plan = { name, variants: VARIANTS, calls: CALLS, unit: 'calls/s', pairs, slices: 4, time } as const;
    measurements.push(await measureInRounds(plan, (done) => tell(`${name}: ${done} of ${pairs} pairs`)));
  }
  await Promise.all([client, ...servers].map((child) => child.end()));
  return measurements;
}

async function measureSessions(system: string, { children, tell }: BenchContext): Promise<Row> {
  const child = startServer(children, 'latchkey');
  const bytes = await child.ask({ about: system, calls: SESSIONS }, LIMIT_MS);
  await child.end();
  tell(`sandbox.sessions: ${system}`);
  return rowOf({ name: `sandbox.sessions`, variant: system, unit: 'bytes', calls: SESSIONS }, [bytes]);
}
