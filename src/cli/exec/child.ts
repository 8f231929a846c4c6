import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { interrupted, type Outcome, type VerbIo } from '../outcome.ts';
import { watchGroup } from './group.ts';

/** Besides those that end the command line itself, which `io` hands over. */
const ALSO_PASSED = ['SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Runs a command on our stdin, stdout and stderr, and passes signals on to it; what it ends with is what we end with. */
export async function runChild(
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  io: VerbIo,
): Promise<Outcome> {
  // Node would quote the variable, a session perhaps.
  const unfit = Object.keys(env).find((name) => env[name]?.includes('\0'));
  if (unfit !== undefined) return notRun(program, `${unfit} cannot be put into an environment: it holds a NUL`);
  // Where nothing is run, nothing is loaded.
  const { spawn } = await import('node:child_process');
  if (io.signal.aborted) return interrupted;
  const child = spawn(program, args, { env, stdio: 'inherit' });
  const group = watchGroup(spawn);
  let passed = Promise.resolve();
  // What went to all of us, the command has got by itself: two Ctrl-C mean something else to many programs than one.
  const pass = (signal: NodeJS.Signals): void => {
    passed = passed.then(async () => {
      if (!(await group.hasReached(signal))) child.kill(signal);
    });
  };
  const resume = (): boolean => child.kill('SIGCONT');
  const suspend = (signal: NodeJS.Signals): void => {
    // A second stop means nothing to what is stopped.
    child.kill(signal);
    process.off('SIGTSTP', suspend);
    process.kill(process.pid, signal);
    process.on('SIGTSTP', suspend);
  };
  io.handOverSignals(pass);
  for (const signal of ALSO_PASSED) process.on(signal, pass);
  process.on('SIGTSTP', suspend).on('SIGCONT', resume);
  try {
    return await new Promise<Outcome>((resolve) => {
      child.on('error', (error: NodeJS.ErrnoException) => {
        if (child.pid === undefined) resolve(notStarted(program, error));
        // Such as a command that has become another user.
        else io.note(`warning: ${program} could not be sent a signal (${error.code})`);
      });
      child.once('exit', (code, signal) => {
        const exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        resolve({ code: exitCode === 0 ? 'OK' : 'ERR_COMMAND_FAILED', message: '', isPrinted: true, exitCode });
      });
    });
  } finally {
    for (const signal of ALSO_PASSED) process.off(signal, pass);
    process.off('SIGTSTP', suspend).off('SIGCONT', resume);
    await group.end();
  }
}

function notStarted(program: string, { code = 'unknown' }: NodeJS.ErrnoException): Outcome {
  if (code !== 'ENOENT') return notRun(program, code);
  if (program.includes('/') && existsSync(program)) return notRun(program, 'what its first line names is not there');
  return { code: 'ERR_COMMAND_NOT_FOUND', message: `there is no command ${program}` };
}

function notRun(program: string, why: string): Outcome {
  return { code: 'ERR_COMMAND_NOT_RUN', message: `the command ${program} cannot be run (${why})` };
}
