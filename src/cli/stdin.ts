import { addAbortSignal, type Readable } from 'node:stream';
import { badArgument } from '../errors.ts';

/** What stdin is read for. */
export interface StdinUse {
  /** What it is for, as a message begins. */
  readonly what: string;
  /** Code of the error for what is too much, or no text. */
  readonly code: string;
  readonly mostBytes: number;
  /** Ends the reading: whoever writes may never come to an end. */
  readonly signal: AbortSignal;
  /** @default process.stdin */
  readonly input?: Readable;
}

/**
 * Reads stdin to its end.
 * @throws TypeError with the code for more than there may be, and for bytes that are no UTF-8; quotes none of it
 */
export async function readStdin({ what, code, mostBytes, signal, input = process.stdin }: StdinUse): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of addAbortSignal(signal, input)) {
    const bytes = Buffer.from(piece);
    size += bytes.byteLength;
    if (size > mostBytes) throw badArgument(code, `${what}: stdin holds more than ${mostBytes} bytes`);
    pieces.push(bytes);
  }
  return textIn(Buffer.concat(pieces), `${what}: stdin`, code);
}

/** The text in UTF-8 that bytes are, without the mark that some programs begin one with. @throws TypeError with the code where they are none */
export function textIn(bytes: Uint8Array, what: string, code: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badArgument(code, `${what} is no text in UTF-8`);
  }
}
