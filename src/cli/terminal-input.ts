import { PassThrough, type Readable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { TerminalOutput } from './terminal-output.ts';

/** What a question is put with. */
export interface Question {
  /** What is typed, byte by byte: what comes after the answer stays for the next question. */
  readonly keyboard: Readable;
  readonly output: TerminalOutput;
  /** Ends the question. */
  readonly signal: AbortSignal;
}

/** The terminal, during and between questions. */
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
/** Until then a signal that tells of a stop may come after it. */
const LATE_MS = 200;

/** Takes a terminal for questions. */
export function withTerminal(input: ReadStream, terminal: WriteStream, stop: AbortSignal): TerminalInput {
  let keyboard: PassThrough | undefined;
  let question: { readonly asked: AbortController; readonly output: TerminalOutput } | undefined;
  let backAtMs = Number.NEGATIVE_INFINITY;

  /** A terminal that shows nothing turns no key into a signal either. */
  const feed = (piece: Buffer): void => {
    for (const byte of piece) {
      if (byte === CTRL_C && question === undefined) process.kill(process.pid, 'SIGINT');
      else if (byte === CTRL_Z && process.platform !== 'win32') suspend();
      else keyboard?.write(Buffer.of(byte));
    }
  };
  /** Stops all of the job, as the terminal itself does at Ctrl-Z; whoever stops finds the terminal as it was. */
  const suspend = (): void => {
    question?.output.leave();
    input.setRawMode(false);
    process.kill(0, 'SIGTSTP');
    // Here it goes on after the stop, or at once where no shell could continue it, so that nothing was stopped.
    input.setRawMode(true);
    backAtMs = performance.now();
    question?.output.showAnew();
  };
  /** After a stop by somebody else: a shell has set the terminal as it likes it. */
  const comeBack = (): void => {
    // It is hidden already, and the way to hide it anew would show what is typed for a moment.
    if (performance.now() - backAtMs < LATE_MS) return;
    // It does nothing where it believes the terminal to be in that mode.
    input.setRawMode(false);
    input.setRawMode(true);
    question?.output.showAnew();
  };
  const hangUp = (): void => question?.asked.abort();
  // A question that has been answered is not ended again: it would write to the terminal once more.
  stop.addEventListener('abort', hangUp, { once: true });
  const take = (): PassThrough => {
    if (keyboard !== undefined) return keyboard;
    keyboard = new PassThrough();
    input.setRawMode(true);
    // A terminal that is gone may say so late: that listener stays.
    input.off('error', hangUp).on('error', hangUp).on('data', feed).on('end', hangUp).resume();
    process.on('SIGCONT', comeBack);
    return keyboard;
  };
  const rest = (): void => {
    if (keyboard === undefined) return;
    keyboard = undefined;
    process.off('SIGCONT', comeBack);
    input.off('data', feed).off('end', hangUp).pause();
    if (!input.destroyed) input.setRawMode(false);
  };
  return {
    async ask(put, after) {
      const typed = take();
      const asked = new AbortController();
      const output = new TerminalOutput(terminal);
      question = { asked, output };
      if (stop.aborted) asked.abort();
      input.ref();
      // Readline pauses its input when it ends, by Ctrl-D as by an answer.
      const onPause = (): unknown => setImmediate(() => question?.asked === asked && typed.isPaused() && asked.abort());
      const onResize = (): unknown => output.emit('resize');
      typed.on('pause', onPause);
      terminal.on('resize', onResize);
      try {
        return await put({ keyboard: typed, output, signal: asked.signal });
      } finally {
        typed.off('pause', onPause);
        terminal.off('resize', onResize);
        question = undefined;
        // Whoever forgets to rest does not keep the process.
        input.unref();
        if (after === 'show' || stop.aborted) rest();
      }
    },
    rest,
  };
}
