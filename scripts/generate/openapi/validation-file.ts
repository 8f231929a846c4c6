/** Text of `validation.ts`: the types that tables of validators and compiled code share. */
export const validationFile = `/** One thing wrong with a value. */
export interface SchemaViolation {
  /** JSON pointer into the value. */
  instancePath: string;
  schemaPath: string;
  keyword: string;
  params: Record<string, unknown>;
  message?: string;
}

/** Whether a value fits its schema; what is wrong is in \`errors\` until the next call. */
export type Validate = ((data: unknown) => boolean) & { errors?: readonly SchemaViolation[] | null };

/** The checks of one operation. */
export interface OperationValidators {
  /** Each takes one object, name to text; header names are in lower case. Text is turned into the documented type in that object. */
  readonly parameters: Readonly<Partial<Record<'header' | 'query' | 'path' | 'cookie', Validate>>>;
  /** By media type, in lower case and without parameters. */
  readonly body?: { readonly required: boolean; readonly content: Readonly<Record<string, Validate>> };
  /** By status: \`200\`, \`4XX\` or \`default\`. */
  readonly responses: Readonly<
    Record<string, { readonly headers?: Validate; readonly content: Readonly<Record<string, Validate>> }>
  >;
  /** Names of all documented parameters. */
  readonly known: {
    readonly header: readonly string[];
    readonly query: readonly string[];
    readonly path: readonly string[];
    readonly cookie: readonly string[];
  };
}

/** The names in a kind of value. Each is followed by the shape of what it holds; \`null\`: no names to know there. */
export interface Shape {
  /** Of an object. */
  readonly fields?: Readonly<Record<string, string | null>>;
  /** Of a list. */
  readonly items?: string | null;
  /** There where other names may stand in the object as well. */
  readonly others?: string | null;
}

/** What an operation names. Media types and header names are in lower case. */
export interface DocumentedNames {
  readonly body?: Readonly<Record<string, string | null>>;
  readonly responses: Readonly<
    Record<string, { readonly headers: readonly string[]; readonly content: Readonly<Record<string, string | null>> }>
  >;
}
`;
