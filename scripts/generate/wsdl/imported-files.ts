import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { readSpec } from '../spec-files.ts';
import { UsageError } from '../usage-error.ts';
import { specErrorAt, type XmlNode } from './xml-tree.ts';

/** How files that a WSDL imports are found. */
export interface ImportOptions {
  /**
   * Folder that every imported file must lie in.
   * @default the folder of the WSDL
   */
  readonly importRoot?: string | undefined;
  /**
   * Reads what is imported by an `http:` or `https:` address.
   * @default such imports are refused
   */
  readonly fetchImport?: ((url: URL) => Promise<string>) | undefined;
}

/** The file of a WSDL itself. */
export interface MainFile {
  /** Its name in messages. */
  readonly specFile: string;
  readonly path: string;
}

/** Where a text came from: a path, or the address it was fetched from. */
export interface Origin {
  /** The same for the same file, however it is referred to. */
  readonly id: string;
  /** Its name in messages. */
  readonly file: string;
  readonly at: { readonly path: string } | { readonly url: URL };
}

/** A file that another one refers to. */
export interface ImportedFile {
  readonly origin: Origin;
  read(): Promise<string>;
}

/** Larger texts are refused: no schema is that large, and reading it would take gigabytes. */
export const MOST_CHARACTERS = 32 * 1024 * 1024;

/**
 * Finds what a location in a file means, without leaving the folder that is allowed.
 * @param node the import or include, for messages
 * @throws SpecError for what lies elsewhere, is not there or is no plain file, and for addresses without `fetchImport`
 */
export async function findImport(
  main: MainFile,
  from: Origin,
  location: string,
  node: XmlNode,
  options: ImportOptions,
): Promise<ImportedFile> {
  const shown = JSON.stringify(location.slice(0, 200));
  const base = 'url' in from.at ? from.at.url : undefined;
  if (base !== undefined || /^(?:[a-z][a-z\d+.-]*:|[/\\]{2})/i.test(location)) {
    const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw specErrorAt(node, `${shown} is refused: only files beside this one are read, by a relative path`);
    }
    // The same file, whatever part of it is meant.
    url.hash = '';
    return fetched(url, node, options);
  }
  const path = pathOf(location);
  if (path === undefined) throw specErrorAt(node, `${shown} is no relative path`);
  if (isAbsolute(path)) throw specErrorAt(node, `${shown} is refused: it is an absolute path`);
  const root = resolve(options.importRoot ?? dirname(main.path));
  const target = resolve('path' in from.at ? dirname(from.at.path) : root, path);
  const outside = `${shown} is refused: it leads out of the folder of the WSDL`;
  // Before the disk is asked, so that no message tells what lies elsewhere.
  if (!isInside(root, target)) throw specErrorAt(node, outside);
  const real = await realpath(target).catch(() => undefined);
  if (real === undefined) throw specErrorAt(node, `${shown} is not there`);
  if (!isInside(await realpath(root).catch(() => root), real)) throw specErrorAt(node, `${outside} by a symbolic link`);
  const { size, ...kind } = await stat(real).then((found) => ({ size: found.size, isFile: found.isFile() }));
  if (!kind.isFile) throw specErrorAt(node, `${shown} is no file`);
  if (size > MOST_CHARACTERS) throw specErrorAt(node, `${shown} is larger than ${MOST_CHARACTERS} bytes`);
  const file = join(dirname(main.specFile), relative(dirname(resolve(main.path)), target))
    .split(sep)
    .join('/');
  return {
    origin: { id: real, file, at: { path: target } },
    read: () =>
      readSpec(real, file).catch((error: unknown) => {
        throw error instanceof UsageError ? specErrorAt(node, error.message) : error;
      }),
  };
}

function fetched(url: URL, node: XmlNode, { fetchImport }: ImportOptions): ImportedFile {
  const shown = `${url.origin}${url.pathname}`;
  if (fetchImport === undefined) {
    throw specErrorAt(node, `${shown} would have to be fetched, which is not allowed; put a copy beside the WSDL`);
  }
  return {
    origin: { id: url.href, file: shown, at: { url } },
    async read() {
      const text = await fetchImport(url).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        throw specErrorAt(node, `${shown} cannot be fetched: ${reason}`);
      });
      if (text.length > MOST_CHARACTERS)
        throw specErrorAt(node, `${shown} is larger than ${MOST_CHARACTERS} characters`);
      return text;
    },
  };
}

function pathOf(location: string): string | undefined {
  try {
    const path = decodeURIComponent(location.replace(/[?#].*$/s, ''));
    return path === '' || path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
