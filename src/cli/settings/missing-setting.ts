import { type CliSystem, type ExtraName, flagOf, formOf, variableOf } from './systems.ts';

/** A setting that nothing names. */
export interface MissingSetting {
  readonly name: 'baseUrl' | 'user' | ExtraName;
  readonly system: CliSystem;
  /** Where the service is, if that is known. */
  readonly baseUrl: string | undefined;
}

/** What is missing, and which flag and variables say it. */
export function missingText({ name, system }: MissingSetting): string {
  const what = name === 'baseUrl' ? `where ${system.title} is` : name === 'user' ? 'who logs in' : `the ${name}`;
  const example = name === 'baseUrl' ? ` (such as ${system.exampleUrl})` : '';
  const names = name === 'user' ? system.forms.map(({ user }) => user) : [name];
  const variables = names.map((each) => variableOf(system.name, each)).join(' or ');
  return `${system.name}: nothing says ${what}: give ${flagOf(name)}${example} or ${variables}, or a profile`;
}

/** Nobody ever logged in, and no system is named. */
export const NOT_LOGGED_IN =
  'no login is remembered here: log in with latchkey auth login <system> --base-url … --user …, or make a profile with latchkey init';

/** How somebody logs in who never did, or did so elsewhere. */
export function notLoggedInText({ name, exampleUrl }: CliSystem, hasOthers: boolean): string {
  const why = hasOthers ? `no login to ${name} that is remembered here fits` : `no login to ${name} is remembered here`;
  return `${why}: log in with latchkey auth login ${name} --base-url ${exampleUrl} --user …`;
}

/** What gives the secret of a login, where nothing does. */
export function missingSecretText(system: CliSystem, user: string): string {
  const { secret, secretLabel } = formOf(system, user);
  const variable = variableOf(system.name, secret);
  const how = `give --password-stdin or ${variable} (also with _FILE or _COMMAND behind it), or a profile that says where it is`;
  return `${system.name}: the ${secretLabel} is not given: ${how}`;
}

/** The logins that were made before, where none of them was meant. */
export function othersText(labels: readonly string[]): string {
  return labels.length === 0 ? '' : `; logins were made by ${labels.join('; ')}`;
}
