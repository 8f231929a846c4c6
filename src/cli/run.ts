import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { fitted } from './help-text.ts';
import { envelopeOf, interrupted, type Outcome, outcomeOf, type VerbIo } from './outcome.ts';
import { buildProgram, verbIn } from './program.ts';
import { verbs } from './verbs.ts';

/** How long a verb may take to end after Ctrl-C. */
const LONGEST_END_MS = 2000;

/** Runs one command line and prints what comes of it: the result on stdout, everything else on stderr. */
export async function runCli(args: readonly string[]): Promise<number> {
  tolerateClosedPipes();
  // What stands behind the dashes is another command's.
  const dashes = args.indexOf('--');
  const ours = dashes < 0 ? args : args.slice(0, dashes);
  const isJson = ours.includes('--json');
  const interrupt = new AbortController();
  let takesSignals: ((signal: NodeJS.Signals) => void) | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (takesSignals !== undefined) return takesSignals(signal);
      if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
      interrupt.abort();
      setTimeout(() => void print(interrupted).then(() => process.exit(exitCodes.interrupted)), LONGEST_END_MS).unref();
    });
  }

  let isPublished = false;
  let outcome: Outcome = { code: 'OK', message: '' };
  const print = async (printed: Outcome): Promise<void> => {
    const { code, message, text = message } = printed;
    if (isJson && !isPublished) await write(process.stdout, `${JSON.stringify(envelopeOf(printed), null, 2)}\n`);
    else if (code === 'OK') await write(process.stdout, `${text}\n`);
    else await write(process.stderr, `${withoutControls(text)}\n`);
  };
  const io: VerbIo = {
    signal: interrupt.signal,
    behindDashes: dashes < 0 ? undefined : args.slice(dashes + 1),
    handOverSignals(to) {
      takesSignals = to;
    },
    async publish(early) {
      await print(early);
      isPublished = true;
    },
    note: (text) => process.stderr.write(`${withoutControls(text)}\n`),
    finish(last) {
      outcome = last;
    },
  };

  let shown = '';
  const show = (text: string): void => {
    shown += text;
  };
  try {
    const isVersion = ours.includes('--version') || ours.includes('-V');
    const program = await buildProgram({ io, show, isVersion, only: verbIn(ours) });
    await Promise.race([program.parseAsync(asOption(args, ours), { from: 'user' }), nothingLeft()]);
  } catch (error) {
    // What was being done says only that it was stopped, each part in its own words.
    if (interrupt.signal.aborted) outcome = interrupted;
    else if (!(error instanceof CommanderError)) outcome = outcomeOf(error);
    else outcome = outcomeOfParsing(error, shown, await hintFor(error, verbIn(ours).verb ?? '', io));
  }
  if (!outcome.isPrinted) await print(outcome);
  return outcome.exitCode ?? exitCodeOf(outcome.code);
}

/** Node ends a process that has nothing left to wait for, with 0: a request whose connection is closed at once can be such a nothing. */
function nothingLeft(): Promise<never> {
  return new Promise((_, reject) => {
    const why = 'it ended in the middle: there was nothing left to wait for. A service may have closed the connection';
    process.once('beforeExit', () => reject(new Error(why)));
  });
}

/** Of `help auth login`, commander itself would see the first word only. */
function asOption(args: readonly string[], ours: readonly string[]): readonly string[] {
  const [first, ...words] = ours.filter((arg) => !arg.startsWith('-'));
  if (first !== 'help' || words.length < 2 || !verbs.some(({ name }) => name === words[0])) return args;
  return [...words, ...ours.filter((arg) => arg.startsWith('-')), '--help'];
}

/** What somebody may have meant with a first word that is no verb, in a line of its own. */
async function hintFor({ code }: CommanderError, word: string, io: VerbIo): Promise<string> {
  if (code !== 'commander.unknownCommand' || verbs.some(({ name }) => name === word)) return '';
  const { meantBy } = await import('./unknown-verb.ts');
  const meant = meantBy(word, io);
  return meant === undefined ? '' : `\n(Did you mean ${meant}?)`;
}

/** Help and version come as exceptions too, with exit code 0. */
function outcomeOfParsing(error: CommanderError, shown: string, hint: string): Outcome {
  const isHelpText = error.exitCode === 0 || error.code === 'commander.help';
  const { isTTY, columns } = process.stdout;
  const text = withoutValue((isHelpText ? fitted(shown, isTTY ? columns : undefined) : shown).trimEnd()) + hint;
  if (error.exitCode === 0) return { code: 'OK', message: text };
  const isHelp = error.code === 'commander.help';
  return {
    code: 'ERR_USAGE',
    message: isHelp ? 'A verb is missing' : withoutValue(error.message.replace(/^error: /, '')) + hint,
    text,
  };
}

/** Who tries `--password=…` has no use for seeing it once more, in a log perhaps. */
function withoutValue(complaint: string): string {
  return complaint.replace(/(unknown option '-[^=']*)=[\s\S]*'(?=\n|$)/, "$1=…'");
}

/** What a service says is quoted in messages, and must not steer the terminal. Results stay as they are. */
function withoutControls(text: string): string {
  return text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd');
}

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
}

/** Whoever was reading may stop at any time, as `head` does, and a terminal may go away. */
function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    });
  }
}
