import type { Answer, Incoming } from './exchange.ts';
import type { Role } from './outcome.ts';
import type { ScenarioArguments, ScenarioResult, ScenarioRun } from './scenario-args.ts';
import type { SecretLedger } from './secrets.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { RevokeChoice, SessionCap } from './session-table.ts';
import { badArgument, type SystemName } from './systems.ts';
import type { Clock } from './virtual-clock.ts';

/** What a twin is made with. */
export interface TwinContext {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** To be told of every password and seed of one-time codes that the service takes over, so that the journal shows none. */
  readonly secrets: SecretLedger;
}

/** One request, understood but not yet processed. */
export interface Call {
  readonly operation: string;
  readonly role: Role;
  answer(): Answer;
}

/** An answer that a scenario gives in the twin's place. */
export type CannedAnswer = (incoming: Incoming) => Answer;

/** The state machine of one system: no sockets, no timers, no faults of its own making. */
export interface Twin {
  readonly system: SystemName;
  /** Paths of different systems never collide, so the path alone says who answers. */
  owns(path: string): boolean;
  identify(incoming: Incoming): Call;
  readonly sessions: {
    revoke(choice: RevokeChoice): number;
    refuseAll(on: boolean): void;
    /** What a secret seen on the wire is filed under; undefined for one that this service never issued. */
    keyOf(secret: string): string | undefined;
    count(): number;
    readonly cap: SessionCap;
  };
  /** What this service says to a login with a wrong password. */
  denied(incoming: Incoming): Answer;
  /** What this service says when something broke inside it: 500, without a word of what. */
  failure(incoming: Incoming): Answer;
  /** Scenarios that only this system has. */
  readonly scenarios: Readonly<Record<string, ScenarioRun>>;
  /** Answers of this system that a scenario may arm; each scenario also takes `operation` and `times`. */
  readonly canned?: Readonly<Record<string, (args: ScenarioArguments) => CannedAnswer>>;
  /** Told of settings that a scenario has changed, for those that act only once. */
  readonly settingsChanged?: (changes: Readonly<Record<string, unknown>>) => void;
  /** Takes back what the scenarios of this system have armed. */
  readonly clear?: () => void;
  /** Headers that this service puts on every answer, canned ones too. */
  readonly decorate?: (answer: Answer, incoming: Incoming) => Answer;
}

/** A scenario that changes one user, found by its `username` argument or else the first user. */
export function userScenario<U extends { readonly username: string }>(
  users: readonly U[],
  change: (user: U, args: ScenarioArguments) => () => ScenarioResult,
): ScenarioRun {
  return (args) => {
    const username = args.text('username', users[0]?.username);
    const user = users.find((candidate) => candidate.username === username);
    if (user === undefined) throw badArgument('BAD_SCENARIO_ARGUMENT', `the sandbox has no user "${username}"`);
    const apply = change(user, args);
    return () => ({ username: user.username, ...apply() });
  };
}
