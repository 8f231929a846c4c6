import { type Command, Option } from 'commander';
import type { LoginFlags } from './settings/settings.ts';

/** Flags of every verb that uses a session. */
export interface SessionFlags extends LoginFlags {
  readonly input?: boolean;
}

/** Lays out the flags of every verb that uses a session. */
export function sessionFlags(verb: Command): Command {
  return verb
    .option('--profile <name>', 'the profile of this name')
    .option('--base-url <url>', 'where the service is')
    .option('--user <name>', 'who logs in: user name, API key or email address')
    .option('--current-app <name>', 'Zato: the calling application')
    .option('--account-id <id>', 'Pulse: the account that calls are about')
    .option('--entity-id <id>', 'Zuora: the entity, by id; "none" is a login without one')
    .option('--entity-name <name>', 'Zuora: the entity, by name')
    .option('--store <where>', '"file", "memory", a folder, or redis://host:port')
    .option('--password-stdin', 'read the password or API secret from stdin')
    .addOption(new Option('--allow-insecure', 'allow plain http to other machines'))
    .option('--no-input', 'never ask; what is missing is an error');
}
