import { join, resolve } from 'node:path';
import { homeFolder } from '../../stores/home-folders.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The folder of what people write: `latchkey` in `$XDG_CONFIG_HOME` or `~/.config`, or `$LATCHKEY_CONFIG_DIR`. */
function configFolder(env: Environment): string {
  const { LATCHKEY_CONFIG_DIR: own } = env;
  return own ? resolve(own) : homeFolder('XDG_CONFIG_HOME', env);
}

/** The file of profiles. */
export function profileFile(env: Environment): string {
  return join(configFolder(env), 'config.json');
}
