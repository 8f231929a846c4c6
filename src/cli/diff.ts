import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import {
  type ChangeKind,
  diffSpecs,
  renderMarkdown,
  renderTable,
  type SpecDiff,
  type SpecInput,
  summarize,
} from '../../scripts/diff/index.ts';
import { SpecError, UsageError } from '../../scripts/generate/index.ts';
import { reasonOf } from '../../scripts/generate/spec-error.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { specFailure } from './spec-failure.ts';

/** What `--fail-on` takes, with the kinds of changes that then fail. */
const FAILING = {
  breaking: ['breaking-callers', 'breaking-readers'],
  additive: ['breaking-callers', 'breaking-readers', 'additive'],
  documentation: ['breaking-callers', 'breaking-readers', 'additive', 'documentation'],
  never: [],
} as const satisfies Record<string, readonly ChangeKind[]>;

interface Flags {
  readonly failOn: keyof typeof FAILING;
  readonly markdown?: true;
  readonly json?: true;
}

/** `latchkey diff`: what a change of a spec does to those who use it. */
export function defineDiff(verb: Command, io: VerbIo): void {
  verb
    .argument('<old>', 'OpenAPI document or WSDL as it was')
    .argument('<new>', 'the same as it is now')
    .addOption(
      new Option('--fail-on <kind>', 'end with 7 for such a change, or a worse one')
        .choices(Object.keys(FAILING))
        .default('breaking'),
    )
    .option('--markdown', 'print Markdown, such as for a pull request')
    .addHelpText(
      'after',
      `
OpenAPI 3.x and Swagger 2.0 as YAML or JSON, and WSDL 1.1 with its schemas; OpenAPI 3.x and WSDL with the files beside them that they
refer to. Nothing is fetched. Ends with 0 without a breaking change, with 7 for one, and with 1 when the specs cannot be compared.
Reading OpenAPI takes the package js-yaml, Swagger 2.0 swagger2openapi besides.

Examples:
  $ latchkey diff old.yaml new.yaml
  $ latchkey diff old.wsdl new.wsdl --markdown > changes.md
  $ latchkey diff old.yaml new.yaml --fail-on never --json`,
    )
    .action(async (old: string, next: string, _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const compared = await compare(old, next, io.signal);
      if ('code' in compared) return io.finish(compared);
      const failing: readonly ChangeKind[] = FAILING[flags.failOn];
      const fails = compared.changes.some(({ kind }) => failing.includes(kind));
      const outcome: Outcome = {
        code: fails ? 'ERR_BREAKING_CHANGE' : 'OK',
        message: summarize(compared),
        fields: { old, new: next, ...compared },
      };
      const text = flags.markdown ? renderMarkdown(compared).trimEnd() : renderTable(compared);
      // The changes are the result, whatever they come to; only the verdict is an error.
      if (fails && !flags.json) await io.publish({ code: 'OK', message: outcome.message, text });
      io.finish(fails ? outcome : { ...outcome, text });
    });
}

async function compare(old: string, next: string, signal: AbortSignal): Promise<SpecDiff | Outcome> {
  const stopped = new Promise<Outcome>((resolve) => {
    if (signal.aborted) resolve(interrupted);
    signal.addEventListener('abort', () => resolve(interrupted), { once: true });
  });
  try {
    const specs = { old: await read(old), new: await read(next) };
    return await Promise.race([diffSpecs(specs), stopped]);
  } catch (error) {
    return specFailure(error, 'ERR_DIFF');
  }
}

async function read(file: string): Promise<SpecInput> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageError(`cannot read ${file}: ${whyUnread(error)}`, { cause: error });
  });
  try {
    return { file, path: file, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    throw new SpecError('not UTF-8 text', { file }, { cause: error });
  }
}

function whyUnread(error: unknown): string {
  const code: unknown = Object(error).code;
  if (code === 'ENOENT') return 'there is no such file';
  return code === 'EISDIR' ? 'it is a folder' : reasonOf(error);
}
