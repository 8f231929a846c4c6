/** A spec to compare. */
export interface SpecInput {
  /** Name of the file in messages and positions. */
  readonly file: string;
  /** Where the file lies: other files are found from there. */
  readonly path: string;
  readonly text: string;
}
