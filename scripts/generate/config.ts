import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { reasonOf } from './spec-error.ts';
import { UsageError } from './usage-error.ts';

/** The file that is read where nothing else says what to generate from. */
export const CONFIG_FILE = 'latchkey.config.json';

/** One spec of a configuration; exactly one of `openapi` and `wsdl` is there. */
export interface SpecConfig {
  /** Name of the folder that is generated. @default the file's name without its endings */
  readonly system?: string | undefined;
  /** Path of an OpenAPI document or of a WSDL. */
  readonly openapi?: string | undefined;
  readonly wsdl?: string | undefined;
  /** Operation of a WSDL that a login is made with. @default 'login' */
  readonly loginOperation?: string | undefined;
  /** Folder that what a WSDL imports must lie in. @default the folder of the WSDL */
  readonly importRoot?: string | undefined;
  /** Origins, such as `https://schemas.example.com`, that a WSDL's imports may be fetched from. @default none */
  readonly allowImports?: readonly string[] | undefined;
  /** Paths of overlays: patches that are laid over the spec, in this order. */
  readonly overlays?: readonly string[] | undefined;
}

/** What `latchkey.config.json` holds, its paths made absolute: they count from the folder of the file. */
export interface GenerateConfig {
  readonly specs?: readonly SpecConfig[] | undefined;
  readonly out?: string | undefined;
  readonly command?: string | undefined;
  /** Path of the lock: where each spec was taken from, when, and with which content. */
  readonly lock?: string | undefined;
  /** Commands that must succeed with what was generated, each a list of arguments; no shell sees them. */
  readonly verify?: readonly (readonly string[])[] | undefined;
}

/** What only the spec of a WSDL may have. */
const wsdlOnly = ['loginOperation', 'importRoot', 'allowImports'] as const;

/**
 * Reads a configuration.
 * @throws UsageError that names the file and, for what is wrong in it, the place
 */
export async function readConfig(file: string): Promise<GenerateConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${reasonOf(error)}`, { cause: error });
  }
  const folder = dirname(resolve(file));
  const config = fieldsOf(file, '#', value, ['$schema', 'specs', 'out', 'command', 'lock', 'verify']);
  return {
    specs: listOf(file, '#/specs', config.specs)?.map((spec, index) => specOf(file, `#/specs/${index}`, spec, folder)),
    out: pathOf(folder, textOf(file, '#/out', config.out)),
    command: textOf(file, '#/command', config.command),
    lock: pathOf(folder, textOf(file, '#/lock', config.lock)),
    verify: listOf(file, '#/verify', config.verify)?.map((command, index) =>
      textsOf(file, `#/verify/${index}`, command),
    ),
  };
}

function specOf(file: string, place: string, value: unknown, folder: string): SpecConfig {
  const fields = fieldsOf(file, place, value, ['system', 'openapi', 'wsdl', ...wsdlOnly, 'overlays']);
  if ((fields.openapi === undefined) === (fields.wsdl === undefined)) {
    throw new UsageError(`${file}: ${place} needs openapi or wsdl, and not both`);
  }
  const misplaced = wsdlOnly.find((key) => fields[key] !== undefined);
  if (fields.openapi !== undefined && misplaced !== undefined) {
    const why = misplaced === 'loginOperation' ? 'marks its login itself' : 'reads files of its own folder only';
    throw new UsageError(`${file}: ${place}/${misplaced} is for a WSDL; an OpenAPI document ${why}`);
  }
  return {
    system: textOf(file, `${place}/system`, fields.system),
    openapi: pathOf(folder, textOf(file, `${place}/openapi`, fields.openapi)),
    wsdl: pathOf(folder, textOf(file, `${place}/wsdl`, fields.wsdl)),
    loginOperation: textOf(file, `${place}/loginOperation`, fields.loginOperation),
    importRoot: pathOf(folder, textOf(file, `${place}/importRoot`, fields.importRoot)),
    allowImports:
      fields.allowImports === undefined
        ? undefined
        : textsOf(file, `${place}/allowImports`, fields.allowImports).map((origin, index) =>
            originOf(`${file}: ${place}/allowImports/${index}`, origin),
          ),
    overlays:
      fields.overlays === undefined
        ? undefined
        : textsOf(file, `${place}/overlays`, fields.overlays).map((overlay) => resolve(folder, overlay)),
  };
}

/** An origin as an address has it. @throws UsageError for anything that is more or less than an origin */
export function originOf(place: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw new UsageError(`${place}: ${JSON.stringify(text)} is no origin, such as https://schemas.example.com`);
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(file: string, place: string, value: unknown, known: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UsageError(`${file}: ${place} must be an object`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new UsageError(`${file}: ${place} has no "${unknown}"; it may have ${known.join(', ')}`);
  }
  return { ...value };
}

function listOf(file: string, place: string, value: unknown): readonly unknown[] | undefined {
  if (value === undefined || (Array.isArray(value) && value.length > 0)) return value;
  throw new UsageError(`${file}: ${place} must be a list that is not empty`);
}

function textsOf(file: string, place: string, value: unknown): readonly string[] {
  return (listOf(file, place, value ?? []) ?? []).map((element, index) => {
    const text = textOf(file, `${place}/${index}`, element);
    if (text === undefined) throw new UsageError(`${file}: ${place}/${index} must be a text that is not empty`);
    return text;
  });
}

function textOf(file: string, place: string, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw new UsageError(`${file}: ${place} must be a text that is not empty`);
}

function pathOf(folder: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(folder, path);
}
