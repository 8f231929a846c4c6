import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { createFolder, ensureBuilt } from './built.support.ts';
import { people } from './desk.support.ts';

/** Who logs in to Pulse CRM. */
export const { user, secret } = people['pulse-crm'];

/** A sandbox that all tests of a file have in common. */
export interface SharedService {
  readonly sandbox: Sandbox;
  /** Where it is, once the tests run. */
  readonly url: string;
}

/** Builds the command and serves a sandbox before the tests of a file, until they have ended. */
export function shareService(): SharedService {
  const sandbox = createSandbox();
  let listening: Awaited<ReturnType<Sandbox['listen']>> | undefined;
  beforeAll(async () => {
    await ensureBuilt();
    listening = await sandbox.listen();
  }, 200_000);
  afterAll(() => listening?.close());
  return {
    sandbox,
    get url() {
      if (listening === undefined) throw new Error('the sandbox is served only while tests run');
      return listening.url;
    },
  };
}

/** A home of a test's own, all of it below one folder. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly env: Readonly<Record<'HOME' | 'XDG_STATE_HOME' | 'XDG_CONFIG_HOME' | 'LATCHKEY_KEYCHAIN', string>>;
  /** The file of profiles. */
  readonly file: string;
  /** The folder of sessions. */
  readonly store: string;
}

/** Makes a home, with a file of profiles or without one. */
export async function createHome(config?: string): Promise<Home> {
  const folder = await createFolder();
  const { path } = folder;
  const file = join(path, 'config/latchkey/config.json');
  if (config !== undefined) {
    await mkdir(join(path, 'config/latchkey'), { recursive: true, mode: 0o700 });
    await writeFile(file, config);
  }
  return {
    path,
    file,
    store: join(path, 'state/latchkey'),
    env: {
      HOME: path,
      XDG_STATE_HOME: join(path, 'state'),
      XDG_CONFIG_HOME: join(path, 'config'),
      LATCHKEY_KEYCHAIN: 'off',
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
