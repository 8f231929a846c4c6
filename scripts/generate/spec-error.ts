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
  /** What is wrong, without where. */
  readonly what: string;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  readonly place?: string;

  constructor(what: string, at: SpecErrorPlace, options?: ErrorOptions) {
    super(describe(what, at), options);
    this.what = what;
    this.file = at.file;
    if (at.line !== undefined) this.line = at.line;
    if (at.column !== undefined) this.column = at.column;
    if (at.place !== undefined) this.place = at.place;
  }
}

function describe(what: string, at: SpecErrorPlace): string {
  const position = [at.file, at.line, at.line === undefined ? undefined : at.column];
  const place = at.place === undefined ? '' : ` (${oneLine(at.place)})`;
  return `${oneLine(position.filter((part) => part !== undefined).join(':'))}: ${oneLine(what)}${place}`;
}

/** A spec may name things at any length: what is longer is told by how it begins and ends. */
const MOST_SHOWN = 600;

/** Breaks a line, moves the cursor of a terminal, or turns the direction of what follows. */
const UNPRINTABLE = /[\s\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+/gu;

/** A text of a spec as one line of a message. */
function oneLine(text: string): string {
  const line = text.replaceAll(UNPRINTABLE, ' ').trim();
  if (line.length <= MOST_SHOWN) return line;
  return `${line.slice(0, MOST_SHOWN / 2)} … ${line.slice(-MOST_SHOWN / 2)}`;
}

/** The message of whatever was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
