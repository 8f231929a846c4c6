import { setTimeout as pause } from 'node:timers/promises';
import type { Counts, Sandbox } from '../../src/sandbox/index.ts';
import type { PulseUser } from '../../src/sandbox/pulse-crm-users.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import type { CallerSetup, CallReport } from './caller.child.ts';
import { type Caller, type CallerProgram, startCaller } from './callers.support.ts';
import type { Place } from './places.support.ts';

/** A service, a place where sessions are shared, and the programs that share them. */
export interface Stage<P extends Place> extends AsyncDisposable {
  readonly place: P;
  readonly sandbox: Sandbox;
  /** Everybody who was ever started. */
  readonly callers: readonly Caller[];
  /** Starts one more, who calls as the first user unless told otherwise. */
  open(more?: CallerChanges): Promise<Caller>;
  openMany(count: number, more?: CallerChanges): Promise<Caller[]>;
  counts(): Readonly<Counts>;
}

/** What is special about a caller. */
export interface CallerChanges extends Partial<CallerSetup> {
  /** Who it calls as; the first one unless told otherwise. */
  readonly user?: PulseUser;
  /** A command line that runs the one that follows it. */
  readonly within?: readonly string[];
}

/** Who can log in at the service of a stage. All values are obviously made up. */
export const users: readonly PulseUser[] = Array.from({ length: 8 }, (_, n) => ({
  id: 1001 + n,
  username: `user-${n}`,
  email: `user-${n}@pulse.example.test`,
  password: `pulse-password-${n}`,
  apiKey: `apiKey-00000000000${n}`,
  apiSecret: `secret-00000000000${n}`,
  accounts: [{ accountId: `acct-000${n}`, accountName: 'Example Test Account' }],
}));

const STARTED_AT_ONCE = 10;

/** Opens a stage; its end ends all programs, the service and the place. */
export async function openStage<P extends Place>({ file }: CallerProgram, place: P): Promise<Stage<P>> {
  const live = await openSandbox({ users: { 'pulse-crm': users.map((user) => ({ ...user })) } });
  const callers: Caller[] = [];
  let begun = 0;
  const open = async ({ user = users[0], within, ...more }: CallerChanges = {}): Promise<Caller> => {
    if (!user) throw new Error('There are no users');
    const setup: CallerSetup = {
      baseUrl: live.url,
      store: place.setup(begun),
      identity: user.email,
      apiKey: user.apiKey,
      apiSecret: user.apiSecret,
      loginTimeoutMs: 10_000,
      loginBudgetMax: 10,
      ...more,
    };
    begun += 1;
    const caller = await startCaller(file, setup, within);
    callers.push(caller);
    return caller;
  };
  return {
    place,
    sandbox: live.sandbox,
    callers,
    open,
    async openMany(count, more) {
      const opened: Caller[] = [];
      // Not all at once: starting is the machine's work, not ours.
      while (opened.length < count) {
        const next = Math.min(STARTED_AT_ONCE, count - opened.length);
        opened.push(...(await Promise.all(Array.from({ length: next }, () => open(more)))));
      }
      return opened;
    },
    counts: () => live.sandbox.counts('pulse-crm'),
    async [Symbol.asyncDispose]() {
      await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
      await live[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

/** All reports as one. */
export function together(reports: readonly CallReport[]): CallReport {
  const added = (of: (report: CallReport) => Readonly<Record<string, number>>): Record<string, number> => {
    const sums: Record<string, number> = {};
    for (const report of reports)
      for (const [name, times] of Object.entries(of(report))) sums[name] = (sums[name] ?? 0) + times;
    return sums;
  };
  return {
    answered: reports.reduce((sum, { answered }) => sum + answered, 0),
    errors: added(({ errors }) => errors),
    events: added(({ events }) => events),
    slowestMs: Math.max(0, ...reports.map(({ slowestMs }) => slowestMs)),
  };
}

/** Waits until each of those who keep calling is answered once more at least; says who is not within so long. */
export async function stuckAmong(callers: () => readonly Caller[], ms: number): Promise<string | undefined> {
  const answered = async () =>
    Promise.all(callers().map(async (caller) => [caller.pid, (await caller.report()).answered] as const));
  const before = new Map(await answered());
  // Two more each: the first may be one that was on its way already.
  const isLagging = ([pid, count]: readonly [number, number]): boolean => count < (before.get(pid) ?? 0) + 2;
  const deadline = Date.now() + ms;
  while ((await answered()).some(isLagging)) {
    if (Date.now() > deadline) {
      const reports = await Promise.all(callers().map((caller) => caller.report()));
      return `somebody is stuck: ${JSON.stringify({ before: [...before], reports })}`;
    }
    await pause(20);
  }
  return undefined;
}
