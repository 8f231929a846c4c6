import { applyOverlays } from '../overlays/index.ts';
import { type FileHeaderInput, readToolVersion } from './header.ts';
import { type InputOptions, settleInputs } from './inputs.ts';
import { asMissingPackage, installedVersion, refuseOtherMajor } from './missing-package.ts';
import type { GenerateInput as GenerateOpenApiInput } from './openapi/index.ts';
import { apply, compare, type GeneratedSystem } from './output.ts';
import type { GenerateResult } from './report.ts';
import { asText, readOverlays, readSpec, type SpecFile } from './spec-files.ts';
import type { ImportOptions } from './wsdl/imported-files.ts';
import type { GenerateWsdlInput } from './wsdl/index.ts';

export type { ComparedFile, FileState } from './output.ts';
export { describeResult, type GenerateResult } from './report.ts';
export { SpecError } from './spec-error.ts';
export { UsageError } from './usage-error.ts';
export { watchSpecs } from './watch.ts';

const LARGEST_IMPORT_BYTES = 32 * 2 ** 20;
const IMPORT_TIMEOUT_MS = 30_000;

/** What to generate from, where to, and how. */
export interface GenerateOptions extends InputOptions {
  /** Only compare; nothing is written. @default false */
  readonly check?: boolean | undefined;
  /** Stops the work between two specs, and before anything is written. */
  readonly signal?: AbortSignal | undefined;
  /** Told before each spec is worked on; large ones take seconds. */
  readonly onProgress?: ((step: GenerateStep) => void) | undefined;
}

/** A spec that is about to be generated from. */
export interface GenerateStep {
  readonly system: string;
  /** The spec, as messages show it. */
  readonly spec: string;
  readonly bytes: number;
}

/** What to generate, and from what. */
interface PrepareOptions extends GenerateOptions {
  /** Texts to take in place of files on disk, by the path that the inputs have for a spec: a new version that is not written yet. */
  readonly texts?: ReadonlyMap<string, string> | undefined;
}

/** What was generated, in memory. */
export interface Prepared {
  readonly result: GenerateResult;
  /** Brings the output folder to it. */
  apply(): Promise<void>;
}

/**
 * Generates clients' types, operation facts and validators from specs. Everything is made in memory; only when all specs have succeeded
 * is the output folder touched. The same specs give the same bytes, offline.
 * @throws SpecError on a spec that cannot be generated from, with file, line and place
 * @throws UsageError when there is no such spec, or when the configuration is wrong
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateResult> {
  const { result, apply } = await prepare(options);
  if (!result.isCheck) await apply();
  return result;
}

/** Generates in memory, and leaves it to the caller when the output folder is touched. @throws what {@link generate} throws */
export async function prepare(options: PrepareOptions = {}): Promise<Prepared> {
  const { check = false, signal, onProgress, texts } = options;
  const { found, out, command } = await settleInputs(options);
  const toolVersion = readToolVersion();
  const systems: GeneratedSystem[] = [];
  const remarks: string[] = [];
  for (const spec of found.files) {
    const { kind, system, specFile, path, loginOperation } = spec;
    const text = texts?.get(path) ?? (await readSpec(path, specFile));
    onProgress?.({ system, spec: specFile, bytes: Buffer.byteLength(text) });
    const overlays = await readOverlays(spec);
    const patched = await applyOverlays({ kind, file: specFile, text, overlays }).catch((error: unknown) => {
      throw asMissingPackage(error) ?? error;
    });
    const input = {
      specFile,
      path,
      text: patched.text,
      patched: overlays.length === 0 ? undefined : { text, overlays },
      command,
      toolVersion,
      loginOperation,
      ...importsOf(spec, signal),
      onRemark: (remark: string): void => void remarks.push(remark),
    };
    const files = await generateSystem(kind, input).catch((error: unknown) => {
      throw patched.explain(error);
    });
    signal?.throwIfAborted();
    systems.push({ system, spec: specFile, files });
  }
  const files = await compare(out, systems, found.isComplete);
  signal?.throwIfAborted();
  const result = { ok: !check || files.every(({ state }) => state === 'same'), isCheck: check, out, files, remarks };
  return { result, apply: () => apply(out, systems, files) };
}

type SystemInput = GenerateWsdlInput & GenerateOpenApiInput & Pick<FileHeaderInput, 'patched'>;

/** How what a WSDL imports is found: in which folder, and by which addresses, where that is allowed. */
export function importsOf({ importRoot, allowImports = [] }: SpecFile, signal: AbortSignal | undefined): ImportOptions {
  if (allowImports.length === 0) return { importRoot };
  const fetchImport = async (url: URL): Promise<string> => {
    const { fetchUrl } = await import('../regenerate/fetch-url.ts');
    const limits = { mostBytes: LARGEST_IMPORT_BYTES, timeoutMs: IMPORT_TIMEOUT_MS, origins: new Set(allowImports) };
    return asText(await fetchUrl(url.href, limits, signal), `${url.origin}${url.pathname}`);
  };
  return { importRoot, fetchImport };
}

/** Each kind is loaded only when a spec asks for it: their dependencies are large, and optional for users of the package. */
async function generateSystem(kind: SpecFile['kind'], input: SystemInput): Promise<ReadonlyMap<string, string>> {
  try {
    if (kind === 'wsdl') {
      const { generateWsdl } = await import('./wsdl/index.ts');
      return await generateWsdl(input);
    }
    for (const name of ['typescript', '@redocly/openapi-core']) refuseOtherMajor(name, installedVersion(name));
    const { generateOpenApi } = await import('./openapi/index.ts');
    return await generateOpenApi(input);
  } catch (error) {
    throw asMissingPackage(error) ?? error;
  }
}
