import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isGenerated } from './header.ts';
import { UsageError } from './usage-error.ts';

/** A system as generated in memory. */
export interface GeneratedSystem {
  readonly system: string;
  /** The spec, as messages show it. */
  readonly spec: string;
  /** File name to content. */
  readonly files: ReadonlyMap<string, string>;
}

/** How a file in the output folder compares with what the specs give. */
export type FileState = 'same' | 'missing' | 'different' | 'extra';

/** One file that is, or should be, in the output folder. */
export interface ComparedFile {
  /** Path in the output folder: `pulse-crm/types.ts`. */
  readonly file: string;
  readonly system: string;
  /** The spec that gives the file; `null` for a leftover of a spec that is gone. */
  readonly spec: string | null;
  readonly state: FileState;
}

/**
 * Compares both ways: what the specs give with what is there, and what is there with what the specs give.
 * @param seeksOrphans Whether to look for generated files of systems that have no spec any more.
 */
export async function compare(
  out: string,
  systems: readonly GeneratedSystem[],
  seeksOrphans: boolean,
): Promise<ComparedFile[]> {
  const compared: ComparedFile[] = [];
  for (const { system, spec, files } of systems) {
    for (const [name, content] of files) {
      const existing = await readText(join(out, system, name));
      const state = existing === undefined ? 'missing' : existing === content ? 'same' : 'different';
      compared.push({ file: `${system}/${name}`, system, spec, state });
    }
    const extras = (await filesIn(join(out, system))).filter((name) => !files.has(name));
    for (const name of extras) compared.push({ file: `${system}/${name}`, system, spec, state: 'extra' });
  }
  if (seeksOrphans) compared.push(...(await orphans(out, new Set(systems.map(({ system }) => system)))));
  return compared;
}

/**
 * Brings the output folder to what the specs give. All new content is on disk before the first file is replaced, and each file is
 * replaced in one step. Files that are already right are not touched. What a run that was ended left behind is cleared away.
 * @throws Error when a file in the way was not written by the generator; nothing is changed then.
 */
export async function apply(
  out: string,
  systems: readonly GeneratedSystem[],
  compared: readonly ComparedFile[],
): Promise<void> {
  const extras = compared.filter(({ state }) => state === 'extra').map(({ file }) => file);
  for (const { file, state } of compared) {
    if (state === 'same' || state === 'missing') continue;
    const text = await readText(join(out, file));
    const isOurs = text === undefined || isGenerated(text.replaceAll('\r\n', '\n'));
    if (isOurs || (state === 'different' && text.trim() === '')) continue;
    throw new Error(`${join(out, file)} was not written by the generator: move it out of that folder`);
  }
  const stale = new Set(compared.filter(({ state }) => state !== 'same').map(({ file }) => file));
  const writes = systems.flatMap(({ system, files }) =>
    [...files].flatMap(([name, content]) =>
      stale.has(`${system}/${name}`) ? [{ file: `${system}/${name}`, content }] : [],
    ),
  );
  if (writes.length > 0) await replace(out, writes);
  for (const file of extras) await rm(join(out, file), { force: true });
  await clearStaging(out);
}

/** How the names of folders begin that files are written to first. */
export const STAGING = '.generating-';
/** Longer than any run takes to write its files. */
const STALE_MS = 3_600_000;

/** Only what is old: another process may be at work in the same folder. */
async function clearStaging(out: string): Promise<void> {
  for (const { name } of await entriesOf(out)) {
    if (!name.startsWith(STAGING)) continue;
    const folder = join(out, name);
    const changed = await stat(folder).catch(() => undefined);
    if (changed !== undefined && Date.now() - changed.mtimeMs > STALE_MS)
      await rm(folder, { recursive: true, force: true });
  }
}

async function replace(out: string, writes: readonly { file: string; content: string }[]): Promise<void> {
  await mkdir(out, { recursive: true });
  // Inside the output folder, so that the renames stay on one file system.
  const staging = await mkdtemp(join(out, STAGING));
  try {
    for (const { file, content } of writes) {
      await mkdir(dirname(join(staging, file)), { recursive: true });
      await writeFile(join(staging, file), content);
    }
    for (const { file } of writes) {
      await mkdir(dirname(join(out, file)), { recursive: true });
      await rename(join(staging, file), join(out, file));
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Folders that hold no generated file are not ours to judge. */
async function orphans(out: string, systems: ReadonlySet<string>): Promise<ComparedFile[]> {
  const found: ComparedFile[] = [];
  for (const entry of await entriesOf(out)) {
    if (!entry.isDirectory() || systems.has(entry.name)) continue;
    for (const name of await filesIn(join(out, entry.name))) {
      if (!isGenerated((await readText(join(out, entry.name, name))) ?? '')) continue;
      found.push({ file: `${entry.name}/${name}`, system: entry.name, spec: null, state: 'extra' });
    }
  }
  return found;
}

async function filesIn(folder: string): Promise<string[]> {
  return (await entriesOf(folder))
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isNotFound(error)) return [];
    throw inTheWay(error, folder);
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw inTheWay(error, path);
  }
}

/** A folder where a file is to be written, or a file where a folder is. */
function inTheWay(error: unknown, path: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EISDIR') return new UsageError(`${path} is a folder, where a file is to be written`, { cause: error });
  if (code !== 'ENOTDIR') return error;
  return new UsageError(`${path} cannot be written: a part of that path is a file`, { cause: error });
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
