import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { reasonOf } from '../generate/spec-error.ts';
import type { SpecFile } from '../generate/spec-files.ts';
import { FetchError } from './fetch-error.ts';
import { fetchUrl } from './fetch-url.ts';
import type { Source } from './lock-entry.ts';
import { commandLine, runCommand } from './run-command.ts';

/** Where things are, and what ends the work. */
export interface FetchContext {
  /** Paths of sources count from here. */
  readonly lockFolder: string;
  /** Commands run here. */
  readonly commandFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/** The largest spec that is taken. */
const MOST_BYTES = 64 * 1024 * 1024;
const FETCH_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 120_000;

/**
 * Takes a spec from its source, and looks at it: text in UTF-8, no web page, XML for a WSDL and none for OpenAPI. What a server calls it
 * is not asked.
 * @throws FetchError that names the spec and its source
 */
export async function fetchSpec(
  { kind, specFile }: Pick<SpecFile, 'kind' | 'specFile'>,
  source: Exclude<Source, null>,
  context: FetchContext,
): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await bytesOf(source, context);
  } catch (error) {
    if (!(error instanceof FetchError)) throw error;
    throw new FetchError(`${specFile}: ${error.message}`, {
      cause: error.cause,
      isPassing: error.code === 'ERR_SERVICE_UNREACHABLE',
    });
  }
  const problem = problemWith(kind, bytes);
  if (problem !== undefined) throw new FetchError(`${specFile}: ${nameOf(source)} gave ${problem}`);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function nameOf(source: Exclude<Source, null>): string {
  if (typeof source === 'object') return `the command ${commandLine(source.command)}`;
  return isUrl(source) ? source.replace(/[?#].*$/s, '') : source;
}

/** A drive letter is no scheme. */
function isUrl(source: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(source);
}

async function bytesOf(source: Exclude<Source, null>, context: FetchContext): Promise<Uint8Array> {
  if (typeof source === 'object') return outputOf(source.command, context);
  if (isUrl(source)) return fetchUrl(source, { mostBytes: MOST_BYTES, timeoutMs: FETCH_TIMEOUT_MS }, context.signal);
  try {
    const path = resolve(context.lockFolder, source);
    const { size, ...found } = await stat(path).then((stats) => ({ size: stats.size, isFile: stats.isFile() }));
    // A pipe or a device could be read for ever.
    if (!found.isFile) throw new FetchError(`${source} is not a file`);
    if (size > MOST_BYTES) throw new FetchError(`${source} has more than ${MOST_BYTES} bytes`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof FetchError) throw error;
    throw new FetchError(`${source} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

async function outputOf(command: readonly string[], { commandFolder, signal }: FetchContext): Promise<Uint8Array> {
  const name = commandLine(command);
  const limits = { timeoutMs: COMMAND_TIMEOUT_MS, mostBytes: MOST_BYTES };
  const { code, stdout, ended } = await runCommand(command, { cwd: commandFolder, signal, ...limits }).catch(
    (error: unknown) => {
      signal?.throwIfAborted();
      throw new FetchError(`the command ${name} could not be started: ${reasonOf(error)}`, { cause: error });
    },
  );
  signal?.throwIfAborted();
  if (ended !== undefined) throw new FetchError(`the command ${name} ${ended}`);
  if (code !== 0) throw new FetchError(`the command ${name} ended with ${code}`);
  return stdout;
}

function problemWith(kind: SpecFile['kind'], bytes: Uint8Array): string | undefined {
  if ((bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe)) {
    return 'text in UTF-16; UTF-8 is read';
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return 'something that is not UTF-8 text';
  }
  const start = text
    .slice(0, 65_536)
    .replace(/^(?:\s|<!--[\s\S]*?-->|<\?xml[\s\S]*?\?>)+/, '')
    .slice(0, 200);
  if (start === '') return 'nothing';
  if (/^<(?:!doctype\s+html|html|head|body)\b/i.test(start)) return 'a web page (HTML), not a spec';
  if (kind === 'wsdl') return start.startsWith('<') ? undefined : 'something that is not XML';
  return start.startsWith('<') ? 'XML, not an OpenAPI document' : undefined;
}
