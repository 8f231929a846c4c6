import { reasonOf } from '../generate/spec-error.ts';
import { commandLine, runCommand } from './run-command.ts';

/** One command that was run. */
export interface Check {
  readonly command: readonly string[];
  /** Why it failed, in words; absent if it did not. */
  readonly problem?: string;
}

/** Tests of a large project take their time. */
const LONGEST_CHECK_MS = 2 * 60 * 60 * 1000;

/** Runs commands one after the other, until one fails. @throws what the signal was fired with */
export async function runChecks(
  commands: readonly (readonly string[])[],
  folder: string,
  {
    signal,
    onProgress,
    onOutput = () => {},
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly onProgress?: ((what: string) => void) | undefined;
    readonly onOutput?: ((text: string) => void) | undefined;
  },
): Promise<{ readonly checks: readonly Check[]; readonly skippedChecks: readonly (readonly string[])[] }> {
  const checks: Check[] = [];
  for (const [index, command] of commands.entries()) {
    onProgress?.(`running ${commandLine(command)}`);
    const problem = await problemOf(command, folder, signal, onOutput);
    if (problem === undefined) {
      checks.push({ command });
      continue;
    }
    return { checks: [...checks, { command, problem }], skippedChecks: commands.slice(index + 1) };
  }
  return { checks, skippedChecks: [] };
}

async function problemOf(
  command: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
  onOutput: (text: string) => void,
): Promise<string | undefined> {
  try {
    const { code, ended } = await runCommand(command, { cwd, signal, onOutput, timeoutMs: LONGEST_CHECK_MS });
    signal?.throwIfAborted();
    if (ended !== undefined) return `it ${ended}`;
    return code === 0 ? undefined : `it ended with ${code}`;
  } catch (error) {
    signal?.throwIfAborted();
    return `it could not be started: ${reasonOf(error)}`;
  }
}
