import { dirname } from 'node:path';
import { homeFolder, type XdgVariable } from '../../stores/home-folders.ts';
import { type Environment, profileFile } from '../settings/places.ts';
import { type Check, failed, ok, reasonOf, warning } from './check.ts';

const VARIABLES: readonly XdgVariable[] = ['XDG_STATE_HOME', 'XDG_CONFIG_HOME'];

/** Whether there is a place for profiles, key and sessions. */
export function checkHome(env: Environment): Check {
  const name = 'home';
  try {
    const folders = [
      ...new Set([dirname(profileFile(env)), ...VARIABLES.map((variable) => homeFolder(variable, env))]),
    ];
    const relative = VARIABLES.filter((variable) => env[variable] && !env[variable].startsWith('/'));
    if (relative.length === 0) return ok(name, `Everything is kept in ${folders.join(' and ')}.`);
    const said = relative.map((variable) => `${variable}=${env[variable]}`).join(' and ');
    const text = `${said}: what is relative counts as not set, so everything is kept in ${folders.join(' and ')}.`;
    return warning(name, text, 'Use an absolute path, or unset it.');
  } catch (error) {
    return failed(
      name,
      `${reasonOf(error)}.`,
      'Set HOME to the absolute path of a folder that your user can write to.',
    );
  }
}
