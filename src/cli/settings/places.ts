import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of what people write: `latchkey` in `$XDG_CONFIG_HOME` or `~/.config`, or `$LATCHKEY_CONFIG_DIR`. */
function configFolder(env: Environment): string {
  const { LATCHKEY_CONFIG_DIR: own, XDG_CONFIG_HOME: base } = env;
  if (own) return resolve(own);
  // The XDG rules: a relative path in the variable counts as not set.
  return join(base?.startsWith('/') ? base : join(homedir(), '.config'), 'latchkey');
}

/** The file of profiles. */
export function profileFile(env: Environment): string {
  return join(configFolder(env), 'config.json');
}
