import type { Answer } from './exchange.ts';
import type { ScenarioRun } from './scenario-args.ts';
import type { RevokeChoice } from './session-table.ts';
import type { Twin } from './twin.ts';

/** What can happen to the sessions of any system. */
export interface SessionScenarios {
  readonly scenarios: Readonly<Record<string, ScenarioRun>>;
  /** To be told of each answer, before it leaves, for scenarios that wait for a number of calls. */
  answered(answer: Answer): void;
  clear(): void;
}

/** @param sessions those of the twin that is running now: a reset puts another one in its place */
export function createSessionScenarios(sessions: () => Twin['sessions']): SessionScenarios {
  /** How many accepted calls are left until all sessions end. */
  let callsLeft = Number.POSITIVE_INFINITY;

  return {
    scenarios: {
      'expire-now': () => () => ({ ended: sessions().revoke({ which: 'all' }) }),
      'expire-after'(args) {
        const calls = args.number('calls', { min: 1, isWhole: true });
        return () => {
          callsLeft = calls;
          return { calls };
        };
      },
      revoke(args) {
        const secret = args.text('secret', undefined);
        const username = args.text('username', undefined);
        const which = args.choice('which', ['newest', 'oldest', 'all'], 'newest');
        return () => {
          const key = secret === undefined ? undefined : sessions().keyOf(secret);
          if (secret !== undefined && key === undefined) return { ended: 0 };
          const choice: RevokeChoice = {
            which,
            ...(username === undefined ? {} : { username }),
            ...(key === undefined ? {} : { key }),
          };
          return { ended: sessions().revoke(choice) };
        };
      },
      'refuse-every-session'(args) {
        const on = args.flag('on', true);
        return () => {
          sessions().refuseAll(on);
          return { on };
        };
      },
      'session-cap'(args) {
        const max = args.number('max', { min: 1, isWhole: true });
        const overflow = args.choice('overflow', ['end-oldest', 'refuse'], 'end-oldest');
        return () => {
          sessions().cap.set({ max, overflow });
          return { max, overflow };
        };
      },
    },
    answered({ outcome }) {
      if (outcome !== 'accepted') return;
      callsLeft -= 1;
      if (callsLeft > 0) return;
      callsLeft = Number.POSITIVE_INFINITY;
      sessions().revoke({ which: 'all' });
    },
    clear() {
      callsLeft = Number.POSITIVE_INFINITY;
      sessions().refuseAll(false);
      sessions().cap.set(undefined);
    },
  };
}
