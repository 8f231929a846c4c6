import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { reasonOf } from '../spec-error.ts';
import type { JsonValue } from './json.ts';
import { MOST_CHARACTERS, readTree } from './read-text.ts';

/** One file of a spec. */
export interface SpecPart {
  /** Name in messages. */
  readonly file: string;
  readonly path: string;
  readonly text: string;
  readonly root: JsonValue;
}

/** The files that a spec may be made of: those in the folder of its main file and below. */
export interface SpecFolder {
  /** Reads the file that a reference in another one names, once. @throws Error that says why it cannot be read */
  open(reference: string, from: SpecPart): Promise<SpecPart>;
}

/** Opens the folder of a main file. */
export function openSpecFolder(main: SpecPart): SpecFolder {
  const folder = dirname(resolve(main.path));
  const shownFolder = dirname(main.file);
  const parts = new Map([[resolve(main.path), main]]);
  let characters = main.text.length;

  const read = async (path: string): Promise<SpecPart> => {
    const file = join(shownFolder, relative(folder, path)).split(sep).join('/');
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new Error(`cannot be read: ${codeOf(error)}`);
    });
    const text = decoded(bytes);
    characters += text.length;
    if (characters > MOST_CHARACTERS) {
      throw new Error(`the files come to more than ${MOST_CHARACTERS / 1_048_576} MiB of text`);
    }
    return { file, path, text, root: readTree(file, text) };
  };

  return {
    async open(reference, from) {
      if (/^file:/i.test(reference)) throw new Error('it is an address; name the file by its path from this one');
      if (/^(?:[a-z][a-z0-9+.-]+:|\/\/)/i.test(reference)) {
        throw new Error('it leads to the network; fetch that file into the folder of the spec first');
      }
      const path = resolve(dirname(from.path), unescaped(reference));
      refuseOutside(folder, path);
      const known = parts.get(path);
      if (known !== undefined) return known;
      if (!/^\.(?:ya?ml|json)$/i.test(extname(path))) throw new Error('it is neither a .yaml nor a .json file');
      await refuseLinksOutside(folder, path);
      const part = await read(path);
      parts.set(path, part);
      return part;
    },
  };
}

function refuseOutside(folder: string, path: string): void {
  const inside = relative(folder, path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new Error('it leaves the folder of the spec');
  }
}

/** A link may lie in the folder, but not lead out of it; and a device or pipe could be read for ever. */
async function refuseLinksOutside(folder: string, path: string): Promise<void> {
  const real = await realpath(path).catch((error: unknown) => {
    throw new Error(codeOf(error) === 'ENOENT' ? 'there is no such file' : `cannot be read: ${codeOf(error)}`);
  });
  refuseOutside(await realpath(folder), real);
  const { isFile, size } = await stat(real).then((found) => ({ isFile: found.isFile(), size: found.size }));
  if (!isFile) throw new Error('it is not a file');
  if (size > MOST_CHARACTERS) throw new Error(`it is larger than ${MOST_CHARACTERS / 1_048_576} MiB`);
}

function unescaped(reference: string): string {
  try {
    return decodeURIComponent(reference);
  } catch {
    return reference; // a stray % that escapes nothing belongs to the name
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Error('it is not UTF-8 text', { cause: error });
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : reasonOf(error);
}
