import { CommanderError } from 'commander';
import { type ExitCode, exitCodeOf, exitCodes } from './exit-codes.ts';
import { envelopeOf, type Outcome, outcomeOf, type VerbIo } from './outcome.ts';
import { buildProgram, verbIn } from './program.ts';

/** How long a verb may take to end after Ctrl-C. */
const LONGEST_END_MS = 2000;

/** Runs one command line and prints what comes of it: the result on stdout, everything else on stderr. */
export async function runCli(args: readonly string[]): Promise<ExitCode> {
  tolerateClosedPipes();
  const isJson = args.includes('--json');
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
      interrupt.abort();
      setTimeout(() => process.exit(exitCodes.interrupted), LONGEST_END_MS).unref();
    });
  }

  let isPublished = false;
  let outcome: Outcome = { code: 'OK', message: '' };
  const print = async (printed: Outcome): Promise<void> => {
    const { code, message, text = message } = printed;
    if (isJson && !isPublished) await write(process.stdout, `${JSON.stringify(envelopeOf(printed), null, 2)}\n`);
    else await write(code === 'OK' ? process.stdout : process.stderr, `${text}\n`);
  };
  const io: VerbIo = {
    signal: interrupt.signal,
    async publish(early) {
      await print(early);
      isPublished = true;
    },
    note: (text) => process.stderr.write(`${text}\n`),
    finish(last) {
      outcome = last;
    },
  };

  let shown = '';
  const show = (text: string): void => {
    shown += text;
  };
  try {
    const isVersion = args.includes('--version');
    const program = await buildProgram({ io, show, isVersion, only: verbIn(args) });
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    outcome = error instanceof CommanderError ? outcomeOfParsing(error, shown) : outcomeOf(error);
  }
  await print(outcome);
  return exitCodeOf(outcome.code);
}

/** Help and version come as exceptions too, with exit code 0. */
function outcomeOfParsing(error: CommanderError, shown: string): Outcome {
  const text = shown.trimEnd();
  if (error.exitCode === 0) return { code: 'OK', message: text };
  const isHelp = error.code === 'commander.help';
  return { code: 'ERR_USAGE', message: isHelp ? 'A verb is missing' : error.message.replace(/^error: /, ''), text };
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
}

/** Whoever was reading may stop at any time, as `head` does. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
