import type { Command } from 'commander';
import { describeResult, type GenerateOptions, generate, SpecError, UsageError } from '../../scripts/generate/index.ts';
import { interrupted, type Outcome, outcomeOf, type VerbIo } from './outcome.ts';

/** `latchkey generate`: the code behind `npm run generate`, for the specs of whoever uses the package. */
export function defineGenerate(verb: Command, io: VerbIo): void {
  verb
    .option('--check', 'write nothing; end with 3 when a file is missing, extra or different')
    .option('--specs <path>', 'folder of specs, or one spec', 'specs')
    .option('--out <folder>', 'output folder; each system gets a folder in it', 'generated')
    .option('--only <system>', 'only this system')
    .option('--command <text>', "command that the files' headers tell to run", 'npm run generate')
    .addHelpText(
      'after',
      `
Specs are *.openapi.yaml, *.openapi.json (OpenAPI 3.1) and *.wsdl (WSDL 1.1). Reading them takes packages that calling a
service does not; one that is missing is named, with the command that installs it:
  OpenAPI  openapi-typescript @redocly/openapi-core typescript ajv esbuild yaml
  WSDL     soap

Examples:
  $ latchkey generate
  $ latchkey generate --check --json
  $ latchkey generate --specs billing.wsdl --out src/generated`,
    )
    .action(async (options: GenerateOptions) => io.finish(await generated(options, io.signal)));
}

async function generated(options: GenerateOptions, signal: AbortSignal): Promise<Outcome> {
  const stopped = new Promise<'stopped'>((resolve) => {
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  try {
    const result = await Promise.race([generate(options), stopped]);
    if (result === 'stopped') return interrupted;
    const lines = describeResult(result);
    const { ok, out, files } = result;
    const message = lines.at(-1) ?? '';
    return { code: ok ? 'OK' : 'ERR_DRIFT', message, text: lines.join('\n'), fields: { out, files } };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): Outcome {
  const { code, message } = outcomeOf(error);
  if (error instanceof SpecError) {
    const { file, line, column, place } = error;
    return { code: 'ERR_SPEC', message, fields: { file, line, column, place } };
  }
  if (error instanceof UsageError) return { code, message };
  return { code: isMissingPackage(error) ? 'ERR_MISSING_PACKAGE' : 'ERR_GENERATE', message };
}

/** Whether it came of a package that only generating needs; the message names it and how to install it. */
function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && outcomeOf(error.cause).code === 'ERR_MODULE_NOT_FOUND';
}
