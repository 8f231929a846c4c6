import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import type { Outcome, VerbIo } from '../outcome.ts';

/** Besides those that end the command line itself, which `io` hands over. */
const ALSO_PASSED = ['SIGQUIT', 'SIGUSR2'] as const;

/** Runs a command on our stdin, stdout and stderr, and passes signals on to it; what it ends with is what we end with. */
export async function runChild(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  io: VerbIo,
): Promise<Outcome> {
  // Where nothing is run, nothing is loaded.
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: 'inherit' });
    const pass = (signal: NodeJS.Signals): void => {
      // From a terminal the command has got it as we have: all of the foreground is signalled.
      if ((signal === 'SIGINT' || signal === 'SIGQUIT') && isInForeground()) return;
      child.kill(signal);
    };
    io.handOverSignals(pass);
    for (const signal of ALSO_PASSED) process.on(signal, pass);
    const done = (outcome: Outcome): void => {
      for (const signal of ALSO_PASSED) process.off(signal, pass);
      resolve(outcome);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      if (child.pid !== undefined) return reject(error);
      const { code = 'unknown' } = error;
      const isMissing = code === 'ENOENT';
      done({
        code: isMissing ? 'ERR_COMMAND_NOT_FOUND' : 'ERR_COMMAND_NOT_RUN',
        message: isMissing ? `there is no command ${program}` : `the command ${program} cannot be run (${code})`,
      });
    });
    child.once('exit', (code, signal) => {
      const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
      done({ code: exitCode === 0 ? 'OK' : 'ERR_COMMAND_FAILED', message: '', isPrinted: true, exitCode });
    });
  });
}

/** Whether we are in the foreground of a terminal, whose Ctrl-C goes to all that is there. */
function isInForeground(): boolean {
  try {
    // Behind the name, which may hold anything: state, parent, group, session, terminal, the terminal's foreground group.
    const [, , group, , , foreground] = readFileSync('/proc/self/stat', 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return group === foreground;
  } catch {
    // Not Linux: somebody at a terminal is the likelier sender.
    return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  }
}
