import { type Command, Option } from 'commander';
import { describeRegenerated, type RegenerateResult, regenerate } from '../../scripts/regenerate/index.ts';
import { interrupted, type Outcome, outcomeOf, type VerbIo } from './outcome.ts';
import { specFailure } from './spec-failure.ts';

/** What `--fail-on` may name, as in `latchkey diff`, with the labels of which each is the least. */
const failing: Readonly<Record<string, readonly string[]>> = {
  breaking: ['major'],
  additive: ['major', 'minor'],
  documentation: ['major', 'minor', 'patch'],
  never: [],
};

interface Flags {
  readonly config?: string;
  readonly fetch: boolean;
  readonly fetchOnly?: true;
  readonly branch?: string;
  readonly changelog?: string;
  readonly summary?: string;
  readonly verify: boolean;
  readonly failOn: string;
}

/** `latchkey regenerate`: what a scheduled job does when a vendor's spec has changed, as one command. */
export function defineRegenerate(verb: Command, io: VerbIo): void {
  verb
    .option('--config <file>', 'what to generate (default: latchkey.config.json, if it is there)')
    .option('--no-fetch', 'take the specs as they are on disk')
    .option('--fetch-only', 'take specs from their sources, write them and the lock, and show what changed')
    .option('--branch <name>', 'make a git branch with one commit; nothing is pushed')
    .option('--changelog <file>', 'write the changes under "## [Unreleased]"')
    .option('--summary <file>', 'write what was done as Markdown, for a pull request')
    .addOption(
      new Option(
        '--fail-on <kind>',
        'end with 7 for such a change of a spec, or a worse one; the work is done all the same',
      )
        .choices(Object.keys(failing))
        .default('never'),
    )
    .option('--no-verify', "leave out the configuration's checks")
    .addHelpText(
      'after',
      `
Where specs come from stands in the lock, specs/sources.json unless the configuration names another.

Examples:
  $ latchkey regenerate --changelog CHANGELOG.md
  $ latchkey regenerate --fetch-only
  $ latchkey regenerate --branch latchkey/specs --changelog CHANGELOG.md --fail-on breaking`,
    )
    .action(async (_: unknown, command: Command) => {
      io.finish(await regenerated(command.optsWithGlobals<Flags>(), io));
    });
}

async function regenerated(flags: Flags, io: VerbIo): Promise<Outcome> {
  const { signal } = io;
  const isFetchOnly = flags.fetchOnly === true;
  const unfit = misused(flags);
  if (unfit !== undefined) return { code: 'ERR_USAGE', message: unfit };
  try {
    const { failOn: _, ...options } = flags;
    const result = await regenerate({
      ...options,
      signal,
      onProgress: (what) => io.note(what),
      onOutput: (text) => process.stderr.write(text),
    });
    const lines = describeRegenerated(result, isFetchOnly);
    const message = lines.at(-1) ?? '';
    return { code: codeOf(result, flags.failOn), message, text: lines.join('\n'), fields: fieldsOf(result) };
  } catch (error) {
    if (signal.aborted) return interrupted;
    const { code } = outcomeOf(error);
    // An error of ours without a code is named after what was done.
    return specFailure(error, code === 'ERR_FAILED' ? 'ERR_REGENERATE' : code);
  }
}

function misused({ fetch, fetchOnly, branch, changelog, summary }: Flags): string | undefined {
  if (fetchOnly !== true) return undefined;
  if (!fetch) return '--fetch-only and --no-fetch leave nothing to do';
  const given = Object.entries({ branch, changelog, summary }).find(([, value]) => value !== undefined);
  return given && `--fetch-only generates nothing that --${given[0]} could tell of`;
}

function codeOf({ checks, specs }: RegenerateResult, failOn: Flags['failOn']): string {
  if (checks.some(({ problem }) => problem !== undefined)) return 'ERR_VERIFY';
  const labels = failing[failOn] ?? [];
  return specs.some(({ diff }) => labels.includes(diff?.bump ?? 'none')) ? 'ERR_BREAKING_CHANGE' : 'OK';
}

function fieldsOf(result: RegenerateResult): object {
  const { specs, label, files, isChanged, checks, skippedChecks, changelog, summary, branch } = result;
  return {
    changed: isChanged,
    label,
    specs: specs.map(({ spec, state, diff, skipped, untaken }) => ({
      system: spec.system,
      spec: spec.specFile,
      state,
      bump: diff?.bump ?? (state === 'new' ? 'minor' : 'none'),
      changes: diff?.changes ?? [],
      skipped,
      untaken,
    })),
    files,
    checks: [
      ...checks.map(({ command, problem }) => ({ command, ok: problem === undefined, problem })),
      ...skippedChecks.map((command) => ({ command, ok: null })),
    ],
    changelog,
    summary,
    branch,
  };
}
