import type { Bench } from './bench.ts';
import { holdContest } from './contest.ts';
import { gateAtLeast, pick, ratiosOf, rowsOf } from './frame.ts';
import { versionsOf } from './versions.ts';

const PEER = 'openapi-fetch';
const VARIANTS = ['latchkey', PEER, 'fetch', 'axios'];
const VERBS = ['get', 'post'];
const MODES = [
  { mode: 'sequential', concurrency: 1 },
  { mode: 'concurrent50', concurrency: 50 },
];
const BOUND = 0.95;

/** Authorized typed calls with a session in memory, against what one would write without latchkey. */
export const calls: Bench = async (context) => {
  const contest = {
    server: 'scripts/bench/calls-server.ts',
    client: 'scripts/bench/calls-client.ts',
    variants: VARIANTS,
    events: MODES.flatMap(({ mode, concurrency }) =>
      VERBS.map((about) => ({ name: `calls.${mode}.${about}`, about, concurrency, warmUpCalls: 3_000 })),
    ),
  };
  const measurements = await holdContest(contest, context);
  const ratios = measurements.flatMap(ratiosOf);
  return {
    versions: versionsOf('openapi-fetch', 'axios'),
    rows: measurements.flatMap(rowsOf),
    ratios,
    // Of reading and writing, the worse one has to hold.
    gates: MODES.map(({ mode }) => {
      const names = VERBS.map((verb) => `calls.${mode}.${verb}`);
      return gateAtLeast(`calls.${mode}`, BOUND, pick(ratios, PEER, ...names));
    }),
  };
};
