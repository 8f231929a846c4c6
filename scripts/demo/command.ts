import { parseArgs, styleText } from 'node:util';
import { InterruptedError } from './children.ts';
import { complaintsAbout, tableOf } from './report.ts';
import { type DemoResult, runDemo } from './run.ts';

const LONGEST_MS = 20_000;
const exitCodes = { OK: 0, ERR_DEMO: 1, ERR_USAGE: 2, ERR_INTERRUPTED: 130 } as const;

const help = `Usage: npm run demo -- [options]

Logs in to every system on a sandbox of its own, with a program that is started again and again: the session is kept from
one process to the next, begun anew when the service has ended it, and a wrong password is not sent twice.

  --json   print one JSON document
  --help   print this

Exit codes: 0 every system did as promised, 1 one did not, 2 usage, 130 interrupted.
`;

/** What `--json` prints. */
interface Outcome {
  readonly ok: boolean;
  readonly code: keyof typeof exitCodes;
  readonly message: string;
  readonly results: readonly DemoResult[];
}

async function demonstrate(entry: string): Promise<Outcome> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort(new InterruptedError('The demo was interrupted'));
  const deadline = setTimeout(() => {
    controller.abort(new Error(`The demo was not done within ${LONGEST_MS / 1000} s`));
  }, LONGEST_MS);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  try {
    const results = await runDemo(entry, (line) => process.stderr.write(`${line}\n`), controller.signal);
    const complaints = results.flatMap(({ row }) => complaintsAbout(row));
    if (complaints.length > 0) return { ok: false, code: 'ERR_DEMO', message: complaints.join('\n'), results };
    const message = `All ${results.length} systems did as promised.`;
    return { ok: true, code: 'OK', message, results };
  } catch (error) {
    const code = error instanceof InterruptedError ? 'ERR_INTERRUPTED' : 'ERR_DEMO';
    return { ok: false, code, message: error instanceof Error ? error.message : String(error), results: [] };
  } finally {
    clearTimeout(deadline);
  }
}

function print({ ok, code, message, results }: Outcome, asJson: boolean): void {
  if (asJson) {
    const systems = results.map(({ row }) => row);
    process.stdout.write(`${JSON.stringify({ ok, code, message, systems }, null, 2)}\n`);
    return;
  }
  if (results.length > 0) process.stdout.write(`\n${tableOf(results)}\n`);
  const stream = ok ? process.stdout : process.stderr;
  stream.write(`${colour(stream, ok ? 'green' : 'red', message)}\n`);
}

function colour(stream: NodeJS.WriteStream, name: 'green' | 'red', text: string): string {
  return stream.isTTY && !process.env.NO_COLOR && process.env.TERM !== 'dumb' ? styleText(name, text) : text;
}

function usage(args: readonly string[]): { readonly json?: boolean; readonly help?: boolean; readonly wrong?: string } {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    return { json: args.includes('--json'), wrong: `${error instanceof Error ? error.message : error}\n\n${help}` };
  }
}

/**
 * Runs the demo as its command line says.
 * @param entry the file that children run
 */
export async function demoCommand(entry: string, args: readonly string[]): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // Whoever was reading has stopped; the demo still cleans up behind itself.
      if (error.code !== 'EPIPE') throw error;
    });
  }
  const { json = false, help: asksForHelp, wrong } = usage(args);
  const outcome: Outcome = wrong
    ? { ok: false, code: 'ERR_USAGE', message: wrong, results: [] }
    : asksForHelp
      ? { ok: true, code: 'OK', message: help, results: [] }
      : await demonstrate(entry);
  process.exitCode = exitCodes[outcome.code];
  print(outcome, json);
}
