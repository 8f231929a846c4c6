/** From here on a wait is worth a word. */
const PATIENCE_MS = 500;
const FRAME_MS = 120;
const FRAMES = ['|', '/', '-', '\\'];

/** A line on the terminal that tells what is waited for. */
export interface Progress extends Disposable {
  /** Takes the line away, for what is printed in its place; the next frame brings it back. */
  clear(): void;
}

/**
 * Tells on stderr what is waited for, once it takes longer than half a second. Tells nothing where nobody looks: without a terminal, and in CI.
 * The prompts' own spinner is not for this: it reads the keyboard, and ends the process with 0 at Ctrl-C.
 */
export function showProgress(message: string): Progress {
  const { CI, TERM } = process.env;
  const { stderr } = process;
  if (!stderr.isTTY || (CI && CI !== '0' && CI !== 'false')) return { clear() {}, [Symbol.dispose]() {} };
  let frames = 0;
  let isShown = false;
  let timer: NodeJS.Timeout | undefined;
  const clear = (): void => {
    if (isShown) stderr.write('\r\x1b[K');
    isShown = false;
  };
  const draw = (): void => {
    if (TERM === 'dumb') {
      stderr.write(`${message} …\n`);
      return;
    }
    const text = `${FRAMES[frames % FRAMES.length]} ${message} …`;
    frames += 1;
    isShown = true;
    stderr.write(`\r${text.slice(0, Math.max(1, (stderr.columns || 80) - 1))}\x1b[K`);
    timer = setTimeout(draw, FRAME_MS).unref();
  };
  timer = setTimeout(draw, PATIENCE_MS).unref();
  return {
    clear,
    [Symbol.dispose]() {
      clearTimeout(timer);
      clear();
    },
  };
}
