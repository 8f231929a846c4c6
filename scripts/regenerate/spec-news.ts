import { type Change, diffSpecs, type SpecDiff } from '../diff/index.ts';
import { readOverlays, type SpecFile } from '../generate/spec-files.ts';
import { UsageError } from '../generate/usage-error.ts';
import { applyOverlays } from '../overlays/index.ts';
import { fetchSpec } from './fetch-spec.ts';
import { committedText, sha256Of } from './git.ts';
import type { LockEntry } from './lock-entry.ts';
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
}

/** What is known before a spec is looked at. */
export interface NewsContext {
  readonly lockFolder: string;
  readonly commandFolder: string;
  /** Whether specs are taken from their sources. */
  readonly isFetching: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((what: string) => void) | undefined;
}

/**
 * Takes a spec from its source, or from disk, and compares it with what it was: in the latest commit, else on disk.
 * @throws FetchError, and SpecError for specs that cannot be compared
 * @throws UsageError for a file that was edited though it has a source, and where what it was is not known
 */
export async function newsOf(spec: SpecFile, entry: LockEntry | undefined, context: NewsContext): Promise<SpecNews> {
  const { isFetching, signal, onProgress } = context;
  const disk = await readIfThere(spec.path);
  const isEdited = disk !== undefined && entry?.sha256 !== undefined && sha256Of(disk) !== entry.sha256;
  let text = disk;
  if (isFetching && entry !== undefined && entry.source !== null) {
    onProgress?.(`${spec.system}: taking ${spec.specFile} from its source`);
    text = await fetchSpec(spec, entry.source, context);
    if (isEdited && text !== disk) {
      throw new UsageError(
        `${spec.specFile} was edited since it was taken from its source, and would be overwritten: move the edit to an overlay`,
      );
    }
  }
  if (text === undefined) throw new UsageError(`cannot read ${spec.specFile}, and the lock has no source for it`);
  signal?.throwIfAborted();
  const isToWrite = text !== disk;
  const committed = await committedText(spec.path, signal);
  const former = committed ?? (isToWrite || !isEdited ? disk : undefined);
  const isKnown = committed !== undefined || entry?.sha256 !== undefined;
  if (former === undefined && isKnown) {
    throw new UsageError(
      `${spec.specFile} has changed, and what it was is not in git: take its sha256 out of the lock to have it taken for new`,
    );
  }
  const same = { spec, text, isToWrite, diff: undefined, skipped: [] } as const;
  if (former === undefined || (!isKnown && !isToWrite)) return { ...same, state: 'new' };
  if (former === text) return { ...same, state: 'same' };
  onProgress?.(`${spec.system}: comparing`);
  return { ...same, state: 'changed', ...(await compare(spec, former, text)) };
}

async function compare(
  spec: SpecFile,
  former: string,
  text: string,
): Promise<{ readonly diff: SpecDiff; readonly skipped: readonly string[] }> {
  const { kind, specFile: file, path } = spec;
  const overlays = await readOverlays(spec);
  const skipped: string[] = [];
  const next = await applyOverlays({ kind, file, text, overlays });
  const onSkip = (what: string): void => void skipped.push(what);
  const old = await applyOverlays({ kind, file, text: former, overlays, onSkip });
  const diff = await diffSpecs({
    old: { file, path, text: old.text },
    new: { file, path, text: next.text },
  });
  return { diff: overlays.length === 0 ? diff : { ...diff, changes: diff.changes.map(withoutLine) }, skipped };
}

/** Lines are those of the patched text, which nobody has; the place holds in the vendor's too. */
function withoutLine({ line: _line, column: _column, before, ...change }: Change): Change {
  if (before === undefined) return change;
  return { ...change, before: { place: before.place, file: before.file } };
}
