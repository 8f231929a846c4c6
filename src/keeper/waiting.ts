import { inTime } from '../stores/time-limit.ts';

/** Waits for a promise until the signal fires; the promise itself goes on. Rejects with the signal's reason. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** Runs a task for so long at most: then its signal fires, and whoever waits is told why. Keeps no process alive. */
export function withinTime<T>(ms: number, late: () => Error, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const giveUp = (): Error => {
    const error = late();
    controller.abort(error);
    return error;
  };
  return inTime(() => task(controller.signal), ms, giveUp);
}

/** Does what takes a moment once the request that was begun just now is on its way, and its answer is all there is to wait for. */
export async function whileWaiting<T>(work: () => Promise<T>): Promise<T> {
  // Behind everything that is ready to run, and faked by no test tool unless it is told to.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  return work();
}
