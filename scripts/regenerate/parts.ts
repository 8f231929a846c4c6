import { dirname, resolve, sep } from 'node:path';

/** Reads a file; `undefined` for what is not there. */
export type ReadPart = (path: string) => Promise<string | undefined>;

/** A spec of more files is not looked through to its end. */
const MOST_PARTS = 2000;
/** References of OpenAPI documents; imports and includes of WSDLs and schemas. */
const REFERENCE = /(?:\$ref["']?\s*:|\b(?:schemaL|l)ocation\s*=)\s*(?:"([^"#?\n]+)|'([^'#?\n]+)|([^\s"'#?,{}[\]<>]+))/g;

/**
 * Finds the files that a spec refers to, and those that they refer to, in a folder and below. It reads references as they are written, so
 * it may find a file more than the generator reads, one in a comment; never one that is not named.
 * @param path The spec, which is no part of itself.
 * @param root The folder that they must lie in.
 * @returns texts by path
 */
export async function findParts(
  path: string,
  text: string,
  root: string,
  read: ReadPart,
): Promise<ReadonlyMap<string, string>> {
  const main = resolve(path);
  const folder = resolve(root) + sep;
  const found = new Map([[main, text]]);
  const asked = new Set([main]);
  // It grows while it is walked.
  for (const [from, written] of found) {
    for (const [, double, single, bare] of written.matchAll(REFERENCE)) {
      const part = pathOf(dirname(from), double ?? single ?? bare ?? '');
      if (part === undefined || !part.startsWith(folder) || asked.has(part) || asked.size > MOST_PARTS) continue;
      asked.add(part);
      const content = await read(part);
      if (content !== undefined) found.set(part, content);
    }
  }
  found.delete(main);
  return found;
}

function pathOf(folder: string, reference: string): string | undefined {
  // Addresses, and paths that count from elsewhere, are no files beside the spec.
  if (/^(?:[a-z][a-z\d+.-]*:|[/\\])/i.test(reference)) return undefined;
  try {
    return resolve(folder, decodeURIComponent(reference));
  } catch {
    return undefined;
  }
}
