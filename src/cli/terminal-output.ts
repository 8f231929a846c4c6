import { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

const SHOW_CURSOR = '\x1b[?25h';
const HIDE_CURSOR = '\x1b[?25l';

/** What one question writes to the terminal. It can be shown anew after somebody else has written there. */
export class TerminalOutput extends Writable {
  readonly #terminal: WriteStream;
  #written = '';

  constructor(terminal: WriteStream) {
    super({ decodeStrings: false });
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  override _write(text: string, _: BufferEncoding, done: () => void): void {
    this.#written += text;
    this.#terminal.write(text);
    done();
  }

  /** Leaves the terminal to somebody else. */
  leave(): void {
    if (this.#written.lastIndexOf(HIDE_CURSOR) > this.#written.lastIndexOf(SHOW_CURSOR))
      this.#terminal.write(SHOW_CURSOR);
  }

  /** Shows all of it anew, where the cursor is now: it moves the cursor only from where it has left it. */
  showAnew(): void {
    this.#terminal.write(`\r${this.#written}`);
  }
}
