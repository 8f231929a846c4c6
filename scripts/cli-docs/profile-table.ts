import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cell, table } from './blocks.ts';

interface Property {
  readonly description?: string;
}

interface ProfileSchema {
  readonly $defs: { readonly profile: { readonly properties: Readonly<Record<string, Property>> } };
}

/** The fields of a profile, as the published schema has them. */
export function profileBlock(root: string): string {
  // Ours, and held to the validator of profiles by a test.
  const schema: ProfileSchema = JSON.parse(readFileSync(join(root, 'docs/schemas/config.schema.json'), 'utf8'));
  const fields = Object.entries(schema.$defs.profile.properties);
  return table(
    ['field', 'what it says'],
    fields.map(([name, { description = '' }]) => [`\`${name}\``, cell(description)]),
  );
}
