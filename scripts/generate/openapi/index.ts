import { type FileHeaderInput, fileHeader } from '../header.ts';
import { reasonOf, SpecError } from '../spec-error.ts';
import { type OpenApiDocument, readDocument } from './document.ts';
import { namesFile } from './names-file.ts';
import { noteOddities } from './notes.ts';
import { operationFacts } from './operation-facts.ts';
import { type Operation, readOperations } from './operations.ts';
import { typesFile } from './types-file.ts';
import { validationFile } from './validation-file.ts';
import { validatorsFile } from './validators-file.ts';

/** One spec to generate from. */
export interface GenerateInput {
  /** Name of the spec in messages; its base name stands in the headers. */
  readonly specFile: string;
  readonly path: string;
  readonly text: string;
  /** Command that the headers tell to run. */
  readonly command: string;
  readonly toolVersion: string;
  /** Where overlays made the text: what it was made of. */
  readonly patched?: FileHeaderInput['patched'];
  /** Told what is odd about the spec, or could not be kept, and did not stop the work. */
  readonly onRemark?: ((remark: string) => void) | undefined;
}

/**
 * Generates the files of one OpenAPI system, in memory.
 * @returns file name to content
 * @throws SpecError on a spec that cannot be generated from
 */
export async function generateOpenApi(input: GenerateInput): Promise<ReadonlyMap<string, string>> {
  const document = await readDocument(input.specFile, input.text, input.path, input.patched?.text);
  const operations = readOperations(document);
  noteOddities(document, operations);
  const contents = await contentsOf(document, operations).catch((error: unknown) => {
    if (!(error instanceof RangeError)) throw error;
    throw new SpecError(`too deep or too large: ${reasonOf(error)}`, { file: input.specFile }, { cause: error });
  });
  for (const remark of document.remarks()) input.onRemark?.(remark);
  const header = fileHeader(input);
  return new Map(Object.entries(contents).map(([name, content]) => [name, `${header}\n${content}`]));
}

async function contentsOf(
  document: OpenApiDocument,
  operations: readonly Operation[],
): Promise<Record<string, string>> {
  const ofSession = operations.filter(({ role }) => role !== 'call');
  return {
    'login-validators.ts': await validatorsFile(document, ofSession),
    'names.ts': namesFile(document, operations),
    'operations.ts': operationFacts(operations),
    'types.ts': await typesFile(document, operations),
    'validation.ts': validationFile,
    'validators.ts': await validatorsFile(document, operations),
  };
}
