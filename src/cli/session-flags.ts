import type { Command, Option } from 'commander';
import type { LoginFlags } from './settings/settings.ts';

/** Flags of every verb that uses a session. */
export interface SessionFlags extends LoginFlags {
  readonly input?: boolean;
}

/** What the argument of such a verb may be. */
export const SYSTEM_ARGUMENT =
  'zuora-rest, zuora-soap, zato-sso or pulse-crm; may be left out where a profile or an earlier login says it';

const flags = [
  ['--profile <name>', 'the profile of this name'],
  ['--base-url <url>', 'where the service is'],
  ['--user <name>', 'who logs in: user name, API key or email address'],
  ['--current-app <name>', 'Zato: the calling application'],
  ['--account-id <id>', 'Pulse: the account that calls are about'],
  ['--entity-id <id>', 'Zuora: the entity, by id; "none" is a login without one'],
  ['--entity-name <name>', 'Zuora: the entity, by name'],
  ['--store <where>', '"file", "memory", a folder, or redis://host:port'],
  ['--password-stdin', 'read the password or API secret from stdin'],
  ['--allow-insecure', 'allow plain http to other machines'],
  ['--no-input', 'never ask; what is missing is an error'],
] as const;

/** Lays out the flags of every verb that uses a session. */
export function sessionFlags(verb: Command): Command {
  return flags.reduce((command, [name, meaning]) => command.option(name, meaning), verb);
}

/** The options of a verb, those that it shares with every verb of a session behind its own. */
export function ownFirst(options: readonly Option[]): Option[] {
  const isShared = (option: Option): boolean => flags.some(([name]) => name === option.flags);
  const shared = options.filter(isShared);
  if (shared.length < flags.length) return [...options];
  return [...options.filter((option) => !isShared(option)), ...shared];
}
