import { mostMs } from './bounds.ts';

/** Where the sandbox takes the time from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** The sandbox's own time: the given clock plus an offset that only moves when told. */
export interface VirtualClock extends Clock {
  /**
   * Moves the time of every twin forward at once; nobody waits.
   * @param ms milliseconds, not negative
   * @returns the new time
   * @throws RangeError when `ms` is not a number, is negative, or leads more than a hundred years ahead of the given clock
   */
  advanceMs(ms: number): number;
  /** Back to the given clock. */
  reset(): void;
}

/** The time at one service, whose clock may be wrong. */
export interface SkewedClock extends Clock {
  /** @param ms how far it is ahead of the sandbox's clock; negative when it is behind */
  skewMs(ms: number): void;
}

export function createSkewedClock(base: Clock): SkewedClock {
  let aheadMs = 0;
  return {
    nowMs: () => base.nowMs() + aheadMs,
    skewMs(ms) {
      aheadMs = ms;
    },
  };
}

export function createVirtualClock(base: Clock = { nowMs: () => Date.now() }): VirtualClock {
  let offsetMs = 0;
  return {
    nowMs: () => base.nowMs() + offsetMs,
    advanceMs(ms) {
      if (!(ms >= 0 && offsetMs + ms <= mostMs)) {
        throw new RangeError('advanceMs takes milliseconds, zero or more, and a hundred years at most in all');
      }
      offsetMs += ms;
      return base.nowMs() + offsetMs;
    },
    reset() {
      offsetMs = 0;
    },
  };
}
