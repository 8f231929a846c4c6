import { readFile, stat } from 'node:fs/promises';
import { CredentialsMissingError } from '../errors.ts';
import { fromCommand } from '../keeper/command.ts';
import type { SecretSource } from './settings/secret-source.ts';

/** The most that a secret may hold. */
const MOST_BYTES = 64 * 1024;

/**
 * Reads a secret from where it is; one line end behind it is taken off.
 * @throws CredentialsMissingError that says what is missing, and nothing of what was found
 */
export async function readSecret(
  source: SecretSource,
  what: string,
  readStdin: () => Promise<string>,
  signal?: AbortSignal,
): Promise<string> {
  const found = (await textOf(source, what, readStdin, signal)).replace(/\r?\n$/, '');
  if (found === '') throw new CredentialsMissingError(`${what} is empty, as read from ${placeOf(source)}`);
  return found;
}

async function textOf(
  source: SecretSource,
  what: string,
  readStdin: () => Promise<string>,
  signal: AbortSignal | undefined,
): Promise<string> {
  switch (source.kind) {
    case 'value':
      return source.value;
    case 'stdin':
      return readStdin();
    case 'command':
      return fromCommand<string>(source.command, { output: 'text' })(signal ? { signal } : {});
    case 'file':
      try {
        const { size } = await stat(source.path);
        if (size <= MOST_BYTES) return await readFile(source.path, 'utf8');
      } catch (error) {
        const { code = 'unknown' }: NodeJS.ErrnoException = Object(error);
        throw new CredentialsMissingError(`${what}: ${source.path} cannot be read (${code})`);
      }
      throw new CredentialsMissingError(`${what}: ${source.path} is larger than ${MOST_BYTES} bytes`);
  }
}

function placeOf(source: SecretSource): string {
  return source.kind === 'file' ? source.path : source.kind === 'command' ? source.command[0] : source.kind;
}
