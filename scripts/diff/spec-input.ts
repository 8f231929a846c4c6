import type { ImportOptions } from '../generate/wsdl/imported-files.ts';

/** A spec to compare. */
export interface SpecInput {
  /** Name of the file in messages and positions. */
  readonly file: string;
  /** Where the file lies: other files are found from there. */
  readonly path: string;
  readonly text: string;
  /** How what a WSDL imports is found. @default in its folder and below, and nothing is fetched */
  readonly imports?: ImportOptions | undefined;
}
