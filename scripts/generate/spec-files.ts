import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import type { OverlayText } from '../overlays/overlay-file.ts';
import { CONFIG_FILE, type SpecConfig } from './config.ts';
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
  /** Operation of a WSDL that a login is made with, where the caller names it. */
  readonly loginOperation?: string | undefined;
  /** Folder that what a WSDL imports must lie in. */
  readonly importRoot?: string | undefined;
  /** Origins that a WSDL's imports may be fetched from. */
  readonly allowImports?: readonly string[] | undefined;
  /** Paths of the patches that are laid over it, in order. */
  readonly overlays?: readonly string[] | undefined;
}

/** The specs to generate from. */
export interface FoundSpecs {
  readonly files: readonly SpecFile[];
  /** Whether these are all specs there are, so that what they do not give is left over. */
  readonly isComplete: boolean;
}

const inFolder = /^(?<system>.+?)\.(?:openapi\.(?:ya?ml|json)|(?<wsdl>wsdl))$/i;
const onItsOwn = /^(?<system>.+?)(?:\.openapi)?\.(?:ya?ml|json|(?<wsdl>wsdl|xml))$/i;
/** A system names a folder, so it must be one folder's name and nothing else. */
const SYSTEM_NAME = /^[A-Za-z0-9][\w.-]*$/;

/**
 * Finds the specs of a folder (`*.openapi.yaml`, `*.openapi.json`, `*.wsdl`), by name; or takes the one file named.
 * @throws UsageError when there is none, or when two make the same system
 */
export async function findSpecs(specs: string): Promise<FoundSpecs> {
  const isFolder = await readsAsFolder(specs);
  const found = isFolder
    ? (await readdir(specs)).sort().flatMap((name) => specFile(join(specs, name), inFolder))
    : specFile(specs, onItsOwn);
  if (found.length === 0)
    throw new UsageError(`no spec in ${specs}: expected *.openapi.yaml, *.openapi.json or *.wsdl`);
  return { files: distinct(found), isComplete: isFolder };
}

/**
 * Takes specs that are named one by one, whatever their files are called.
 * @throws UsageError when two make the same system
 */
export function listSpecs(specs: readonly SpecConfig[], isComplete: boolean): FoundSpecs {
  const files = specs.map(({ openapi, wsdl, system, ...settings }): SpecFile => {
    const path = openapi ?? wsdl ?? '';
    const name = onItsOwn.exec(basename(path))?.groups?.system ?? basename(path);
    const kind = wsdl === undefined ? 'openapi' : 'wsdl';
    return { kind, system: system ?? name, path, specFile: displayPath(path), ...settings };
  });
  return { files: distinct(files), isComplete };
}

/** Only the specs of one system. @throws UsageError when none makes it */
export function onlySystem({ files }: FoundSpecs, only: string): FoundSpecs {
  const chosen = files.filter(({ system }) => system === only);
  if (chosen.length > 0) return { files: chosen, isComplete: false };
  throw new UsageError(`no spec makes the system ${only}; there are ${files.map(({ system }) => system).join(', ')}`);
}

/** Reads what is laid over a spec. @throws SpecError on what is not UTF-8, UsageError when it cannot be read */
export function readOverlays({ overlays = [] }: SpecFile): Promise<OverlayText[]> {
  return Promise.all(
    overlays.map(async (path) => {
      const file = displayPath(path);
      return { file, text: await readSpec(path, file) };
    }),
  );
}

/** Reads a spec so that its text and its bytes say the same. @throws SpecError on what is not UTF-8, UsageError when it cannot be read */
export async function readSpec(path: string, name: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new UsageError(`cannot read ${name}`, { cause: error });
  }
  return asText(bytes, name);
}

/** @throws SpecError on what is not UTF-8 */
export function asText(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new SpecError('not UTF-8 text', { file: name }, { cause: error });
  }
}

function distinct(files: readonly SpecFile[]): readonly SpecFile[] {
  const bySystem = new Map<string, SpecFile>();
  for (const file of files) {
    const { system, specFile: name } = file;
    if (!SYSTEM_NAME.test(system)) {
      throw new UsageError(`${name} makes a system called "${system}", which names no folder; give it another name`);
    }
    // Folders of some file systems differ by more than case only.
    const key = system.toLowerCase();
    const other = bySystem.get(key);
    if (other !== undefined) throw new UsageError(`${other.specFile} and ${name} both make the system ${system}`);
    bySystem.set(key, file);
  }
  return files;
}

async function readsAsFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const how = `name the specs in ${CONFIG_FILE}; generate also takes --openapi, --wsdl and --specs`;
    throw new UsageError(`cannot read ${path}: ${how}`, { cause: error });
  }
}

function specFile(path: string, pattern: RegExp): SpecFile[] {
  const { system, wsdl } = pattern.exec(basename(path))?.groups ?? {};
  if (system === undefined) return [];
  return [{ kind: wsdl === undefined ? 'openapi' : 'wsdl', system, path, specFile: displayPath(path) }];
}

/** A path as messages show it: relative to the working folder where it lies below it. */
export function displayPath(path: string): string {
  const fromHere = relative(process.cwd(), path);
  const isBelow = fromHere !== '' && !fromHere.startsWith('..') && fromHere !== path;
  return isBelow ? fromHere.split(sep).join('/') : path;
}
