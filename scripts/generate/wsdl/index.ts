import { createHash } from 'node:crypto';
import { fileHeader } from '../header.ts';
import { emitTable } from './emit-table.ts';
import { emitTypes } from './emit-types.ts';
import type { ImportOptions } from './imported-files.ts';
import { readService } from './read-service.ts';

/** A WSDL to generate from. */
export interface GenerateWsdlInput extends ImportOptions {
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
  /** Told of operations that are left out, because they are of other ports: in one line, with file and place. */
  readonly onRemark?: ((remark: string) => void) | undefined;
}

/**
 * Generates, from a WSDL 1.1 file with a literal SOAP port, `types.ts` (operations, objects, headers, faults) and `table.ts` (the
 * same schema for the codec). Reads nothing but the text given and files that it imports, all of them below one folder, and gives
 * the same bytes for the same texts.
 * @returns file name to content.
 * @throws SpecError, in one line with file and place, for what is not well-formed, has a DOCTYPE, refers to what is not there or
 * may not be read, has no login operation, or means something that typed objects cannot keep.
 */
export async function generateWsdl(input: GenerateWsdlInput): Promise<ReadonlyMap<string, string>> {
  const { loginOperation = 'login' } = input;
  const { service, imported } = await readService({ ...input, loginOperation });
  const header = `${fileHeader(input)}${imported.map(importNote).join('')}`;
  return new Map([
    ['types.ts', `${header}\n${emitTypes(service, input.specFile)}`],
    ['table.ts', `${header}\n${emitTable(service)}`],
  ]);
}

/** Says of an imported file what the header says of the WSDL. */
function importNote({ file, text }: { readonly file: string; readonly text: string }): string {
  const name = file.replace(/^.*\//s, '').replaceAll(/[^\w.\- ]/g, '_');
  return `// with ${name} sha256 ${createHash('sha256').update(text, 'utf8').digest('hex')}\n`;
}
