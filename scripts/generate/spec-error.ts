/** Where a fault in a spec lies. Lines and columns count from 1. */
export interface SpecErrorPlace {
  /** Spec file as the user named it: never an absolute machine path unless that is what they gave. */
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
  /** Place inside the document: a JSON pointer (`#/paths/~1login/post`) or an element path. */
  readonly place?: string | undefined;
}

/** A spec that cannot be generated from. The message is one line: `file:line:column: what (place)`. */
export class SpecError extends Error {
  override readonly name = 'SpecError';
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly place?: string;

  constructor(what: string, at: SpecErrorPlace, options?: ErrorOptions) {
    super(describe(what, at), options);
    this.file = at.file;
    if (at.line !== undefined) this.line = at.line;
    if (at.column !== undefined) this.column = at.column;
    if (at.place !== undefined) this.place = at.place;
  }
}

function describe(what: string, at: SpecErrorPlace): string {
  const position = [at.file, at.line, at.line === undefined ? undefined : at.column];
  const place = at.place === undefined ? '' : ` (${at.place})`;
  return `${position.filter((part) => part !== undefined).join(':')}: ${what.replaceAll(/\s+/g, ' ').trim()}${place}`;
}

/** The message of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
