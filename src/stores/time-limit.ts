/** The longest time that a timer of Node can wait, in ms; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * What comes of a piece of work, or `late()` as its failure where it takes longer than so many ms: the work goes on, and nobody hears of
 * it any more. The wait keeps no process alive, unless it is said to: some work does not do so itself.
 */
export function inTime<T>(
  work: () => Promise<T>,
  ms: number,
  late: () => Error,
  { keepsAlive = false }: { readonly keepsAlive?: boolean } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const running = work();
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
      clearTimeout(timer);
    };
    const giveUp = (): void => {
      if (!isSettled) reject(late());
    };
    // A process that was busy for so long itself looks at what has come in meanwhile before it gives up.
    const timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), Math.min(ms, LONGEST_TIMER_MS));
    if (!keepsAlive) timer.unref();
    running.then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
