import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** A spec as a reader sees it, by JSON pointer. Nothing that was generated from it is consulted. */
export interface SpecReader {
  /** The value at a pointer, references on the way followed; `undefined` if there is none. */
  at(pointer: string): unknown;
  /** The text at a pointer, in one line. @throws Error if there is none */
  text(pointer: string): string;
  /** Every operation: method and path in the form `POST /v1/connections`, with its pointer. */
  operations(): readonly { readonly name: string; readonly method: string; readonly pointer: string }[];
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

export function readSpec(file: string): SpecReader {
  const root: unknown = parse(readFileSync(new URL(`../../specs/${file}`, import.meta.url), 'utf8'));
  const resolved = (value: unknown): unknown =>
    isObject(value) && typeof value.$ref === 'string' ? at(value.$ref) : value;
  const at = (pointer: string): unknown =>
    pointer
      .split('/')
      .slice(1)
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce((here, step) => (isObject(here) ? resolved(here[step]) : undefined), root);
  return {
    at,
    text(pointer) {
      const value = at(pointer);
      if (typeof value !== 'string') throw new Error(`${file} has no text at ${pointer}`);
      return value.replace(/\s+/g, ' ').trim();
    },
    operations() {
      const paths = at('#/paths');
      return Object.entries(isObject(paths) ? paths : {}).flatMap(([path, item]) =>
        Object.keys(isObject(item) ? item : {})
          .filter((method) => methods.includes(method))
          .map((method) => ({
            name: `${method.toUpperCase()} ${path}`,
            method: method.toUpperCase(),
            pointer: `#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}`,
          })),
      );
    },
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
