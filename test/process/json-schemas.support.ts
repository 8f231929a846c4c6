import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { root } from './built.support.ts';

const folder = join(root, 'docs/schemas');
const ENDING = '.schema.json';

/** What every verb prints with `--json`. */
export interface Envelope {
  readonly ok: boolean;
  readonly code: string;
  readonly message: string;
}

/** The names of the published schemas. */
export const schemaNames: readonly string[] = readdirSync(folder)
  .filter((name) => name.endsWith(ENDING))
  .map((name) => name.slice(0, -ENDING.length))
  .sort();

// The ids of the schemas are their file names, as their references have them.
const ajv = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictRequired: false,
  strictTuples: false,
  allErrors: true,
});
ajv.addFormat(
  'date-time',
  (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text)),
);
ajv.addFormat('uri', (text) => URL.canParse(text));
for (const name of schemaNames) {
  ajv.addSchema(JSON.parse(readFileSync(join(folder, name + ENDING), 'utf8')), name + ENDING);
}

/** What is wrong with a value by a published schema; empty if nothing. */
export function schemaProblems(name: string, value: unknown): readonly string[] {
  const validate: ValidateFunction | undefined = ajv.getSchema(name + ENDING);
  if (validate === undefined) throw new Error(`docs/schemas has no ${name}${ENDING}`);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message, params }) => {
    return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
  });
}

/** The name of a verb's schema: `auth-token` for `auth token`. */
export function schemaOf(verb: string): string {
  return verb.replaceAll(' ', '-');
}

/** Holds what a verb printed with `--json`, whatever it came to, to its schema and to the envelope's. */
export function expectValidJson(verb: string, stdout: string): Envelope {
  const document: Envelope = JSON.parse(stdout);
  for (const name of ['envelope', schemaOf(verb)]) {
    expect(schemaProblems(name, document), `${name}${ENDING}: ${stdout}`).toEqual([]);
  }
  return document;
}
