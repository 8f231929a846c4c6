/** A gate that tests open when they want something to go on. */
export interface Gate {
  /** Settles when the gate is opened, rejects when it is broken. */
  readonly passed: Promise<void>;
  open(): void;
  break(error: unknown): void;
}

export function createGate(): Gate {
  let open = (): void => {};
  let fail = (_: unknown): void => {};
  const passed = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  passed.catch(() => {});
  return { passed, open, break: fail };
}

/** Lets everything run that can run without waiting for a timer or a socket. */
export async function settle(turns = 3): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A clock that moves only when told. */
export interface ManualClock {
  nowMs(): number;
  advanceMs(ms: number): void;
  setMs(ms: number): void;
}

/** @param startMs 2026-01-02T03:04:05Z unless told otherwise */
export function createManualClock(startMs = 1_767_323_045_000): ManualClock {
  let now = startMs;
  return {
    nowMs: () => now,
    advanceMs: (ms) => {
      now += ms;
    },
    setMs: (ms) => {
      now = ms;
    },
  };
}

/** What a promise was rejected with; fails the test if it was not rejected. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
}
