import { fileHeader } from '../header.ts';
import { emitTable } from './emit-table.ts';
import { emitTypes } from './emit-types.ts';
import { readService } from './read-service.ts';

/** A WSDL to generate from. */
export interface GenerateWsdlInput {
  /** Name of the file in messages and, by its base name, in the generated header. */
  readonly specFile: string;
  /** Where the file lies. */
  readonly path: string;
  readonly text: string;
  /** Command that regenerates the files, for their header. */
  readonly command: string;
  readonly toolVersion: string;
  /**
   * Operation that a login is made with.
   * @default 'login'
   */
  readonly loginOperation?: string | undefined;
}

/**
 * Generates, from a WSDL 1.1 file with a document/literal SOAP 1.1 port, `types.ts` (operations, objects, headers, faults) and
 * `table.ts` (the same schema for the codec). Reads nothing but the text given, and gives the same bytes for the same text.
 * @returns file name to content.
 * @throws SpecError, in one line with file and place, for what is not well-formed, has a DOCTYPE, refers to what the file does
 * not hold, has no login operation, or means something that typed objects cannot keep.
 */
export async function generateWsdl(input: GenerateWsdlInput): Promise<ReadonlyMap<string, string>> {
  const { specFile, path, text, loginOperation = 'login' } = input;
  const service = await readService({ specFile, path, text, loginOperation });
  const header = fileHeader(input);
  return new Map([
    ['types.ts', `${header}\n${emitTypes(service)}`],
    ['table.ts', `${header}\n${emitTable(service)}`],
  ]);
}
