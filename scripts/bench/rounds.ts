import type { Measurement, Round } from './frame.ts';

/** What is to be measured. */
export interface RoundsPlan extends Omit<Measurement, 'rounds'> {
  readonly pairs: number;
  /** Into how many slices the calls of a round are cut. Divides `calls`. @default 1 */
  readonly slices?: number;
  /** Lets one variant make calls and tells how long it took, in ms. */
  readonly time: (variant: string, calls: number) => Promise<number>;
}

/**
 * Measures in rounds, in each of which every variant makes all of its calls. The variants take turns in slices, and every second
 * turn goes backwards: each stands before its neighbour as often as after it, and a slow spell of the machine hits both.
 */
export async function measureInRounds(plan: RoundsPlan, onRound: (done: number) => void): Promise<Measurement> {
  const { name, variants, calls, unit, pairs, slices = 1, time } = plan;
  const rounds: Round[] = [];
  for (let turn = 0; rounds.length < pairs; ) {
    const round = Object.fromEntries(variants.map((variant) => [variant, 0]));
    for (let slice = 0; slice < slices; slice += 1, turn += 1) {
      for (const variant of turn % 2 === 0 ? variants : variants.toReversed()) {
        round[variant] = (round[variant] ?? 0) + (await time(variant, calls / slices));
      }
    }
    rounds.push(round);
    onRound(rounds.length);
  }
  return { name, variants, calls, unit, rounds };
}
