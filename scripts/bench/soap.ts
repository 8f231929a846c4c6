import type { Bench, BenchContext } from './bench.ts';
import { builtPath } from './built-code.ts';
import { holdContest } from './contest.ts';
import { gateAtLeast, gateAtMost, type Measurement, pick, ratiosOf, rowsOf } from './frame.ts';
import { measureInRounds } from './rounds.ts';
import { versionsOf } from './versions.ts';

const PEER = 'node-soap';
const VARIANTS = ['latchkey', PEER];
const COLD_LIMIT_MS = 30_000;

/** Zuora's SOAP login and a query of 200 records, and how long a fresh process takes to its first envelope. */
export const soap: Bench = async (context) => {
  const contest = {
    server: 'scripts/bench/soap-server.ts',
    client: 'scripts/bench/soap-client.ts',
    variants: VARIANTS,
    events: [
      { name: 'soap.login', about: 'login', concurrency: 1, warmUpCalls: 3_000 },
      { name: 'soap.query200', about: 'query200', concurrency: 1, warmUpCalls: 400 },
    ],
  };
  const measurements = [await measureColdStarts(context), ...(await holdContest(contest, context))];
  const ratios = measurements.flatMap(ratiosOf);
  return {
    versions: versionsOf('soap', 'saxes', 'axios'),
    rows: measurements.flatMap(rowsOf),
    ratios,
    gates: [
      gateAtLeast('soap.login', 0.85, pick(ratios, PEER, 'soap.login')),
      gateAtLeast('soap.query200', 1.3, pick(ratios, PEER, 'soap.query200')),
      gateAtMost('soap.firstEnvelope', 0.4, pick(ratios, PEER, 'soap.firstEnvelope')),
    ],
  };
};

async function measureColdStarts({ children, pairs, tell }: BenchContext): Promise<Measurement> {
  const name = 'soap.firstEnvelope';
  const time = async (variant: string): Promise<number> => {
    const child = children.start(builtPath('scripts/bench/soap-cold-client.ts'), [variant]);
    const took = await child.ask({ about: 'firstEnvelope' }, COLD_LIMIT_MS);
    await child.end();
    return took;
  };
  // Twice each, untimed: from then on the files come from the machine's memory.
  for (const variant of [...VARIANTS, ...VARIANTS]) await time(variant);
  const plan = { name, variants: VARIANTS, calls: 1, unit: 'ms', pairs, time } as const;
  return measureInRounds(plan, (done) => tell(`${name}: ${done} of ${pairs} pairs`));
}
