import { setTimeout as pause } from 'node:timers/promises';

/** Bytes that are still in use when everything else has been collected. @throws Error in a process without `--expose-gc` */
export async function memoryInUse(): Promise<number> {
  const { gc } = globalThis;
  if (!gc) throw new Error('This process needs --expose-gc');
  for (let times = 0; times < 4; times += 1) {
    // What waits for the end of a task, such as finalizers, has its turn.
    await pause(20);
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
