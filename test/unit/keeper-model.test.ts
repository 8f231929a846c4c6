import fc from 'fast-check';
import { describe, it } from 'vitest';
import { crash, type Step, steps, storeTrouble, World } from './keeper-model.support.ts';

/** More of it, or a run that failed elsewhere, as fast-check printed it. */
const { LATCHKEY_MODEL_RUNS = '120', LATCHKEY_MODEL_SEED } = process.env;
const parameters = {
  numRuns: Number(LATCHKEY_MODEL_RUNS),
  ...(LATCHKEY_MODEL_SEED === undefined ? {} : { seed: Number(LATCHKEY_MODEL_SEED) }),
};
const LONGEST_MS = Math.max(60_000, 50 * parameters.numRuns);

const play = async (keeperCount: 1 | 2, taken: readonly Step[]): Promise<void> => {
  const it = new World(keeperCount);
  for (const step of taken) await it.take(step);
  await it.finish();
};

const checked = async (keeperCount: 1 | 2, arbitrary: fc.Arbitrary<Step[]>): Promise<void> =>
  fc.assert(
    fc.asyncProperty(arbitrary, (taken) => play(keeperCount, taken)),
    parameters,
  );

describe('whatever happens in whichever order', () => {
  it('two keepers of one store keep their promises', () => checked(2, steps()), LONGEST_MS);

  it(
    'one keeper keeps its promises while the store comes and goes',
    () => checked(1, steps({ arbitrary: storeTrouble, weight: 2 })),
    LONGEST_MS,
  );

  it(
    'two processes keep their promises while one or the other crashes',
    () => checked(2, steps({ arbitrary: crash, weight: 2 })),
    LONGEST_MS,
  );
});
