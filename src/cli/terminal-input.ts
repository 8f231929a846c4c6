import { PassThrough, type Readable } from 'node:stream';
import type { ReadStream } from 'node:tty';

/** What a question is put with. */
export interface Question {
  /** What is typed, byte by byte: what comes after the answer stays for the next question. */
  readonly keyboard: Readable;
  /** Ends the question. */
  readonly signal: AbortSignal;
}

/** The input of a terminal, during and between questions. */
export interface TerminalInput {
  /**
   * Puts a question; one whose input ends (Ctrl-D, a terminal that is gone) is ended.
   * @param after whether what is typed from then on is shown
   */
  ask<T>(question: (how: Question) => Promise<T>, after: 'hide' | 'show'): Promise<T>;
  /** Lets the terminal show again what is typed. */
  rest(): void;
}

const CTRL_C = 3;
const CTRL_Z = 26;

/** Takes the input of a terminal for questions. */
export function withTerminal(input: ReadStream, stop: AbortSignal): TerminalInput {
  let keyboard: PassThrough | undefined;
  let question: AbortController | undefined;

  /** A terminal that shows nothing turns no key into a signal either. */
  const feed = (piece: Buffer): void => {
    if (question === undefined && piece.includes(CTRL_C)) process.kill(process.pid, 'SIGINT');
    else if (piece.includes(CTRL_Z) && process.platform !== 'win32') suspend();
    else for (const byte of piece) keyboard?.write(Buffer.of(byte));
  };
  const suspend = (): void => {
    input.setRawMode(false);
    process.once('SIGCONT', () => keyboard && input.setRawMode(true));
    process.kill(process.pid, 'SIGTSTP');
  };
  const hangUp = (): void => question?.abort();
  const take = (): PassThrough => {
    if (keyboard !== undefined) return keyboard;
    keyboard = new PassThrough();
    input.setRawMode(true);
    // A terminal that is gone may say so late: that listener stays.
    input.off('error', hangUp).on('error', hangUp).on('data', feed).on('end', hangUp).resume();
    return keyboard;
  };
  const rest = (): void => {
    if (keyboard === undefined) return;
    keyboard = undefined;
    input.off('data', feed).off('end', hangUp).pause();
    if (!input.destroyed) input.setRawMode(false);
  };
  return {
    async ask(put, after) {
      const typed = take();
      const asked = new AbortController();
      question = asked;
      input.ref();
      // Readline pauses its input when it ends, by Ctrl-D as by an answer.
      const onPause = (): unknown => setImmediate(() => typed.isPaused() && asked.abort());
      typed.on('pause', onPause);
      try {
        return await put({ keyboard: typed, signal: AbortSignal.any([stop, asked.signal]) });
      } finally {
        typed.off('pause', onPause);
        question = undefined;
        // Whoever forgets to rest does not keep the process.
        input.unref();
        if (after === 'show' || stop.aborted) rest();
      }
    },
    rest,
  };
}
