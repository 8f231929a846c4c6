/** The longest time that a timer of Node can wait, in ms; a longer one would fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Does something after so many ms, unless it is called off before. A process that was busy or stopped for so long itself first looks at what has
 * come in meanwhile. The wait keeps no process alive, unless it is said to.
 * @returns what calls it off
 */
export function afterMs(ms: number, act: () => void, keepsAlive = false): () => void {
  let isOff = false;
  const timer = setTimeout(
    () =>
      setImmediate(() =>
        setImmediate(() => {
          if (!isOff) act();
        }),
      ),
    Math.min(ms, LONGEST_TIMER_MS),
  );
  if (!keepsAlive) timer.unref();
  return () => {
    isOff = true;
    clearTimeout(timer);
  };
}

/**
 * What comes of a piece of work, or `late()` as its failure where it takes longer than so many ms: the work goes on, and nobody hears of it any
 * more. The wait keeps no process alive, unless it is said to: some work does not do so itself.
 */
export function inTime<T>(
  work: () => Promise<T>,
  ms: number,
  late: () => Error,
  { keepsAlive = false }: { readonly keepsAlive?: boolean } = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    const running = work();
    const callOff = afterMs(ms, () => reject(late()), keepsAlive);
    running.then(
      (value) => {
        callOff();
        resolve(value);
      },
      (error: unknown) => {
        callOff();
        reject(error);
      },
    );
  });
}
