import { readFile, stat } from 'node:fs/promises';
import { badArgument } from '../../errors.ts';
import { readStdin, textIn } from '../stdin.ts';

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

/** What a flag gives. */
export interface Content {
  readonly text: string;
  /** Where it was, as messages call it: the flag, or a file that it names. */
  readonly from: string;
  readonly isInline: boolean;
}

/**
 * What a flag gives: text, the content of a file (`@path`), or stdin (`@-`).
 * @throws TypeError with code `ERR_USAGE`
 */
export async function contentOf(flag: string, given: string, signal: AbortSignal): Promise<Content> {
  if (!given.startsWith('@')) return { text: given, from: flag, isInline: true };
  const path = given.slice(1);
  const from = `${flag}: ${path}`;
  if (path === '-') {
    const text = await readStdin({ what: flag, code: 'ERR_USAGE', mostBytes: MOST_BYTES, signal });
    return { text, from: `${flag}: stdin`, isInline: false };
  }
  return { text: textIn(await bytesOf(path, from), from, 'ERR_USAGE'), from, isInline: false };
}

async function bytesOf(path: string, from: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size <= MOST_BYTES) return await readFile(path);
  } catch (error) {
    const { code = 'unknown' }: NodeJS.ErrnoException = Object(error);
    throw badArgument('ERR_USAGE', `${from} cannot be read (${code})`);
  }
  throw badArgument('ERR_USAGE', `${from} is larger than ${MOST_BYTES} bytes`);
}

/** The value of a JSON text. @throws TypeError with code `ERR_USAGE`, which quotes none of it */
export function jsonFrom({ text, from, isInline }: Content): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const hint = text.trim() === '' ? ' (it is empty)' : isInline ? ' (a file is given as @path)' : '';
    throw badArgument('ERR_USAGE', `${from} is no JSON${hint}`);
  }
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
