import { readFile, stat } from 'node:fs/promises';
import { badArgument } from '../../errors.ts';

/** A name with its value, as `--param` and `--header` take them. */
export type Pair = readonly [name: string, value: string];

/** The most that a body may hold. */
const MOST_BYTES = 64 * 2 ** 20;

/** Takes `name=value` apart. @throws TypeError with code `ERR_USAGE` */
export function paramFrom(text: string): Pair {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw badArgument('ERR_USAGE', '--param is name=value');
}

/** Takes `name=value` or `Name: value` apart. @throws TypeError with code `ERR_USAGE` */
export function headerFrom(text: string): Pair {
  const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+)\s*[=:]\s*(.*)$/s.exec(text) ?? [];
  if (name !== undefined && !/[\r\n\0]/.test(value)) return [name, value.trim()];
  throw badArgument('ERR_USAGE', '--header is name=value, with a name that a header can have, in one line');
}

/**
 * What a flag gives: text, the content of a file (`@path`), or stdin (`@-`).
 * @throws TypeError with code `ERR_USAGE`
 */
export async function contentOf(flag: string, text: string): Promise<string> {
  if (!text.startsWith('@')) return text;
  const path = text.slice(1);
  if (path === '-') return readStdin(flag);
  try {
    const { size } = await stat(path);
    if (size <= MOST_BYTES) return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' }: NodeJS.ErrnoException = Object(error);
    throw badArgument('ERR_USAGE', `${flag}: ${path} cannot be read (${code})`);
  }
  throw badArgument('ERR_USAGE', `${flag}: ${path} is larger than ${MOST_BYTES} bytes`);
}

/** The value of a JSON text. @throws TypeError with code `ERR_USAGE`, which quotes none of it */
export function jsonFrom(flag: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const hint = text.trim() === '' ? 'it is empty' : 'a file is given as @path';
    throw badArgument('ERR_USAGE', `${flag} is no JSON (${hint})`);
  }
}

async function readStdin(flag: string): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin) {
    const bytes = Buffer.from(piece);
    size += bytes.byteLength;
    if (size > MOST_BYTES) throw badArgument('ERR_USAGE', `${flag}: stdin holds more than ${MOST_BYTES} bytes`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces).toString('utf8');
}
