import type { Bench } from './bench.ts';
import { builtPath } from './built-code.ts';
import { gateOfMost, rowsOf } from './frame.ts';
import { measureInRounds } from './rounds.ts';

const CALLS = 100_000;
const ROUNDS = 7;
const LIMIT_MS = 60_000;

/** What the keeper adds to a call whose session is in memory: no I/O, no timer, no lock. */
export const keeper: Bench = async ({ children, tell }) => {
  const child = children.start(builtPath('scripts/bench/keeper-client.ts'), []);
  const time = (_variant: string, calls: number): Promise<number> => child.ask({ about: 'hit', calls }, LIMIT_MS);
  await time('', CALLS);
  const plan = { name: 'keeper.hit', variants: ['latchkey'], calls: CALLS, unit: 'us', pairs: ROUNDS, time } as const;
  const rows = rowsOf(await measureInRounds(plan, (done) => tell(`keeper.hit: ${done} of ${ROUNDS} rounds`)));
  await child.end();
  return {
    versions: {},
    rows,
    ratios: [],
    gates: rows.map(({ median }) => gateOfMost('keeper.hit', 5, median)),
  };
};
