import { readToolVersion } from './header.ts';
import { readManifest } from './manifest.ts';
import type { GenerateInput } from './openapi/index.ts';
import { apply, compare, type GeneratedSystem } from './output.ts';
import type { GenerateResult } from './report.ts';
import { findSpecs, readSpec, type SpecFile } from './spec-files.ts';

export type { ComparedFile, FileState } from './output.ts';
export { describeResult, type GenerateResult } from './report.ts';
export { SpecError } from './spec-error.ts';
export { UsageError } from './usage-error.ts';

/** What to generate from, and where to. */
export interface GenerateOptions {
  /** Folder of specs, or one spec. @default 'specs' */
  readonly specs?: string | undefined;
  /** Output folder; each system gets a folder in it. @default 'generated' */
  readonly out?: string | undefined;
  /** Only this system; files of others are neither written nor looked at. */
  readonly only?: string | undefined;
  /** Only compare; nothing is written. @default false */
  readonly check?: boolean | undefined;
  /** Command that the headers of the files tell to run. @default 'npm run generate' */
  readonly command?: string | undefined;
}

/**
 * Generates clients' types, operation facts and validators from specs. Everything is made in memory; only when all specs have succeeded
 * is the output folder touched. The same specs give the same bytes, offline.
 * @throws SpecError on a spec that cannot be generated from, with file, line and place
 * @throws UsageError when there is no such spec
 */
export async function generate(options: GenerateOptions = {}): Promise<GenerateResult> {
  const { specs = 'specs', out = 'generated', only, check = false, command = 'npm run generate' } = options;
  const found = await findSpecs(specs, only);
  const toolVersion = readToolVersion();
  const systems: GeneratedSystem[] = [];
  for (const { kind, system, specFile, path } of found.files) {
    const text = await readSpec(path, specFile);
    const files = await generateSystem(kind, { specFile, path, text, command, toolVersion });
    systems.push({ system, spec: specFile, files });
  }
  const files = await compare(out, systems, found.isComplete);
  if (!check) await apply(out, systems, files);
  return { ok: !check || files.every(({ state }) => state === 'same'), isCheck: check, out, files };
}

/** Each kind is loaded only when a spec asks for it: their dependencies are large, and optional for users of the package. */
async function generateSystem(kind: SpecFile['kind'], input: GenerateInput): Promise<ReadonlyMap<string, string>> {
  try {
    if (kind === 'wsdl') {
      const { generateWsdl } = await import('./wsdl/index.ts');
      return await generateWsdl(input);
    }
    const { generateOpenApi } = await import('./openapi/index.ts');
    return await generateOpenApi(input);
  } catch (error) {
    throw asMissingPackage(error) ?? error;
  }
}

function asMissingPackage(error: unknown): Error | undefined {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_MODULE_NOT_FOUND') return undefined;
  const name = /Cannot find package '([^']+)'/.exec(error.message)?.[1];
  if (name === undefined) return undefined;
  const range = readManifest().rangeOf(name);
  const wanted = range === undefined ? name : `${name}@${range}`;
  return new Error(`generating needs the package ${name}: npm install --save-dev "${wanted}"`, { cause: error });
}
