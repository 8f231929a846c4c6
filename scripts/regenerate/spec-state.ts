import { mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { readOverlays, type SpecFile } from '../generate/spec-files.ts';
import type { OverlayText } from '../overlays/index.ts';
import { committedText } from './git.ts';
import { findParts } from './parts.ts';
import { readIfThere } from './write-file.ts';

/** All that a spec says at one time. */
export interface SpecState {
  readonly text: string;
  /** What is laid over it, in order. */
  readonly overlays: readonly OverlayText[];
  /** Files that it refers to: texts by path. */
  readonly parts: ReadonlyMap<string, string>;
}

/** What a spec with this text says now. */
export async function stateOf(spec: SpecFile, text: string): Promise<SpecState> {
  const isFile = (path: string): Promise<boolean> =>
    stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
  // What cannot be read is told by who needs it.
  const read = async (path: string): Promise<string | undefined> =>
    (await isFile(path)) ? readIfThere(path).catch(() => undefined) : undefined;
  return { text, overlays: await readOverlays(spec), parts: await findParts(spec.path, text, rootOf(spec), read) };
}

/** What a spec said in the latest commit, where that has it. @throws Error where git cannot tell */
export async function committedState(
  spec: SpecFile,
  now: SpecState,
  signal?: AbortSignal,
): Promise<SpecState | undefined> {
  const text = await committedText(spec.path, signal);
  if (text === undefined) return undefined;
  const overlays: OverlayText[] = [];
  for (const [index, path] of (spec.overlays ?? []).entries()) {
    const written = await committedText(path, signal);
    // One that is new was not laid over what the spec said then.
    if (written !== undefined) overlays.push({ file: now.overlays[index]?.file ?? path, text: written });
  }
  return {
    text,
    overlays,
    parts: await findParts(spec.path, text, rootOf(spec), (path) => committedText(path, signal)),
  };
}

/** Whether two states are made of the same texts. */
export function isSameState(one: SpecState, other: SpecState): boolean {
  const isSameOverlay = ({ file, text }: OverlayText, index: number): boolean =>
    other.overlays[index]?.file === file && other.overlays[index].text === text;
  return (
    one.text === other.text &&
    one.overlays.length === other.overlays.length &&
    one.overlays.every(isSameOverlay) &&
    haveSameParts(one, other)
  );
}

/** Whether the files that a spec refers to are the same. */
export function haveSameParts({ parts }: SpecState, { parts: others }: SpecState): boolean {
  return parts.size === others.size && [...parts].every(([path, text]) => others.get(path) === text);
}

/** Where the files that a spec refers to must lie. */
function rootOf({ path, importRoot }: SpecFile): string {
  return resolve(importRoot ?? dirname(path));
}

/** Lays the parts of a state into a folder of its own while something is done with it; that is given the spec as if it lay there. */
export async function withParts<T>(
  spec: SpecFile,
  { parts }: SpecState,
  use: (copy: SpecFile) => Promise<T>,
): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'latchkey-spec-')));
  const base = sharedFolder(dirname(resolve(spec.path)), rootOf(spec));
  const copyOf = (path: string): string => join(folder, relative(base, path));
  try {
    for (const [path, text] of parts) {
      await mkdir(dirname(copyOf(path)), { recursive: true });
      await writeFile(copyOf(path), text);
    }
    return await use({ ...spec, path: copyOf(resolve(spec.path)), importRoot: copyOf(rootOf(spec)) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The deepest folder that holds both. */
function sharedFolder(one: string, other: string): string {
  const isInside = one === other || other.startsWith(one.endsWith(sep) ? one : one + sep);
  return isInside ? one : sharedFolder(dirname(one), other);
}
