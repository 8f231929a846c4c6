import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { SpecError } from './spec-error.ts';
import { UsageError } from './usage-error.ts';

/** A spec on disk. */
export interface SpecFile {
  readonly kind: 'openapi' | 'wsdl';
  /** Name of the folder that is generated from it. */
  readonly system: string;
  readonly path: string;
  /** Path as messages show it: relative to the working folder where it lies below it. */
  readonly specFile: string;
}

/** The specs to generate from. */
export interface FoundSpecs {
  readonly files: readonly SpecFile[];
  /** Whether these are all specs there are, so that what they do not give is left over. */
  readonly isComplete: boolean;
}

const inFolder = /^(?<system>.+?)\.(?:openapi\.(?:ya?ml|json)|(?<wsdl>wsdl))$/i;
const onItsOwn = /^(?<system>.+?)(?:\.openapi)?\.(?:ya?ml|json|(?<wsdl>wsdl))$/i;

/**
 * Finds the specs of a folder (`*.openapi.yaml`, `*.openapi.json`, `*.wsdl`), by name; or takes the one file named.
 * @throws UsageError when there is none, when two make the same system, or when `only` names none of them.
 */
export async function findSpecs(specs: string, only: string | undefined): Promise<FoundSpecs> {
  const isFolder = await readsAsFolder(specs);
  const found = isFolder
    ? (await readdir(specs)).sort().flatMap((name) => specFile(join(specs, name), inFolder))
    : specFile(specs, onItsOwn);
  if (found.length === 0)
    throw new UsageError(`no spec in ${specs}: expected *.openapi.yaml, *.openapi.json or *.wsdl`);
  for (const [index, { system, specFile: name }] of found.entries()) {
    const other = found.slice(0, index).find((earlier) => earlier.system === system);
    if (other !== undefined) throw new UsageError(`${other.specFile} and ${name} both make the system ${system}`);
  }
  if (only === undefined) return { files: found, isComplete: isFolder };
  const chosen = found.filter(({ system }) => system === only);
  if (chosen.length > 0) return { files: chosen, isComplete: false };
  throw new UsageError(`no spec makes the system ${only}; there are ${found.map(({ system }) => system).join(', ')}`);
}

/** Reads a spec so that its text and its bytes say the same. @throws SpecError on what is not UTF-8 */
export async function readSpec(path: string, name: string): Promise<string> {
  const bytes = await readFile(path);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SpecError('not UTF-8 text', { file: name }, { cause: error });
  }
}

async function readsAsFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    throw new UsageError(`cannot read ${path}: say where the specs are with --specs`, { cause: error });
  }
}

function specFile(path: string, pattern: RegExp): SpecFile[] {
  const { system, wsdl } = pattern.exec(basename(path))?.groups ?? {};
  if (system === undefined) return [];
  return [{ kind: wsdl === undefined ? 'openapi' : 'wsdl', system, path, specFile: displayPath(path) }];
}

function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  const isBelow = fromHere !== '' && !fromHere.startsWith('..') && fromHere !== path;
  return isBelow ? fromHere.split(sep).join('/') : path;
}
