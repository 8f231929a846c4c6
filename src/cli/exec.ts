import { type Command, InvalidArgumentError } from 'commander';
import { badArgument } from '../errors.ts';
import { isSystemName, systemNames } from '../sandbox/systems.ts';
import { runChild } from './exec/child.ts';
import { environmentWith } from './exec/environment.ts';
import { durationText } from './life.ts';
import { type OpenSession, openSession } from './open-session.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { confirmInProduction, type ProductionFlags, productionFlag } from './production.ts';
import { type SessionFlags, SYSTEM_ARGUMENT, sessionFlags } from './session-flags.ts';

interface ExecFlags extends SessionFlags, ProductionFlags {
  /** In seconds. */
  readonly refreshIfBelow?: number;
}

/** `latchkey exec`: runs a command with the session in its environment. */
export function defineExec(verb: Command, io: VerbIo): void {
  productionFlag(sessionFlags(verb))
    .usage('[options] [system] -- <command> [argument...]')
    .argument('[system]', SYSTEM_ARGUMENT)
    .argument('[command...]', 'behind --: the command to run, with its arguments')
    .option('--refresh-if-below <seconds>', 'prolong the session first where it lives for less', secondsFrom)
    .addHelpText('after', HELP)
    .action(async (system: string | undefined, words: readonly string[], _: unknown, command: Command) => {
      const given = [...(system === undefined ? [] : [system]), ...words];
      io.finish(await exec(given, command.optsWithGlobals<ExecFlags>(), io));
    });
}

const HELP = `
The command finds LATCHKEY_TOKEN, LATCHKEY_BASE_URL (of Zuora SOAP the server's), and what a call carries: each header as
LATCHKEY_HEADER_<NAME> and all as JSON in LATCHKEY_HEADERS; LATCHKEY_SOAP_HEADER; LATCHKEY_FIELDS as JSON. LATCHKEY_EXPIRES_AT is set
where the end is known. Passwords, API secrets and keys of ours do not reach it. It has our stdin, stdout and stderr, gets our signals, and we
end with what it ends with; 127 where it is not there, 126 where it cannot be run.

Keep the session out of arguments, which everybody on the machine can read: curl --config - takes a header from stdin.

Examples:
  $ latchkey exec pulse-crm -- python3 report.py
  $ latchkey exec --profile work --refresh-if-below 300 -- ./nightly.sh
  $ latchkey exec pulse-crm -- sh -c 'printf "header = \\"Authorization: %s\\"" "$LATCHKEY_HEADER_AUTHORIZATION" | curl --config - "$LATCHKEY_BASE_URL/auth/session"'`;

async function exec(words: readonly string[], flags: ExecFlags, io: VerbIo): Promise<Outcome> {
  const [program, ...args] = io.behindDashes ?? [];
  if (!program) throw badArgument('ERR_USAGE', 'a command is missing: latchkey exec SYSTEM -- COMMAND');
  const [system, stray] = words.slice(0, words.length - args.length - 1);
  if (system !== undefined && !isSystemName(system)) {
    throw badArgument('ERR_USAGE', `"${system}" is no system: there are ${systemNames.join(', ')}`);
  }
  if (stray !== undefined) throw badArgument('ERR_USAGE', `"${stray}" stands before --: the command belongs behind it`);
  const env = await environmentOf(program, system, flags, io);
  return io.signal.aborted ? interrupted : runChild([program, ...args], env, io);
}

/** Everything is closed again before the command runs, for however long. */
async function environmentOf(
  program: string,
  system: string | undefined,
  flags: ExecFlags,
  io: VerbIo,
): Promise<NodeJS.ProcessEnv> {
  await using opened = await openSession(system, flags, io);
  // Nobody knows what a command does.
  const what = `${program} may change data with the session of`;
  await confirmInProduction(opened.settings, { what, isYes: flags.yes === true, asker: opened.asker });
  const session = await sessionFor(opened, flags.refreshIfBelow, io);
  return environmentWith(process.env, opened.settings, session);
}

async function sessionFor(opened: OpenSession, seconds: number | undefined, io: VerbIo) {
  const session = await opened.session();
  const isShort = ({ expiresAtMs }: typeof session): boolean =>
    seconds !== undefined && expiresAtMs !== null && expiresAtMs - Date.now() < seconds * 1000;
  if (!isShort(session)) return session;
  // Only Zato prolongs a session; elsewhere it is a login.
  if (opened.settings.system.name !== 'zato-sso') await opened.askSecretIfNeeded();
  const renewed = await opened.loggingIn(() => opened.client.session.renew({ signal: io.signal }));
  if (isShort(renewed)) {
    const left = durationText((renewed.expiresAtMs ?? 0) - Date.now());
    io.note(`warning: a new session lives for ${left} only, which is below --refresh-if-below ${seconds}`);
  }
  return renewed;
}

function secondsFrom(text: string): number {
  const seconds = Number(text);
  if (/^\d+(?:\.\d+)?$/.test(text) && seconds > 0) return seconds;
  throw new InvalidArgumentError('It is a number of seconds above 0.');
}
