/** What is used of the converter, which brings no types. */
declare module 'swagger2openapi' {
  interface Options {
    /** Puts small mistakes right instead of refusing the document. */
    readonly patch: boolean;
    /** Notes what cannot be converted in the document instead of refusing it. */
    readonly warnOnly: boolean;
    /** Whether to load what references outside the document lead to. */
    readonly resolve: boolean;
    /** Under which name the notes are kept. */
    readonly warnProperty: string;
  }
  const converter: { convertObj(swagger: unknown, options: Options): Promise<{ readonly openapi: unknown }> };
  export default converter;
}
