import { answerQuestions } from './questions.ts';

/** One call, from its input to its checked answer. @throws Error if the answer is not the one expected */
export type Call = () => Promise<void>;

/** Untimed calls before each block at the least: sockets that idled away are opened again, caches filled. */
const PRIMING_CALLS = 20;

/** Serves a client process: each question names a call and says how many of them to time; the answer is in ms. */
export function serveBlocks(calls: Readonly<Record<string, Call>>): void {
  answerQuestions(async ({ about, calls: count, concurrency }) => {
    const call = calls[about];
    if (!call) throw new Error(`There is no call ${about}`);
    await makeCalls(call, Math.max(PRIMING_CALLS, concurrency), concurrency);
    const startedAt = performance.now();
    await makeCalls(call, count, concurrency);
    return performance.now() - startedAt;
  });
}

async function makeCalls(call: Call, count: number, concurrency: number): Promise<void> {
  let left = count;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
