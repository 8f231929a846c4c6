import { setTimeout as pause } from 'node:timers/promises';
import type { PulseUser } from '../../src/sandbox/pulse-crm-users.ts';
import type { Caller } from './callers.support.ts';
import type { Place } from './places.support.ts';
import { type Stage, stuckAmong, together, users } from './stage.support.ts';

const LOGIN_MS = 60;
const LOGIN_TIMEOUT_MS = 5000;
const LEASE_MS = 15_000;
/** The longest that anybody may wait for a call. */
const LONGEST_CALL_MS = LEASE_MS + LOGIN_TIMEOUT_MS + 2000;
const CALLERS_EACH = 2;
const SEALED = /(^|\.)latchkey-sealed-1\.[\w-]{60,}$/;

/** What came of killing, again and again, whoever held a lock. */
export interface KillRun {
  readonly kills: number;
  /** How often all sessions were ended. */
  readonly ends: number;
  readonly logins: number;
  /** The most that may come of so many ends and kills. */
  readonly mostLogins: number;
  /** By those who are left. */
  readonly answered: number;
  readonly slowestMs: number;
  readonly errors: Readonly<Record<string, number>>;
  /** What was promised and not kept; empty if all is well. */
  readonly broken: readonly string[];
}

/**
 * Ends all sessions, kills whoever holds a lock at a random moment of what follows, starts another in its place, waits until everybody is
 * answered; and again, until so many were killed. Several identities at once, two programs each.
 */
export async function killHolders(stage: Stage<Place>, wanted: number): Promise<KillRun> {
  const { sandbox, place } = stage;
  sandbox.scenario('pulse-crm', 'slow-login', { ms: LOGIN_MS });
  const callersOf = new Map<PulseUser, Caller[]>(users.map((user) => [user, []]));
  const begin = async (user: PulseUser): Promise<void> => {
    const caller = await stage.open({ user, loginTimeoutMs: LOGIN_TIMEOUT_MS, loginBudgetMax: 100_000 });
    callersOf.set(user, [...(callersOf.get(user) ?? []).filter(({ hasEnded }) => !hasEnded), caller]);
    caller.keepCalling(15);
  };
  const alive = (): Caller[] => [...callersOf.values()].flat().filter(({ hasEnded }) => !hasEnded);
  const reports = () => Promise.all(alive().map((caller) => caller.report()));
  let kills = 0;
  let ends = 0;
  const broken: string[] = [];

  const look = sharedLook(() => place.holders());
  const holderOf = async (user: PulseUser): Promise<Caller | undefined> => {
    const pids = (await look()).map(({ pid }) => pid);
    const holding = (callersOf.get(user) ?? []).filter(({ pid, hasEnded }) => !hasEnded && pids.includes(pid));
    return holding[Math.floor(Math.random() * holding.length)];
  };
  const killOne = async (user: PulseUser): Promise<boolean> => {
    for (let tries = 0; tries < 20; tries += 1) {
      const holder = await holderOf(user);
      if (holder) {
        // Half of them at once, in the first moments of the lock; half of them in the midst or towards the end.
        if (Math.random() < 0.5) await pause(Math.random() * LOGIN_MS);
        if ((await holderOf(user)) !== holder) continue;
        if (kills === wanted) return false;
        kills += 1;
        await holder[Symbol.asyncDispose]();
        await begin(user);
        return true;
      }
      await pause(5);
    }
    return false;
  };

  for (const user of users) await Promise.all(Array.from({ length: CALLERS_EACH }, () => begin(user)));
  for (let rounds = 0; kills < wanted && rounds < wanted && broken.length === 0; rounds += 1) {
    sandbox.scenario('pulse-crm', 'expire-now');
    ends += 1;
    const killing = users.map(async (user) => {
      await pause(Math.random() * LOGIN_MS);
      // Now and then whoever follows is killed as well.
      while (kills < wanted && (await killOne(user)) && Math.random() < 0.3);
    });
    await Promise.all(killing);
    const stuck = await stuckAmong(alive, LONGEST_CALL_MS);
    if (stuck) broken.push(stuck);
  }

  const { answered, errors, events, slowestMs } = together(await reports());
  const { logins } = stage.counts();
  // Each end costs each identity a login, as the beginning did, and each kill may cost one that nobody got.
  const mostLogins = users.length * (ends + 1) + kills;
  const promise = (isKept: boolean, words: string): void => {
    if (!isKept) broken.push(words);
  };
  promise(kills === wanted, `only ${kills} of ${wanted} were killed`);
  promise(alive().length === users.length * CALLERS_EACH, `${alive().length} programs are left`);
  promise(Object.keys(errors).length === 0, `calls failed: ${JSON.stringify(errors)}`);
  promise(
    !events['store-failed'] && !events['record-unreadable'],
    `the store was not as it should be: ${JSON.stringify(events)}`,
  );
  promise(slowestMs < LONGEST_CALL_MS, `a call took ${Math.round(slowestMs)} ms`);
  promise(logins <= mostLogins, `${logins} logins instead of ${mostLogins} at most`);
  // What a killed process has half written lies beside the records, never in their place.
  const records = Object.entries(await place.records());
  promise(records.length === 2 * users.length, `there are ${records.length} records`);
  for (const [name, text] of records) promise(SEALED.test(text), `${name} is no whole record`);
  if (broken.length === 0) broken.push(...(await newcomersIn(stage)));
  return { kills, ends, logins, mostLogins, answered, slowestMs, errors, broken };
}

/** Those who ask while somebody is looking see what that one sees. */
function sharedLook<T>(look: () => Promise<T>): () => Promise<T> {
  let looking: Promise<T> | undefined;
  return () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
}

/** What is wrong for programs that come later, and can only use what is in the store: each has to find its own session there. */
async function newcomersIn(stage: Stage<Place>): Promise<string[]> {
  const wrong = users.map(async (user) => {
    const newcomer = await stage.open({ user, apiSecret: null });
    const { answered, errors, events } = await newcomer.call({ times: 1 });
    await newcomer[Symbol.asyncDispose]();
    if (answered === 1 && events.adoption === 1) return [];
    return [`${user.username} finds no session of its own: ${JSON.stringify({ answered, errors, events })}`];
  });
  return (await Promise.all(wrong)).flat();
}
