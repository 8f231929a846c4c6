import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CONFIG_FILE, type GenerateConfig, originOf, readConfig } from './config.ts';
import { type FoundSpecs, findSpecs, listSpecs, onlySystem } from './spec-files.ts';
import { UsageError } from './usage-error.ts';

/** Where specs come from and where files go to. */
export interface InputOptions {
  /** Folder of specs, or one spec. @default what the configuration names, else 'specs' */
  readonly specs?: string | undefined;
  /** OpenAPI documents, whatever their names. */
  readonly openapi?: readonly string[] | undefined;
  /** WSDLs, whatever their names. */
  readonly wsdl?: readonly string[] | undefined;
  /** Folder that what WSDLs import must lie in. @default what the configuration says, else the folder of each WSDL */
  readonly importRoot?: string | undefined;
  /** Origins that WSDLs' imports may be fetched from. @default what the configuration says, else none: such imports are refused */
  readonly allowImport?: readonly string[] | undefined;
  /** Configuration. @default `latchkey.config.json`, if it is there and no spec is named */
  readonly config?: string | undefined;
  /** Output folder; each system gets a folder in it. @default what the configuration names, else 'generated' */
  readonly out?: string | undefined;
  /** Only this system; files of others are neither written nor looked at. */
  readonly only?: string | undefined;
  /** Command that the headers of the files tell to run. @default what the configuration says, else 'npm run generate' */
  readonly command?: string | undefined;
}

/** What the options come to. */
export interface Inputs {
  readonly found: FoundSpecs;
  readonly out: string;
  readonly command: string;
  /** The configuration that was read. */
  readonly configFile: string | undefined;
  /** Folder of the configuration, or the working folder. */
  readonly folder: string;
  /** Where the lock is, or will be. */
  readonly lock: string;
  /** What must succeed with what was generated. */
  readonly verify: readonly (readonly string[])[];
}

/** Settles options, configuration and defaults, in this order. @throws UsageError */
export async function settleInputs(options: InputOptions): Promise<Inputs> {
  const { specs, openapi = [], wsdl = [], only } = options;
  const named = [...openapi.map((path) => ({ openapi: path })), ...wsdl.map((path) => ({ wsdl: path }))];
  const isNamed = specs !== undefined || named.length > 0;
  if (specs !== undefined && named.length > 0) {
    throw new UsageError('specs are named either by --specs or by --openapi and --wsdl, not by both');
  }
  if (options.config !== undefined && isNamed) {
    throw new UsageError('specs are named either by --config or by --specs, --openapi and --wsdl, not by both');
  }
  const configFile = options.config ?? (!isNamed && (await isThere(CONFIG_FILE)) ? CONFIG_FILE : undefined);
  const config: GenerateConfig = configFile === undefined ? {} : await readConfig(configFile);
  const found =
    named.length > 0
      ? listSpecs(named, false)
      : config.specs === undefined
        ? await findSpecs(specs ?? 'specs')
        : listSpecs(config.specs, true);
  const folder = configFile === undefined ? process.cwd() : dirname(resolve(configFile));
  return {
    found: withImports(only === undefined ? found : onlySystem(found, only), options),
    out: options.out ?? config.out ?? 'generated',
    command: options.command ?? config.command ?? 'npm run generate',
    configFile,
    folder,
    lock: config.lock ?? join(folder, 'specs', 'sources.json'),
    verify: config.verify ?? [],
  };
}

/** What is said of imports for all WSDLs goes before what the configuration says of one. */
function withImports(found: FoundSpecs, { importRoot, allowImport }: InputOptions): FoundSpecs {
  if (importRoot === undefined && allowImport === undefined) return found;
  if (found.files.every(({ kind }) => kind !== 'wsdl')) {
    const flag = importRoot === undefined ? '--allow-import' : '--import-root';
    throw new UsageError(`${flag} is for WSDLs, and none is generated from`);
  }
  const asked = {
    ...(importRoot !== undefined && { importRoot: resolve(importRoot) }),
    ...(allowImport !== undefined && { allowImports: allowImport.map((origin) => originOf('--allow-import', origin)) }),
  };
  return { ...found, files: found.files.map((file) => (file.kind === 'wsdl' ? { ...file, ...asked } : file)) };
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
