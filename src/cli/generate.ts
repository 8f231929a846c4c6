import type { Command } from 'commander';
import {
  describeResult,
  type GenerateOptions,
  type GenerateStep,
  generate,
  watchSpecs,
} from '../../scripts/generate/index.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { specFailure } from './spec-failure.ts';

/** Larger specs are announced: they take seconds. */
const LARGE_SPEC_BYTES = 2 ** 20;

interface Flags extends GenerateOptions {
  readonly watch?: true;
  readonly json?: true;
}

/** `latchkey generate`: the code behind `npm run generate`, for the specs of whoever uses the package. */
export function defineGenerate(verb: Command, io: VerbIo): void {
  verb
    .option('--check', 'write nothing; end with 3 when a file is missing, extra or different')
    .option('--specs <path>', 'folder of specs, or one spec (default: "specs")')
    .option('--openapi <file...>', 'OpenAPI documents, whatever their names')
    .option('--wsdl <file...>', 'WSDLs, whatever their names')
    .option('--import-root <folder>', "folder that what WSDLs import must lie in (default: each WSDL's own)")
    .option('--allow-import <origin...>', 'origins that WSDLs may import from, as https://schemas.example.com')
    .option('--config <file>', 'what to generate (default: latchkey.config.json, if it is there and no spec is named)')
    .option('--out <folder>', 'output folder; each system gets a folder in it (default: "generated")')
    .option('--only <system>', 'only this system')
    .option('--command <text>', 'command that the headers of the files tell to run (default: "npm run generate")')
    .option('--watch', 'generate again whenever a spec changes, until Ctrl-C')
    .addHelpText(
      'after',
      `
Specs are *.openapi.yaml, *.openapi.json (OpenAPI 3.0 to 3.2, Swagger 2.0) and *.wsdl (WSDL 1.1). Reading OpenAPI takes
packages that calling a service does not; one that is missing is named, with the command that installs it:
  OpenAPI  openapi-typescript @redocly/openapi-core@1 typescript@5 ajv esbuild yaml
  --watch  chokidar

Examples:
  $ latchkey generate
  $ latchkey generate --check --json
  $ latchkey generate --wsdl billing.wsdl --openapi crm.yaml --out src/generated`,
    )
    .action(async (_: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      io.finish(await (flags.watch ? watched(flags, io) : generated(flags, io)));
    });
}

async function generated({ json, ...options }: Flags, io: VerbIo): Promise<Outcome> {
  const { signal } = io;
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const onProgress = ({ system, spec, bytes }: GenerateStep): void => {
    if (bytes > LARGE_SPEC_BYTES) io.note(`${system}: generating from ${spec} (${(bytes / 2 ** 20).toFixed(1)} MB)`);
  };
  try {
    const result = await Promise.race([generate({ ...options, signal, onProgress }), stopped]);
    if (result === 'stopped') return interrupted;
    const lines = describeResult(result);
    const { ok, out, files, remarks } = result;
    // JSON has them itself.
    if (!json) for (const remark of remarks) io.note(`note: ${remark}`);
    const message = lines.at(-1) ?? '';
    return { code: ok ? 'OK' : 'ERR_DRIFT', message, text: lines.join('\n'), fields: { out, files, remarks } };
  } catch (error) {
    return specFailure(error, 'ERR_GENERATE');
  }
}

async function watched(flags: Flags, io: VerbIo): Promise<Outcome> {
  if (flags.json || flags.check) {
    return {
      code: 'ERR_USAGE',
      message: `--watch goes on and on, so it cannot be combined with --${flags.json ? 'json' : 'check'}`,
    };
  }
  try {
    await watchSpecs({ ...flags, signal: io.signal }, async () => {
      const outcome = await generated(flags, io);
      if (outcome !== interrupted) await io.publish(outcome);
    });
    return interrupted;
  } catch (error) {
    return specFailure(error, 'ERR_GENERATE');
  }
}
