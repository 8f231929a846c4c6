import { parseArgs } from 'node:util';
import { describeResult, type GenerateResult, generate, SpecError, UsageError } from './index.ts';
import { reasonOf } from './spec-error.ts';

const help = `Usage: npm run generate -- [options]

Generates types, operation facts and validators from the specs.

  --check          write nothing; fail when a file is missing, extra or different
  --specs PATH     folder of specs, or one spec (default: specs)
  --out DIR        output folder (default: generated)
  --only SYSTEM    only this system
  --json           print one JSON document
  --help           print this

Exit codes: 0 ok, 1 failure, 2 usage, 3 drift.
`;

const exitCodes = { OK: 0, ERR_SPEC: 1, ERR_GENERATE: 1, ERR_USAGE: 2, ERR_DRIFT: 3 } as const;

/** What `--json` prints; `code` says what the exit code says, in a word. */
interface Report extends Partial<Pick<GenerateResult, 'files'>> {
  readonly ok: boolean;
  readonly code: keyof typeof exitCodes;
  readonly message: string;
  readonly lines: readonly string[];
}

async function run(options: ReturnType<typeof readOptions>): Promise<Report> {
  const result = await generate(options);
  const lines = describeResult(result);
  const message = lines.at(-1) ?? '';
  return { ok: result.ok, code: result.ok ? 'OK' : 'ERR_DRIFT', message, lines, files: result.files };
}

function failure(error: unknown): Report {
  const message = reasonOf(error);
  const code = error instanceof SpecError ? 'ERR_SPEC' : error instanceof UsageError ? 'ERR_USAGE' : 'ERR_GENERATE';
  return { ok: false, code, message, lines: [message] };
}

function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const options = { check: flag, specs: text, out: text, only: text, json: flag, help: flag };
    return parseArgs({ args: [...args], options, strict: true }).values;
  } catch (error) {
    throw new UsageError(`${reasonOf(error)}\n\n${help}`, { cause: error });
  }
}

async function main(args: readonly string[]): Promise<Report> {
  try {
    const options = readOptions(args);
    if (options.help === true) return { ok: true, code: 'OK', message: help, lines: [help] };
    return await run(options);
  } catch (error) {
    return failure(error);
  }
}

const args = process.argv.slice(2);
const { lines, ...report } = await main(args);
if (args.includes('--json')) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
else (report.ok ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
process.exitCode = exitCodes[report.code];
