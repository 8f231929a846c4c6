import { nextTick } from 'node:process';
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

/**
 * Runs a task for so long at most: then its signal fires, and whoever waits is told why. Keeps the process alive meanwhile: a request whose connection
 * was closed at once does not do so itself, and the program would end in the middle, as if all were well.
 */
export function withinTime<T>(ms: number, late: () => Error, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const giveUp = (): Error => {
    const error = late();
    controller.abort(error);
    return error;
  };
  return inTime(() => task(controller.signal), ms, giveUp, { keepsAlive: true });
}

/** Does what takes a moment when everything that is ready to run has run, such as the sending of a request that was begun just now. */
export async function whileWaiting<T>(work: () => Promise<T>): Promise<T> {
  // As it was imported: tools that fake the time for tests put their own in its place in `process`, where it then never comes.
  await new Promise<void>((resolve) => nextTick(resolve));
  return work();
}
