import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve, sep } from 'node:path';
import { asMissingPackage } from '../generate/missing-package.ts';
import { reasonOf } from '../generate/spec-error.ts';
import { displayPath } from '../generate/spec-files.ts';
import { UsageError } from '../generate/usage-error.ts';
import type { LockEntry, Source } from './lock-entry.ts';

/** A lock as read. */
export interface Lock {
  readonly path: string;
  /** Its path as messages show it. */
  readonly name: string;
  /** Its folder: paths in it count from there. */
  readonly folder: string;
  /** `undefined` if there is none yet. */
  readonly text: string | undefined;
  readonly entries: readonly LockEntry[];
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DIGEST = /^[\da-f]{64}$/;

/**
 * Reads a lock. One that is not there is empty; what is in it besides is left alone.
 * @throws UsageError that names the file and the place
 */
export async function readLock(path: string): Promise<Lock> {
  const folder = dirname(resolve(path));
  const name = displayPath(path);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { path, name, folder, text: undefined, entries: [] };
    }
    throw new UsageError(`${name} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name} is not JSON: ${reasonOf(error)}`, { cause: error });
  }
  const wrong = (place: string, what: string): UsageError => new UsageError(`${name}: ${place} ${what}`);
  const specs = isRecord(value) ? value.specs : undefined;
  if (!Array.isArray(specs)) throw wrong('#/specs', 'must be a list');
  const entries = specs.map((entry: unknown, index) =>
    entryOf(entry, (place, what) => wrong(`#/specs/${index}${place}`, what)),
  );
  const twice = entries.find(({ file }, index) => entries.findIndex((other) => other.file === file) !== index);
  if (twice !== undefined) throw wrong('#/specs', `has ${twice.file} twice`);
  return { path, name, folder, text, entries };
}

type Wrong = (place: string, what: string) => UsageError;

function entryOf(entry: unknown, wrong: Wrong): LockEntry {
  if (!isRecord(entry)) throw wrong('', 'must be an object');
  const { file, source = null, date, sha256, generator } = entry;
  if (typeof file !== 'string' || file === '') throw wrong('/file', 'must be a path from the folder of the lock');
  if (date !== undefined && !(typeof date === 'string' && DATE.test(date))) throw wrong('/date', 'must be YYYY-MM-DD');
  if (sha256 !== undefined && !(typeof sha256 === 'string' && DIGEST.test(sha256))) {
    throw wrong('/sha256', 'must be 64 hexadecimal digits');
  }
  if (generator !== undefined && typeof generator !== 'string') throw wrong('/generator', 'must be a version');
  return { file, source: sourceOf(source, wrong), date, sha256, generator };
}

function sourceOf(source: unknown, wrong: Wrong): Source {
  if (source === null || (typeof source === 'string' && source !== '')) return source;
  const command = isRecord(source) && Object.keys(source).length === 1 ? source.command : undefined;
  const isCommand = Array.isArray(command) && command.length > 0 && command.every((part) => typeof part === 'string');
  if (isCommand && command[0] !== '') return { command };
  throw wrong('/source', 'must be an https address, a path, {"command": [program, arguments…]}, or null');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What the lock says of a spec, found by the spec's path. */
export function entryFor(lock: Lock, path: string): LockEntry | undefined {
  return lock.entries.find(({ file }) => resolve(lock.folder, file) === resolve(path));
}

/** A spec's path as the lock has it. */
export function fileInLock(lock: Lock, path: string): string {
  return relative(lock.folder, resolve(path)).split(sep).join('/') || basename(path);
}

/** Digest of a text, as the lock has it. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** Gives the text of a lock in which some entries are new; the rest of it, fields and spacing, is left as it is. */
export type LockEditor = (original: string | undefined, changed: readonly LockEntry[]) => string;

/** Loads what edits a lock, before anything is done that it must tell of. @throws Error that names a package that is missing */
export async function loadLockEditor(): Promise<LockEditor> {
  try {
    return (await import('./lock-text.ts')).editLock;
  } catch (error) {
    throw asMissingPackage(error, 'regenerating') ?? error;
  }
}
