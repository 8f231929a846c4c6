import { dirname, join, relative, resolve, sep } from 'node:path';
import { type Change, diffSpecs, type SpecDiff, type SpecInput } from '../diff/index.ts';
import { importsOf } from '../generate/index.ts';
import type { SpecFile } from '../generate/spec-files.ts';
import { UsageError } from '../generate/usage-error.ts';
import { applyOverlays, type PatchedSpec } from '../overlays/index.ts';
import { fetchSpec } from './fetch-spec.ts';
import { sha256Of } from './lock.ts';
import type { LockEntry } from './lock-entry.ts';
import { committedState, haveSameParts, isSameState, type SpecState, stateOf, withParts } from './spec-state.ts';
import { readIfThere } from './write-file.ts';

/** What became of one spec. */
export interface SpecNews {
  readonly spec: SpecFile;
  /** Its text from now on. */
  readonly text: string;
  /** Whether the text came from its source, and differs from what is on disk. */
  readonly isToWrite: boolean;
  readonly state: 'new' | 'changed' | 'same';
  /** What differs, overlays applied; only of one that changed. */
  readonly diff: SpecDiff | undefined;
  /** Actions of overlays that fit the spec as it is now, and not as it was. */
  readonly skipped: readonly string[];
  /** Paths of the files that it refers to. */
  readonly parts: readonly string[];
  /** Those of them that a spec from its source is read with as they are on disk, as messages show them: a source is that of one file. */
  readonly untaken: readonly string[];
}

/** What is known before a spec is looked at. */
export interface NewsContext {
  readonly lockFolder: string;
  readonly commandFolder: string;
  /** Whether specs are taken from their sources. */
  readonly isFetching: boolean;
  /** What was taken from sources so far, by path: two systems may be made of one spec. */
  readonly taken: Map<string, string>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((what: string) => void) | undefined;
}

/**
 * Takes a spec from its source, or from disk, and compares it with what it was: in the latest commit, else on disk.
 * @throws FetchError, and SpecError for specs that cannot be compared
 * @throws UsageError for a file that was edited though it has a source, and where what it was is not known
 */
export async function newsOf(spec: SpecFile, entry: LockEntry | undefined, context: NewsContext): Promise<SpecNews> {
  const { signal, onProgress } = context;
  const disk = await readIfThere(spec.path, spec.specFile);
  const isEdited = disk !== undefined && entry?.sha256 !== undefined && sha256Of(disk) !== entry.sha256;
  const text = (await takenText(spec, entry, context)) ?? disk;
  if (text === undefined) throw new UsageError(`cannot read ${spec.specFile}, and the lock has no source for it`);
  const isToWrite = text !== disk;
  if (isToWrite && isEdited) {
    throw new UsageError(
      `${spec.specFile} is not as it was taken from its source, and would be overwritten: move the edit to an overlay, and undo it here`,
    );
  }
  signal?.throwIfAborted();
  const now = await stateOf(spec, text);
  const committed = await committedState(spec, now, signal);
  const known = isToWrite || !isEdited ? disk : undefined;
  const former = committed ?? (known === undefined ? undefined : { ...now, text: known });
  const isKnown = committed !== undefined || entry?.sha256 !== undefined;
  const parts = [...now.parts.keys()];
  const untaken = isToWrite ? parts.map((path) => shownPart(spec, path)) : [];
  const same = { spec, text, isToWrite, diff: undefined, skipped: [], parts, untaken } as const;
  // Where git does not keep the spec, the lock still tells that it is what it was.
  if (former === undefined && entry?.sha256 === sha256Of(text)) return { ...same, state: 'same' };
  if (former === undefined && isKnown) {
    throw new UsageError(
      `${spec.specFile} has changed, and what it was is not in git: take its sha256 out of the lock to have it taken for new`,
    );
  }
  if (former === undefined || (!isKnown && !isToWrite)) return { ...same, state: 'new' };
  if (isSameState(former, now)) return { ...same, state: 'same' };
  onProgress?.(`${spec.system}: comparing`);
  const compared = await compare(spec, former, now, signal);
  const isSame = former.text === text && compared.diff.changes.length === 0;
  return isSame ? { ...same, state: 'same' } : { ...same, state: 'changed', ...compared };
}

async function takenText(
  spec: SpecFile,
  entry: LockEntry | undefined,
  context: NewsContext,
): Promise<string | undefined> {
  const { isFetching, taken, onProgress } = context;
  if (!isFetching || entry === undefined || entry.source === null) return undefined;
  onProgress?.(`${spec.system}: taking ${spec.specFile} from its source`);
  const text = taken.get(spec.path) ?? (await fetchSpec(spec, entry.source, context));
  taken.set(spec.path, text);
  return text;
}

/** A part of a spec as messages show the spec. */
function shownPart({ specFile, path }: SpecFile, part: string): string {
  return join(dirname(specFile), relative(dirname(resolve(path)), part))
    .split(sep)
    .join('/');
}

async function compare(
  spec: SpecFile,
  former: SpecState,
  now: SpecState,
  signal: AbortSignal | undefined,
): Promise<{ readonly diff: SpecDiff; readonly skipped: readonly string[] }> {
  const { kind, specFile: file } = spec;
  const skipped: string[] = [];
  const next = await applyOverlays({ kind, file, text: now.text, overlays: now.overlays });
  const onSkip = (what: string): void => void skipped.push(what);
  const old = await applyOverlays({ kind, file, text: former.text, overlays: former.overlays, onSkip });
  const inputOf = (at: SpecFile, { text }: PatchedSpec): SpecInput => {
    return { file, path: at.path, text, imports: importsOf(at, signal) };
  };
  const diffFrom = (then: SpecFile): Promise<SpecDiff> =>
    diffSpecs({ old: inputOf(then, old), new: inputOf(spec, next) });
  const diff = haveSameParts(former, now) ? await diffFrom(spec) : await withParts(spec, former, diffFrom);
  const isPatched = former.overlays.length + now.overlays.length > 0;
  return { diff: isPatched ? { ...diff, changes: diff.changes.map(withoutLine) } : diff, skipped };
}

/** Lines are those of the patched text, which nobody has; the place holds in the vendor's too. */
function withoutLine({ line: _line, column: _column, before, ...change }: Change): Change {
  if (before === undefined) return change;
  return { ...change, before: { place: before.place, file: before.file } };
}
