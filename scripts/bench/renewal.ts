import type { Bench } from './bench.ts';
import { builtPath } from './built-code.ts';
import { gateOfEach, gateOfMost, ratioOf, rowOf } from './frame.ts';
import { withSharing } from './sharing.ts';
import { versionsOf } from './versions.ts';

const PEER = 'google-auth-library';
const VARIANTS = ['latchkey', PEER];
/** How long the service takes for a renewal, in ms. */
const LOGIN_TAKES_MS = 3_000;
/** A run takes six seconds. */
const MOST_PAIRS = 5;
const LIMIT_MS = 60_000;
const FIGURES = ['slowest', 'p99 while renewing', 'p99 steady'] as const;

type Figure = (typeof FIGURES)[number] | 'logins';

/** A session of fixed lifetime is renewed by a login of three seconds while calls go on: how long the slowest of them takes. */
export const renewal: Bench = (context) =>
  withSharing(context, async ({ setup, service }) => {
    const { children, pairs, tell } = context;
    const rounds = Math.min(pairs, MOST_PAIRS);
    const client = children.start(builtPath('scripts/bench/renewal-client.ts'), [JSON.stringify(setup)]);
    const found = new Map<string, number[]>();
    const note = (variant: string, figure: Figure, value: number): void => {
      const key = `${variant}: ${figure}`;
      found.set(key, [...(found.get(key) ?? []), value]);
    };
    const of = (variant: string, figure: Figure): number[] => found.get(`${variant}: ${figure}`) ?? [];

    for (let round = 0; round < rounds; round += 1) {
      for (const variant of round % 2 === 0 ? VARIANTS : VARIANTS.toReversed()) {
        await service.ask({ about: 'logins take', calls: 0 }, LIMIT_MS);
        await client.ask({ about: `${variant}: begin` }, LIMIT_MS);
        await service.ask({ about: 'logins take', calls: LOGIN_TAKES_MS }, LIMIT_MS);
        await service.ask({ about: 'logins since' }, LIMIT_MS);
        await client.ask({ about: `${variant}: run` }, LIMIT_MS);
        note(variant, 'logins', await service.ask({ about: 'logins since' }, LIMIT_MS));
        for (const figure of FIGURES)
          note(variant, figure, await client.ask({ about: `${variant}: ${figure}` }, LIMIT_MS));
      }
      tell(`renewal: ${round + 1} of ${rounds} pairs`);
    }

    const row = (variant: string, figure: Figure) => {
      const about = { name: `renewal.${figure.replaceAll(' ', '-')}`, variant, calls: 1 };
      return rowOf({ ...about, unit: figure === 'logins' ? 'logins' : 'ms' }, of(variant, figure));
    };
    return {
      versions: versionsOf(PEER),
      rows: ([...FIGURES, 'logins'] as const).flatMap((figure) => VARIANTS.map((variant) => row(variant, figure))),
      ratios: VARIANTS.map((variant) =>
        ratioOf(
          { name: `renewal.p99 ${variant}`, ours: 'while renewing', peer: 'steady', unit: 'ms' },
          of(variant, 'p99 while renewing'),
          of(variant, 'p99 steady'),
        ),
      ),
      gates: [
        gateOfMost('renewal.slowest', 1_000, Math.max(...of('latchkey', 'slowest'))),
        gateOfEach('renewal.logins', 1, of('latchkey', 'logins')),
      ],
    };
  });
