import { type Command, Option } from 'commander';
import type { Outcome, VerbIo } from './outcome.ts';
import { productionFlag } from './production.ts';
import { type SessionFlags, SYSTEM_ARGUMENT, sessionFlags } from './session-flags.ts';

/** What a verb of `latchkey auth` does. */
export type AuthVerb<Flags extends SessionFlags = SessionFlags> = (
  system: string | undefined,
  flags: Flags,
  io: VerbIo,
) => Promise<Outcome>;

/** `latchkey auth`: begin, show, use and end the session of a login. */
export function defineAuth(auth: Command, io: VerbIo): void {
  const define = (name: string, summary: string, load: () => Promise<AuthVerb>): Command => {
    const verb = sessionFlags(auth.command(name)).description(summary).argument('[system]', SYSTEM_ARGUMENT);
    return verb.action(async (system: string | undefined, _: unknown, command: Command) => {
      const run = await load();
      io.finish(await run(system, command.optsWithGlobals<SessionFlags>(), io));
    });
  };

  define('login', 'log in, unless a live session is there', async () => (await import('./auth/login.ts')).login)
    .option('--force', 'log in anew, whatever is there')
    .addHelpText('after', LOGIN_HELP);
  define('status', 'tell who is logged in where, and until when', async () => (await import('./auth/status.ts')).status)
    .option('--verify', 'ask the service whether the session lives')
    .addHelpText('after', STATUS_HELP);
  define('token', 'print the session', async () => (await import('./auth/token.ts')).token).addHelpText(
    'after',
    TOKEN_HELP,
  );
  define(
    'header',
    'print what a call needs to carry the session',
    async () => (await import('./auth/header.ts')).header,
  )
    .addOption(
      new Option('--format <form>', '"plain", or "curl" for curl --config').choices(['plain', 'curl']).default('plain'),
    )
    .addHelpText('after', HEADER_HELP);
  define('refresh', 'prolong the session, or log in anew', async () => (await import('./auth/refresh.ts')).refresh);
  productionFlag(
    define('logout', 'end the session and forget it', async () => (await import('./auth/logout.ts')).logout),
  )
    .option('--clear-quarantine', 'let refused credentials be tried again, too')
    .addHelpText('after', LOGOUT_HELP);
  auth
    .command('list')
    .description('list the logins of this machine, and the profiles')
    .action(async () => io.finish(await (await import('./auth/list.ts')).list(io)));
}

const LOGIN_HELP = `
The password or API secret is asked for without showing it, or read from stdin (--password-stdin), the environment
(such as LATCHKEY_PULSE_CRM_API_SECRET, also with _FILE or _COMMAND behind it), or what the profile names.

Examples:
  $ latchkey auth login pulse-crm --base-url https://crm.example.com --user me@example.com
  $ pass show crm | latchkey auth login pulse-crm --base-url https://crm.example.com --user key --password-stdin
  $ latchkey auth login --profile work`;

const STATUS_HELP = `
Ends with 0 where there is a live session, else with 4.

Examples:
  $ latchkey auth status pulse-crm
  $ latchkey auth status --profile work --json`;

const TOKEN_HELP = `
Logs in first where that is needed and can be done without asking. Of several that start at once, one logs in.

Examples:
  $ TOKEN=$(latchkey auth token pulse-crm)
  $ latchkey auth token --profile work --json`;

const HEADER_HELP = `
Headers for REST; the element of soap:Header for Zuora SOAP; the JSON fields for Zato, which takes no header.

Examples:
  $ curl --config <(latchkey auth header pulse-crm --format curl) https://crm.example.com/auth/session
  $ latchkey auth header zuora-soap`;

const LOGOUT_HELP = `
Only Zato ends a session when asked; the others live on at the service until they time out, and it says so. Whoever else uses the session loses it
too: in a place that a profile marks as production, that is asked about first.

Examples:
  $ latchkey auth logout pulse-crm`;
