import type { LatchkeyError } from './errors.ts';

/** Which session an event is about. Neither part is a secret. */
export interface SessionRef {
  readonly id: string;
  readonly revision: number;
}

/** Why the warning was given. */
export type WarningCode =
  | 'store-failed'
  | 'store-busy'
  | 'record-unreadable'
  | 'renewal-failed'
  | 'login-warning'
  | 'track-id-mismatch'
  | 'unknown-element';

/** What happens to sessions, told to `onEvent`. Never holds a secret. */
export type LatchkeyEvent = { readonly system: string; readonly atMs: number } & (
  | { readonly type: 'login'; readonly session: SessionRef; readonly tookMs: number }
  | { readonly type: 'login-failed'; readonly error: LatchkeyError; readonly tookMs: number }
  | { readonly type: 'renewal'; readonly session: SessionRef }
  | { readonly type: 'adoption'; readonly session: SessionRef }
  | { readonly type: 'refusal'; readonly session: SessionRef }
  | { readonly type: 'replay'; readonly session: SessionRef; readonly sends: number }
  /** A request is sent again after so long. `reason`: the code of the error, or the status, that it failed with. */
  | { readonly type: 'retry'; readonly reason: string; readonly afterMs: number }
  | { readonly type: 'logout'; readonly session: SessionRef | undefined; readonly endedAtService: boolean | 'unknown' }
  | { readonly type: 'password-changed' }
  | {
      readonly type: 'warning';
      readonly code: WarningCode;
      readonly message: string;
      readonly error?: LatchkeyError | undefined;
    }
);

/** An event before the system's name and the time are put on it. */
export type EventBody = LatchkeyEvent extends infer E
  ? E extends LatchkeyEvent
    ? Omit<E, 'system' | 'atMs'>
    : never
  : never;

/** Hears of events. What it throws is dropped: a listener never fails a call. */
export type EventListener = (event: LatchkeyEvent) => void;

/** Puts system and time on events and hands them to the listener, if there is one. */
export function eventReporter(
  system: string,
  listener: EventListener | undefined,
  nowMs: () => number,
): (event: EventBody) => void {
  if (!listener) return () => {};
  return (event) => {
    try {
      // An async function fits the type as well; what it rejects with must not end the process.
      const heard: unknown = listener({ system, atMs: nowMs(), ...event });
      if (heard instanceof Promise) heard.catch(() => {});
    } catch {
      // A listener never fails a call.
    }
  };
}
