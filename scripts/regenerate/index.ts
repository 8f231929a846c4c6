import { resolve } from 'node:path';
import { readToolVersion } from '../generate/header.ts';
import { type ComparedFile, prepare } from '../generate/index.ts';
import { type Inputs, settleInputs } from '../generate/inputs.ts';
import { asMissingPackage } from '../generate/missing-package.ts';
import type { SpecFile } from '../generate/spec-files.ts';
import { UsageError } from '../generate/usage-error.ts';
import { commitBranch, planBranch } from './branch.ts';
import { changelogLines, editChangelog, largestBump } from './changelog.ts';
import { runChecks } from './checks.ts';
import { areIgnored } from './git.ts';
import { entryFor, fileInLock, type Lock, type LockEditor, loadLockEditor, readLock, sha256Of } from './lock.ts';
import type { LockEntry } from './lock-entry.ts';
import type { RegenerateResult } from './result.ts';
import { type NewsContext, newsOf, type SpecNews } from './spec-news.ts';
import { summaryOf } from './summary.ts';
import { readIfThere, writeWhole } from './write-file.ts';

export { describeRegenerated } from './describe.ts';
export type { RegenerateResult } from './result.ts';

/** What to regenerate, and how far to go. */
export interface RegenerateOptions {
  /** Configuration. @default `latchkey.config.json`, if it is there */
  readonly config?: string | undefined;
  /** Whether specs are taken from their sources. @default true */
  readonly fetch?: boolean | undefined;
  /** Only take specs from their sources and compare; nothing is generated. @default false */
  readonly fetchOnly?: boolean | undefined;
  /** Name of a branch to make, with one commit. */
  readonly branch?: string | undefined;
  /** Changelog to write the changes into. */
  readonly changelog?: string | undefined;
  /** File to write a summary to, as Markdown. */
  readonly summary?: string | undefined;
  /** Whether the checks of the configuration are run. @default true */
  readonly verify?: boolean | undefined;
  /** Ends the work. Once files are being written, it goes on until they are. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((what: string) => void) | undefined;
  /** What the checks print. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Today, YYYY-MM-DD. @default the day in UTC */
  readonly today?: string | undefined;
}

/**
 * Takes specs from their sources, compares them with what they were, generates, runs the checks of the configuration, and tells of it in
 * changelog, summary and branch. Nothing is written before everything has been generated in memory; files are replaced in one step each.
 * @throws FetchError, SpecError, UsageError; specs, lock and output are as they were then
 */
export async function regenerate(options: RegenerateOptions = {}): Promise<RegenerateResult> {
  const {
    config,
    branch,
    changelog,
    summary,
    signal,
    fetchOnly = false,
    today = new Date().toISOString().slice(0, 10),
  } = options;
  const inputs = await settleInputs({ config });
  const lock = await readLock(inputs.lock);
  const editLock = await loadLockEditor();
  refuseStrangers(lock, inputs);
  // What cannot be read now could not be written at the end of the work.
  for (const file of [changelog, summary]) if (file !== undefined) await readIfThere(file);
  const firsts = options.fetch === false ? [] : takenFirst(lock, inputs);
  const clean = [inputs.out, ...(changelog === undefined ? [] : [changelog]), ...firsts];
  const edited = writtenByHand(inputs);
  const plan = branch === undefined ? undefined : await planBranch(inputs.folder, branch, { clean, edited }, signal);
  const wanted = inputs.found.files.filter(({ path }) => !fetchOnly || hasSource(lock, path));
  const specs = await allNews(wanted, lock, inputs.folder, options);
  const generator = readToolVersion();
  const entries = changedEntries(lock, specs, today, fetchOnly ? undefined : generator);
  const none = { specs, checks: [], skippedChecks: [], changelog: undefined, summary: undefined, branch: undefined };
  const bumps = specs.map(({ state, diff }) => diff?.bump ?? (state === 'new' ? 'minor' : 'none'));
  if (fetchOnly) {
    signal?.throwIfAborted();
    await writeSpecs(lock, specs, entries, editLock);
    const isChanged = entries.length > 0 || specs.some(({ isToWrite }) => isToWrite);
    return { ...none, label: largestBump(bumps), files: [], isChanged };
  }
  options.onProgress?.('generating');
  const texts = new Map(specs.map(({ spec, text }) => [spec.path, text]));
  const prepared = await prepare({ config, texts, signal });
  for (const remark of prepared.result.remarks) options.onProgress?.(`note: ${remark}`);
  const files = prepared.result.files.filter(({ state }) => state !== 'same');
  const isChanged =
    files.length > 0 || entries.length > 0 || specs.some(({ state, isToWrite }) => state !== 'same' || isToWrite);
  // Files that are made anew in each checkout are no news.
  const isUntold = await areIgnored(inputs.folder, filesIn(inputs.out, files), signal);
  const label = largestBump([...bumps, files.length > 0 && !isUntold ? 'patch' : 'none']);
  let result: RegenerateResult = { ...none, label, files, isChanged };
  if (isChanged) {
    signal?.throwIfAborted();
    await prepared.apply();
    await writeSpecs(lock, specs, entries, editLock);
    result = { ...result, ...(await runChecks(options.verify === false ? [] : inputs.verify, inputs.folder, options)) };
    if (options.verify === false) result = { ...result, skippedChecks: inputs.verify };
    result = await tell(result, options, generator);
  }
  if (summary !== undefined) {
    await writeWhole(summary, isChanged ? summaryOf(result) : 'Nothing changed.\n');
    result = { ...result, summary };
  }
  if (plan === undefined || !isChanged || result.checks.some(({ problem }) => problem !== undefined)) return result;
  const parts = specs.flatMap((news) => news.parts);
  const commit = await commitBranch(
    plan,
    { clean, edited: [...edited, ...parts] },
    messageOf(result, generator),
    signal,
  );
  if (commit !== undefined) return { ...result, branch: { name: plan.name, commit } };
  options.onProgress?.(`no branch ${plan.name}: git ignores all that was written`);
  return result;
}

/** Inputs of the work: a branch without what was edited in them would not give what it holds. */
function writtenByHand({ configFile, lock, found }: Inputs): string[] {
  const config = configFile === undefined ? [] : [configFile];
  return [...new Set([...config, lock, ...found.files.flatMap(({ path, overlays = [] }) => [path, ...overlays])])];
}

function filesIn(out: string, files: readonly ComparedFile[]): string[] {
  return files.map(({ file }) => resolve(out, file));
}

/** A spec that only the lock knows would be left out without a word. */
function refuseStrangers(lock: Lock, { found }: Inputs): void {
  const known = new Set(found.files.map(({ path }) => fileInLock(lock, path)));
  const stranger = lock.entries.find(({ file }) => !known.has(file));
  if (stranger === undefined) return;
  throw new UsageError(
    `${lock.name} has ${stranger.file}, which is none of the specs to generate from: take it out, or name it in the configuration`,
  );
}

/** Specs that have not been taken from their sources yet: only then is it not known whether they were edited since. */
function takenFirst(lock: Lock, { found }: Inputs): string[] {
  const paths = found.files.map(({ path }) => path);
  return paths.filter((path) => hasSource(lock, path) && entryFor(lock, path)?.sha256 === undefined);
}

function hasSource(lock: Lock, path: string): boolean {
  return (entryFor(lock, path)?.source ?? null) !== null;
}

async function allNews(
  wanted: readonly SpecFile[],
  lock: Lock,
  commandFolder: string,
  options: RegenerateOptions,
): Promise<SpecNews[]> {
  const { fetch = true, signal, onProgress } = options;
  const context: NewsContext = {
    lockFolder: lock.folder,
    commandFolder,
    isFetching: fetch,
    taken: new Map(),
    signal,
    onProgress,
  };
  const news: SpecNews[] = [];
  for (const spec of wanted) {
    signal?.throwIfAborted();
    news.push(
      await newsOf(spec, entryFor(lock, spec.path), context).catch((error: unknown) => {
        throw asMissingPackage(error, 'regenerating') ?? error;
      }),
    );
  }
  return news;
}

/** What the lock has to say now that is new: one entry a file, of however many systems it is the spec. */
function changedEntries(
  lock: Lock,
  specs: readonly SpecNews[],
  today: string,
  generator: string | undefined,
): LockEntry[] {
  const changed = specs.flatMap((news) => changedEntry(lock, news, today, generator));
  return [...new Map(changed.map((entry) => [entry.file, entry])).values()];
}

/** The day stays where the content does. */
function changedEntry(lock: Lock, { spec, text }: SpecNews, today: string, generator: string | undefined): LockEntry[] {
  const old = entryFor(lock, spec.path);
  const sha256 = sha256Of(text);
  const entry: LockEntry = {
    file: old?.file ?? fileInLock(lock, spec.path),
    source: old?.source ?? null,
    date: old?.date !== undefined && old.sha256 === sha256 ? old.date : today,
    sha256,
    generator: generator ?? old?.generator,
  };
  const isSame = entry.date === old?.date && sha256 === old?.sha256 && entry.generator === old.generator;
  return isSame ? [] : [entry];
}

async function writeSpecs(
  lock: Lock,
  specs: readonly SpecNews[],
  entries: readonly LockEntry[],
  editLock: LockEditor,
): Promise<void> {
  for (const { spec, text, isToWrite } of specs) if (isToWrite) await writeWhole(spec.path, text);
  if (entries.length > 0) await writeWhole(lock.path, editLock(lock.text, entries));
}

/** Writes the changelog, if there is something to tell. */
async function tell(
  result: RegenerateResult,
  options: RegenerateOptions,
  generator: string,
): Promise<RegenerateResult> {
  const { changelog } = options;
  if (changelog === undefined || result.label === 'none') return result;
  const before = await readIfThere(changelog);
  await writeWhole(changelog, editChangelog(before, linesOf(result, generator)));
  return { ...result, changelog };
}

function linesOf({ specs }: RegenerateResult, generator: string): ReturnType<typeof changelogLines> {
  const news = specs.flatMap(({ spec, state, diff }) =>
    state === 'same' ? [] : [{ system: spec.system, isNew: state === 'new', changes: diff?.changes ?? [] }],
  );
  return changelogLines(news, generator);
}

function messageOf(result: RegenerateResult, generator: string): string {
  const systems = result.specs.filter(({ state }) => state !== 'same').map(({ spec }) => spec.system);
  const subject =
    systems.length === 0
      ? `Generated files are those of latchkey ${generator}`
      : `Regenerate ${systems.slice(0, 3).join(', ')}${systems.length > 3 ? ` and ${systems.length - 3} more` : ''}`;
  const blocks = [...linesOf(result, generator)].flatMap(([heading, lines]) =>
    lines.length === 0 ? [] : [[`${heading}:`, ...lines.map((line) => `- ${line}`)].join('\n')],
  );
  return [subject, `Version: ${result.label}`, ...blocks].join('\n\n');
}
