import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { createFileStore } from '../stores/file.ts';
import { type Check, failed, ok, reasonOf, warning } from './doctor/check.ts';
import { checkProxy, checkService } from './doctor/service.ts';
import { checkSpecs } from './doctor/specs.ts';
import { checkFolder, checkLocks, whyNotMade } from './doctor/store-folder.ts';
import { checkVersions } from './doctor/versions.ts';
import { lifeText } from './life.ts';
import { openSession } from './open-session.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';
import { profileFile } from './settings/places.ts';
import { readProfiles } from './settings/profile-file.ts';

/** `latchkey doctor`: looks at all that a session depends on. Sends no credentials, and logs in to nothing. */
export function defineDoctor(verb: Command, io: VerbIo): void {
  sessionFlags(verb)
    .argument('[system]', 'whose service, store and account to look at, too; or name a --profile')
    .addHelpText('after', HELP)
    .action(async (system: string | undefined, _: unknown, command: Command) =>
      io.finish(await doctor(system, command.optsWithGlobals<DoctorFlags>(), io)),
    );
}

const HELP = `
Each line says ok, warning or failed; behind an arrow, what to do. Ends with 0 where nothing failed, else with 1.

Examples:
  $ latchkey doctor
  $ latchkey doctor pulse-crm
  $ latchkey doctor --profile work --json`;

interface DoctorFlags extends SessionFlags {
  readonly json?: true;
}

async function doctor(system: string | undefined, flags: DoctorFlags, io: VerbIo): Promise<Outcome> {
  const isAboutOne = system !== undefined || flags.profile !== undefined;
  const checks: Check[] = [...checkVersions(), await checkConfig(), checkProxy(process.env)];
  const more =
    isAboutOne && !checks.some(isConfigFailure) ? await checkLogin(system, flags, io) : await checkOwnStore();
  checks.push(...more, ...(await checkSpecs(io.signal)));
  if (io.signal.aborted) return interrupted;
  const bad = checks.filter(({ state }) => state === 'failed');
  const odd = checks.filter(({ state }) => state === 'warning');
  const counts = `${checks.length} checks: ${bad.length} failed, ${odd.length} warnings`;
  const lines = [...checks.map(lineOf), ''];
  const fields = { checks };
  if (bad.length === 0) return { code: 'OK', message: counts, text: [...lines, `${counts}.`].join('\n'), fields };
  // What was found is the result, whatever it comes to; only the verdict is an error.
  if (!flags.json) await io.publish({ code: 'OK', message: counts, text: lines.join('\n') });
  return { code: 'ERR_UNHEALTHY', message: `${counts} (${bad.map(({ name }) => name).join(', ')})`, fields };
}

function lineOf({ name, state, message, advice }: Check): string {
  return `${state.padEnd(7)}  ${name}: ${message}${advice === null ? '' : `\n         -> ${advice}`}`;
}

function isConfigFailure({ name, state }: Check): boolean {
  return name === 'config' && state === 'failed';
}

async function checkConfig(): Promise<Check> {
  const file = profileFile(process.env);
  try {
    const { profiles, default: chosen } = await readProfiles(file);
    if (profiles.size === 0) return ok('config', `There are no profiles in ${file}.`);
    return ok('config', `${profiles.size} profiles in ${file}${chosen === undefined ? '' : `, ${chosen} by default`}.`);
  } catch (error) {
    return failed('config', `${reasonOf(error)}.`, 'Mend the file, or move it away and run latchkey init.');
  }
}

/** The store that is used where none is chosen. */
async function checkOwnStore(): Promise<Check[]> {
  try {
    const { location, protection = '' } = createFileStore().describe?.() ?? {};
    return [...(await checkFolderAndLocks(location ?? null)), await keyCheck(protection)];
  } catch (error) {
    // LATCHKEY_KEY or LATCHKEY_KEYCHAIN is none.
    return [failed('key', `${reasonOf(error)}.`, 'Mend the variable, or unset it.')];
  }
}

async function checkFolderAndLocks(folder: string | null): Promise<Check[]> {
  if (folder === null) return [];
  return [...(await checkFolder(folder)), await checkLocks(folder)];
}

async function keyCheck(protection: string): Promise<Check> {
  const text = `Records are protected so: ${protection}.`;
  const file = /the key file (.+)$/.exec(protection)?.[1];
  if (file === undefined) return ok('key', text);
  const problem = existsSync(file) ? undefined : await whyNotMade(file);
  if (problem !== undefined) {
    const advice = 'Give your user the right to write there, or give a key in LATCHKEY_KEY.';
    return failed('key', `The key file ${file} cannot be made: ${problem}.`, advice);
  }
  return ok('key', `${text} Whoever has both the folder and the key file can read them.`);
}

/** The service, the store and the account of one login. */
async function checkLogin(system: string | undefined, flags: SessionFlags, io: VerbIo): Promise<Check[]> {
  let session: Awaited<ReturnType<typeof openSession>>;
  try {
    session = await openSession(system, { ...flags, input: false }, io);
  } catch (error) {
    const settings = failed('settings', `${reasonOf(error)}.`, 'Say it with a flag, a variable or a profile.');
    return [settings, ...(await checkOwnStore())];
  }
  await using opened = session;
  const { settings, client, store } = opened;
  const { kind, location = null, protection = '' } = store.describe?.() ?? { kind: 'store' };
  const where = settings.baseUrl;
  const service = checkService(where, io.signal);
  const folder =
    kind === 'file' ? await checkFolderAndLocks(location) : [ok('store', `${kind} ${location ?? ''}`.trim())];
  const status = await client.session.status({ signal: io.signal });
  const { storeFailure, loginsInWindow, loginsInLastHour, quarantinedUntilMs } = status;
  const isFailure = storeFailure !== null && !folder.some(({ state }) => state === 'failed');
  return [
    ok('settings', `${settings.system.name} as ${settings.user} at ${where}.`),
    ...(await service),
    ...folder,
    ...(isFailure
      ? [failed('store-use', `${storeFailure}.`, 'Sessions are kept in memory only until it can be used.')]
      : []),
    await keyCheck(protection),
    quarantinedUntilMs === null
      ? ok('quarantine', 'No credentials are in quarantine.')
      : warning(
          'quarantine',
          `Refused credentials are not sent ${lifeText(quarantinedUntilMs)}.`,
          'Use the right ones, or latchkey auth logout --clear-quarantine.',
        ),
    loginsInWindow >= BUDGET
      ? warning(
          'budget',
          `${loginsInWindow} logins in 10 minutes: no more are made for now.`,
          'Look for what logs in so often.',
        )
      : ok(
          'budget',
          `${loginsInWindow} of ${BUDGET} logins in 10 minutes are spent, ${loginsInLastHour} in the last hour.`,
        ),
  ];
}

/** The login budget that the command's clients have: the package's own. */
const BUDGET = 10;
