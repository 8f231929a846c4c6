import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { badArgument } from '../../errors.ts';
import { isSystemName, type SystemName, systemNames } from '../../sandbox/systems.ts';
import { checkBaseUrl } from '../../transport/origins.ts';
import type { Asker } from '../asker.ts';
import { isProfileName, type Profiles } from '../settings/profile.ts';
import { commandIn } from '../settings/secret-source.ts';
import { isStoreWord } from '../settings/store-choice.ts';
import { type CliSystem, cliSystems, type ExtraName, flagOf, formOf, variableOf } from '../settings/systems.ts';

/** What the command line says of a new profile. */
export interface InitFlags extends Partial<Readonly<Record<ExtraName, string>>> {
  readonly name?: string;
  readonly system?: string;
  readonly baseUrl?: string;
  readonly user?: string;
  readonly store?: string;
  readonly secretCommand?: string;
  readonly secretFile?: string;
  readonly production?: true;
  readonly default?: true;
  readonly allowInsecure?: true;
  readonly replace?: true;
}

/** A profile before it is written. */
export interface ProfileDraft {
  readonly name: string;
  readonly system: CliSystem;
  /** What the file will say of it: no secret, only where one comes from. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly isDefault: boolean;
  /** Where the secret comes from; `none` is asked for at each login, or taken from the environment. */
  readonly source: 'command' | 'file' | 'none';
}

/** What a profile is made of. */
export interface DraftInput {
  readonly flags: InitFlags;
  /** Those that are there. */
  readonly profiles: Profiles;
  /** Who is asked for what the flags do not say; without one, what must be said and is not is an error. */
  readonly asker: Asker | undefined;
}

/**
 * Makes a profile of flags and answers.
 * @throws TypeError with code `ERR_USAGE` that names what is missing or wrong, `ERR_BASE_URL` or `ERR_INSECURE_URL`
 */
export async function draftProfile({ flags, profiles, asker }: DraftInput): Promise<ProfileDraft> {
  if (asker === undefined) refuseMissing(flags);
  if (flags.secretCommand !== undefined && flags.secretFile !== undefined) {
    throw badArgument('ERR_USAGE', '--secret-command and --secret-file: one of them');
  }
  const system = cliSystems[await systemFor(flags, asker)];
  const baseUrl = await addressFor(system, flags, asker);
  const given = flags.user ?? (await asker?.text(system.forms.map(({ userLabel }) => userLabel).join(' or ')));
  const user = given ?? '';
  const extras = await extrasFor(system, flags, asker);
  const secret = await secretFor(system, user, flags, asker);
  const name = await nameFor(system, flags, profiles, asker);
  const isProduction =
    flags.production ?? (await asker?.confirm('Is it production? Then changes are asked about first'));
  const hasOther = profiles.default !== undefined && profiles.default !== name;
  const isDefault =
    flags.default ??
    (await asker?.confirm('Use it where no profile is named?', !hasOther)) ??
    profiles.default === name;
  const { store } = flags;
  return {
    name,
    system,
    isDefault,
    source: secret.secretCommand ? 'command' : secret.secretFile ? 'file' : 'none',
    entry: {
      system: system.name,
      ...(baseUrl !== undefined && { baseUrl }),
      user,
      ...extras,
      ...secret,
      ...(store !== undefined && { store: isStoreWord(store) ? store : pathIn(store) }),
      ...(isProduction && { production: true }),
      ...(flags.allowInsecure && { allowInsecure: true }),
    },
  };
}

/** What cannot be done without, all at once. */
function refuseMissing(flags: InitFlags): void {
  const { system: name } = flags;
  const system = name !== undefined && isSystemName(name) ? cliSystems[name] : undefined;
  const needed = ['name', 'system', ...(name === 'zuora-soap' ? [] : (['baseUrl'] as const)), 'user'] as const;
  const missing = [...needed, ...(system?.required ?? [])].filter((each) => flags[each] === undefined);
  if (missing.length === 0) return;
  throw badArgument(
    'ERR_USAGE',
    `there is nobody to ask, so what the profile needs must be given: ${missing.map(flagOf).join(', ')}`,
  );
}

async function systemFor({ system }: InitFlags, asker: Asker | undefined): Promise<SystemName> {
  if (system !== undefined) {
    if (isSystemName(system)) return system;
    throw badArgument('ERR_USAGE', `--system "${system}" is no system: there are ${systemNames.join(', ')}`);
  }
  const choices = systemNames.map((value) => ({ value, label: `${cliSystems[value].title} (${value})` }));
  return asked(asker).choose('Which system is it for?', choices);
}

async function addressFor(
  system: CliSystem,
  { baseUrl, ...flags }: InitFlags,
  asker: Asker | undefined,
): Promise<string | undefined> {
  const allowInsecure = flags.allowInsecure === true;
  if (baseUrl !== undefined) return checkBaseUrl(baseUrl, allowInsecure);
  const isOptional = system.name === 'zuora-soap';
  if (asker === undefined) return undefined;
  const check = (answer: string): string | undefined =>
    isOptional && answer === '' ? undefined : problemOf(() => checkBaseUrl(answer, allowInsecure));
  const hint = isOptional ? ' (nothing: the address that its WSDL names)' : '';
  const answer = await asker.text(`Where is ${system.title}?${hint}`, {
    placeholder: system.exampleUrl,
    isOptional,
    check,
  });
  return answer === '' ? undefined : checkBaseUrl(answer, allowInsecure);
}

const QUESTIONS: Readonly<Record<ExtraName, string>> = {
  currentApp: 'Name of the calling application (current_app)',
  accountId: 'Account that calls are about',
  entityId: 'Entity, by id',
  entityName: 'Entity, by name',
};

async function extrasFor(
  system: CliSystem,
  flags: InitFlags,
  asker: Asker | undefined,
): Promise<Partial<Record<ExtraName, string>>> {
  const foreign = (Object.keys(QUESTIONS) as ExtraName[]).find(
    (name) => flags[name] !== undefined && !system.extras.includes(name),
  );
  if (foreign !== undefined) throw badArgument('ERR_USAGE', `${flagOf(foreign)} is not for ${system.name}`);
  const extras: Partial<Record<ExtraName, string>> = {};
  for (const name of system.extras) {
    // An entity has one name or the other.
    const isSettled = name === 'entityName' && extras.entityId !== undefined;
    const isOptional = !system.required.includes(name);
    const question = `${QUESTIONS[name]}${isOptional ? ' (may be left out)' : ''}`;
    const value = flags[name] ?? (isSettled ? undefined : await asker?.text(question, { isOptional }));
    if (value) extras[name] = value;
  }
  return extras;
}

async function secretFor(
  system: CliSystem,
  user: string,
  { secretCommand, secretFile }: InitFlags,
  asker: Asker | undefined,
): Promise<{ readonly secretCommand?: readonly string[]; readonly secretFile?: string }> {
  if (secretCommand !== undefined) return { secretCommand: commandFrom(secretCommand, '--secret-command ') };
  if (secretFile !== undefined) return { secretFile: pathIn(secretFile) };
  if (asker === undefined) return {};
  const { secret, secretLabel } = formOf(system, user);
  const variable = variableOf(system.name, secret);
  const from = await asker.choose(`Where does the ${secretLabel} come from? It is not written down here`, [
    { value: 'asked', label: 'It is asked for at each login' },
    { value: 'command', label: 'A command prints it, such as that of a password manager' },
    { value: 'file', label: 'A file holds it' },
    { value: 'environment', label: `The environment: ${variable}` },
  ]);
  if (from === 'command') {
    const check = (answer: string): string | undefined => problemOf(() => commandFrom(answer, 'It '));
    return { secretCommand: commandFrom(await asker.text('The command', { placeholder: 'pass show crm', check }), '') };
  }
  if (from === 'file') return { secretFile: pathIn(await asker.text('The file')) };
  return {};
}

async function nameFor(
  system: CliSystem,
  { name, replace }: InitFlags,
  { profiles }: Profiles,
  asker: Asker | undefined,
): Promise<string> {
  const check = (answer: string): string | undefined =>
    isProfileName(answer) ? undefined : 'A name has letters, digits, ".", "_" and "-", 64 at most';
  const wrong = name === undefined ? undefined : check(name);
  if (wrong !== undefined) throw badArgument('ERR_USAGE', `--name "${name}": ${wrong}`);
  const initial = profiles.has(system.name) ? undefined : system.name;
  const chosen = name ?? (await asked(asker).text('A name for the profile', { check, ...(initial && { initial }) }));
  if (!profiles.has(chosen) || replace) return chosen;
  if (asker === undefined) {
    throw badArgument('ERR_USAGE', `there is a profile "${chosen}" already: give another --name, or --replace`);
  }
  if (await asker.confirm(`There is a profile ${chosen} already. Replace it?`)) return chosen;
  return nameFor(system, {}, { profiles }, asker);
}

function commandFrom(text: string, what: string): readonly string[] {
  try {
    return commandIn(text);
  } catch (error) {
    throw badArgument('ERR_USAGE', `${what}${error instanceof Error ? error.message : ''}`);
  }
}

/** The profile's paths count from its own folder; a person's from where they are. */
function pathIn(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(path);
}

function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What was missing was refused before. */
function asked(asker: Asker | undefined): Asker {
  if (asker === undefined) throw badArgument('ERR_USAGE', 'there is nobody to ask');
  return asker;
}
