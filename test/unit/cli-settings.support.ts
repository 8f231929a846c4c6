import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Choose } from '../../src/cli/settings/choose-login.ts';
import type { KnownLogin } from '../../src/cli/settings/known-logins.ts';
import type { MissingSetting } from '../../src/cli/settings/missing-setting.ts';
import { type LoginFlags, type Settings, settle } from '../../src/cli/settings/settings.ts';

export let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-settings-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What settings are settled from. */
export interface Given {
  readonly system?: string;
  readonly flags?: LoginFlags;
  readonly env?: Readonly<Record<string, string>>;
  readonly profiles?: object;
  readonly default?: string;
  readonly known?: readonly KnownLogin[];
  readonly ask?: (what: MissingSetting) => Promise<string>;
  readonly choose?: Choose;
  readonly purpose?: 'login' | 'status';
}

/** Settles in a folder of its own. */
export async function settled({
  system,
  flags = {},
  env = {},
  profiles = {},
  known = [],
  ask,
  choose,
  purpose,
  ...given
}: Given): Promise<Settings> {
  await writeFile(join(folder, 'config.json'), JSON.stringify({ default: given.default, profiles }));
  const where = { LATCHKEY_CONFIG_DIR: folder };
  return settle({ system, flags, env: { ...where, ...env }, known: async () => known, ask, choose, purpose });
}

/** A login that was made before. */
export const login = (more: Partial<KnownLogin> = {}): KnownLogin => ({
  system: 'pulse-crm',
  baseUrl: 'https://known.example.com',
  user: 'known',
  extras: {},
  store: 'file',
  atMs: 0,
  ...more,
});
