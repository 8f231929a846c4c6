import type { Command } from 'commander';
import { type Check, failed, ok, reasonOf } from './doctor/check.ts';
import { checkHome } from './doctor/home.ts';
import { checkLogin } from './doctor/login.ts';
import { checkProxy } from './doctor/service.ts';
import { checkSpecs } from './doctor/specs.ts';
import { checkOwnStore } from './doctor/store.ts';
import { checkVersions } from './doctor/versions.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { type SessionFlags, sessionFlags } from './session-flags.ts';
import { profileFile } from './settings/places.ts';
import type { Profiles } from './settings/profile.ts';
import { readProfiles } from './settings/profile-file.ts';

/** `latchkey doctor`: looks at all that a session depends on. Sends no credentials, and logs in to nothing. */
export function defineDoctor(verb: Command, io: VerbIo): void {
  sessionFlags(verb)
    .argument('[system]', 'whose service, store and account to look at, too (default: of the default profile)')
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
  const checks: Check[] = [...checkVersions(), checkHome(process.env)];
  // Without a home folder there are no profiles and no store to look at.
  if (checks.every(({ state }) => state !== 'failed')) {
    const { check, profiles } = await checkConfig();
    checks.push(check);
    const isAboutOne = profiles !== undefined && (system !== undefined || namesLogin(flags, profiles));
    checks.push(...(isAboutOne ? await checkLogin(system, flags, io) : await checkOwnStore(flags.store)));
  }
  checks.push(checkProxy(process.env));
  checks.push(...(await checkSpecs(io.signal)));
  if (io.signal.aborted) return interrupted;
  const bad = checks.filter(({ state }) => state === 'failed');
  const odd = checks.filter(({ state }) => state === 'warning');
  const counts = `${checks.length} checks: ${bad.length} failed, ${odd.length} ${odd.length === 1 ? 'warning' : 'warnings'}`;
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

/** Whether somebody's login is meant, though no system is named. */
function namesLogin({ json: _, input: __, store: ___, ...flags }: DoctorFlags, profiles: Profiles): boolean {
  return Object.keys(flags).length > 0 || Boolean(process.env.LATCHKEY_PROFILE) || profiles.default !== undefined;
}

/** The file of profiles; one that cannot be read has none to go on with. */
async function checkConfig(): Promise<{ readonly check: Check; readonly profiles?: Profiles }> {
  const file = profileFile(process.env);
  try {
    const found = await readProfiles(file);
    const { profiles, default: chosen } = found;
    const count = profiles.size === 1 ? '1 profile' : `${profiles.size} profiles`;
    const text =
      profiles.size === 0 ? 'There are no profiles' : chosen === undefined ? count : `${count}, ${chosen} by default,`;
    return { check: ok('config', `${text} in ${file}.`), profiles: found };
  } catch (error) {
    const advice = 'Mend the file, or move it away and run latchkey init.';
    return { check: failed('config', `${reasonOf(error)}.`, advice) };
  }
}
