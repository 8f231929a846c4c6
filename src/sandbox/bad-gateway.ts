import type { Answer } from './exchange.ts';
import type { ScenarioRun } from './scenario-args.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { Call } from './twin.ts';

/** A proxy in front of a service that fails now and then. */
export interface BadGateway {
  readonly scenario: ScenarioRun;
  /** Counts the call, and says whether the proxy fails before it asks the service, after that, or not at all. */
  strike(call: Call): 'before' | 'after' | undefined;
  clear(): void;
}

/** What the proxy answers; nothing in it is the service's. */
export const badGatewayAnswer: Answer = {
  status: 502,
  headers: [
    ['Content-Type', 'text/html'],
    ['Connection', 'close'],
  ],
  body: `<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr></body>
</html>
`,
  outcome: 'canned',
};

/** @param makeRandom gives the same numbers from the start each time, so that a run can be repeated */
export function createBadGateway(makeRandom: () => SeededRandom): BadGateway {
  interface Armed {
    readonly oneIn: number;
    readonly when: 'before' | 'after';
    readonly operation: string | undefined;
    readonly random: SeededRandom;
    /** Position in the current block of `oneIn` answers, and that of its bad one. */
    seen: number;
    bad: number;
  }
  let armed: Armed | undefined;

  return {
    scenario(args) {
      const oneIn = args.number('oneIn', { min: 1, max: 1_000_000, fallback: 10, isWhole: true });
      const when = args.choice('when', ['before', 'after'], 'before');
      const operation = args.text('operation', undefined);
      return () => {
        armed = { oneIn, when, operation, random: makeRandom(), seen: 0, bad: 0 };
        return { oneIn, when };
      };
    },
    strike({ operation, role }) {
      if (armed === undefined) return undefined;
      if (armed.operation !== undefined && armed.operation !== operation && armed.operation !== role) return undefined;
      // One in each block, so that the share is exact and only the places are left to chance.
      if (armed.seen === 0) armed.bad = armed.random.bytes(4).readUInt32BE() % armed.oneIn;
      const isBad = armed.seen === armed.bad;
      armed.seen = (armed.seen + 1) % armed.oneIn;
      return isBad ? armed.when : undefined;
    },
    clear() {
      armed = undefined;
    },
  };
}
