import { badArgument } from '../../errors.ts';
import { isSystemName, type SystemName, systemNames } from '../../sandbox/systems.ts';
import { addressOf, type Choose, chooseLogin, labelsOf } from './choose-login.ts';
import { sourceIn, totpIn } from './env-source.ts';
import type { KnownLogin } from './known-logins.ts';
import { type MissingSetting, missingText, NOT_LOGGED_IN, notLoggedInText, othersText } from './missing-setting.ts';
import type { Environment } from './places.ts';
import { profileFile } from './places.ts';
import { productionProfileOf } from './production.ts';
import type { Profile, Profiles } from './profile.ts';
import { profileNamed, readProfiles } from './profile-file.ts';
import type { SecretSource, TotpSource } from './secret-source.ts';
import { fixedStore } from './store-choice.ts';
import {
  type CliSystem,
  cliSystems,
  type ExtraName,
  flagOf,
  foreignExtra,
  formOf,
  specAddressOf,
  variableOf,
} from './systems.ts';

/** What the command line may say of a login. */
export interface LoginFlags extends Partial<Readonly<Record<ExtraName, string>>> {
  readonly profile?: string;
  readonly baseUrl?: string;
  readonly user?: string;
  readonly passwordStdin?: true;
  readonly store?: string;
  readonly allowInsecure?: true;
}

/** Where a setting was found, in words. */
type From = string;

/** What a login and its session depend on, settled. */
export interface Settings {
  readonly system: CliSystem;
  /** Name of the profile that was used, if one was. */
  readonly profile: string | undefined;
  readonly baseUrl: string;
  readonly user: string;
  readonly extras: Partial<Readonly<Record<ExtraName, string>>>;
  /** Absent where it must be asked for. */
  readonly secret: (SecretSource & { readonly from: From }) | undefined;
  readonly totp: (TotpSource & { readonly from: From }) | undefined;
  readonly store: string;
  readonly sessionTimeoutMs: number | undefined;
  readonly allowInsecure: boolean;
  /** Name of the profile that marks the place as production, if one does: what may change data there is asked about first. */
  readonly productionProfile: string | undefined;
}

/** One of the places that settings come from; the first that says something counts. */
interface Level extends Partial<Readonly<Record<ExtraName | 'baseUrl' | 'user' | 'store', string | undefined>>> {
  readonly from: From;
  /** Of the user that it names, or of anybody where it names none. */
  readonly secret?: SecretSource | undefined;
  /** The same, where the user decides which one it is. */
  readonly secretOf?: (user: string) => SecretSource | undefined;
  readonly totp?: TotpSource | undefined;
}

const NO_ENTITY = 'none';

/** What settings are read from. */
export interface SettingsInput {
  readonly system: string | undefined;
  readonly flags: LoginFlags;
  readonly env: Environment;
  /** Logins that were made before, the latest first; asked only where nothing else says whose session is meant. */
  known(): Promise<readonly KnownLogin[]>;
  /** Asks a person for what is missing; absent where nobody can be asked. */
  readonly ask?: ((what: MissingSetting) => Promise<string>) | undefined;
  /** Lets a person choose where several systems or logins could be meant. */
  readonly choose?: Choose | undefined;
  /** Whoever logs in need not be told how one does; whoever asks for the status may be logged in nowhere. */
  readonly purpose?: 'login' | 'status' | undefined;
}

/**
 * Settles whose session is meant and what a login would take: flags go before the environment, that before the profile, that before logins made
 * before. A secret counts only for the user whom its place names, so that one user's password is never sent as another's.
 * @throws TypeError with code `ERR_USAGE` or `ERR_PROFILE_FILE`
 */
export async function settle(input: SettingsInput): Promise<Settings> {
  const { flags, env } = input;
  const profiles = await readProfiles(profileFile(env));
  const chosen = chosenProfile(input, profiles);
  const system = cliSystems[await systemOf(input, chosen?.profile)];
  refuseUnfit(system, flags);
  const upper = oneEntity([flagLevel(flags), envLevel(system, env, flags.user), profileLevel(system, chosen)]);
  const isWhole = (['user', 'baseUrl', ...system.required] as const).every((name) => first(upper, name) !== undefined);
  const others = isWhole ? [] : (await input.known()).filter((login) => login.system === system.name);
  const known = await chooseLogin(system, (name) => first(upper, name), others, input.choose);
  const levels = oneEntity([...upper, knownLevel(known), specLevel(system, others)]);

  const obtain = async (name: MissingSetting['name']): Promise<string> => {
    const found = first(levels, name);
    if (found !== undefined) return found;
    const missing = { name, system, baseUrl: name === 'baseUrl' ? undefined : first(levels, 'baseUrl') };
    if (input.ask) return input.ask(missing);
    const elsewhere = othersText(labelsOf(system, others));
    const isSaid = (['user', 'baseUrl'] as const).some((each) => first(levels.slice(0, -1), each) !== undefined);
    const isUnknown = input.purpose !== 'login' && chosen === undefined && !isSaid;
    if (isUnknown) throw badArgument('ERR_NOT_LOGGED_IN', notLoggedInText(system, others.length > 0) + elsewhere);
    throw badArgument('ERR_USAGE', missingText(missing) + elsewhere);
  };
  const baseUrl = addressOf(await obtain('baseUrl'));
  const user = await obtain('user');
  const extras: Partial<Record<ExtraName, string>> = {};
  for (const name of system.extras) {
    const value = system.required.includes(name) ? await obtain(name) : first(levels, name);
    // An empty one says that there is none.
    if (value) extras[name] = value;
  }
  const name = chosen?.name ?? known?.profile;
  const { profile } = chosen ?? {};
  return {
    system,
    profile: name,
    baseUrl,
    user,
    extras,
    secret: sourceFor(
      levels.map((level) => ({ ...level, secret: level.secret ?? level.secretOf?.(user) })),
      user,
      'secret',
    ),
    totp: sourceFor(levels, user, 'totp'),
    store: first(levels, 'store') ?? 'file',
    sessionTimeoutMs: profile?.sessionTimeoutMs,
    allowInsecure: flags.allowInsecure ?? profile?.allowInsecure ?? known?.allowInsecure ?? false,
    productionProfile: productionProfileOf(profiles, { system, profile: name, baseUrl, user }),
  };
}

interface ChosenProfile {
  readonly name: string;
  readonly profile: Profile;
}

/** The profile that is meant. One that is only the default, or the environment's, gives way to a system that is named. */
function chosenProfile({ system, flags, env }: SettingsInput, profiles: Profiles): ChosenProfile | undefined {
  const name = flags.profile ?? (env.LATCHKEY_PROFILE || profiles.default);
  if (name === undefined) return undefined;
  const profile = profileNamed(
    profiles,
    name,
    flags.profile !== undefined ? '--profile' : 'LATCHKEY_PROFILE',
    profileFile(env),
  );
  if (system === undefined || profile.system === system) return { name, profile };
  if (flags.profile === undefined) return undefined;
  throw badArgument('ERR_USAGE', `the profile ${name} is for ${profile.system}, not for ${system}`);
}

async function systemOf(
  { system, known, choose, purpose }: SettingsInput,
  profile: Profile | undefined,
): Promise<SystemName> {
  if (system !== undefined) {
    if (isSystemName(system)) return system;
    throw badArgument('ERR_USAGE', `"${system}" is no system: there are ${systemNames.join(', ')}`);
  }
  if (profile !== undefined) return profile.system;
  const systems = new Set((await known()).map((login) => login.system));
  const [only, ...others] = systems;
  if (only !== undefined && others.length === 0) return only;
  if (choose !== undefined) {
    const names = [...systems, ...systemNames.filter((name) => !systems.has(name))];
    const choices = names.map((value) => ({ value, label: `${cliSystems[value].title} (${value})` }));
    return choose('Which system?', choices);
  }
  if (only === undefined && purpose === 'status') throw badArgument('ERR_NOT_LOGGED_IN', NOT_LOGGED_IN);
  const made = `logins were made to ${[...systems].join(', ')}, as latchkey auth list shows`;
  const why = only === undefined ? '' : `; ${made}`;
  throw badArgument('ERR_USAGE', `say which system is meant (${systemNames.join(', ')}), or name a --profile${why}`);
}

/** What would mean nothing is told, or somebody believes that it counts. */
function refuseUnfit(system: CliSystem, flags: LoginFlags): void {
  const blank = Object.entries(flags).find(([, value]) => typeof value === 'string' && value.trim() === '');
  if (blank !== undefined) throw badArgument('ERR_USAGE', `${flagOf(blank[0])} is empty`);
  const foreign = foreignExtra(system, flags);
  if (foreign !== undefined) throw badArgument('ERR_USAGE', `${flagOf(foreign)} is not for ${system.name}`);
}

/** An entity has one name or the other: below the first place that names one, none counts. */
function oneEntity(levels: readonly Level[]): readonly Level[] {
  const at = levels.findIndex(({ entityId, entityName }) => entityId !== undefined || entityName !== undefined);
  const { entityId, entityName, from } = levels[at] ?? {};
  if (entityId !== undefined && entityName !== undefined) {
    throw badArgument('ERR_USAGE', `${from} names an entity by id and by name: one of them`);
  }
  return levels.map((level, index) =>
    at < 0 || index <= at ? level : { ...level, entityId: undefined, entityName: undefined },
  );
}

function flagLevel({ passwordStdin, profile: _, allowInsecure: __, ...flags }: LoginFlags): Level {
  const { store = '' } = flags;
  if (URL.canParse(store) && new URL(store).password !== '') {
    const why = 'everybody on this machine can read the arguments of a program';
    throw badArgument('ERR_USAGE', `--store holds a password, and ${why}: put the address into LATCHKEY_STORE`);
  }
  return {
    ...flags,
    ...withoutEntity(flags),
    ...(flags.store !== undefined && { store: fixedStore(flags.store) }),
    from: 'the command line',
    secret: passwordStdin && { kind: 'stdin' },
  };
}

/** An entity called none is none: so is the login named that was made without one. */
function withoutEntity({ entityId, entityName }: LoginFlags): Partial<Level> {
  const names = [entityId, entityName].filter((name) => name !== undefined);
  return names.length > 0 && names.every((name) => name === NO_ENTITY) ? { entityId: '', entityName: undefined } : {};
}

/** The variables of a system: `LATCHKEY_<SYSTEM>_…`, and for secrets `…_FILE` and `…_COMMAND` as well. */
function envLevel(system: CliSystem, env: Environment, wanted: string | undefined): Level {
  const value = (name: string): string | undefined => env[variableOf(system.name, name)] || undefined;
  const form =
    wanted !== undefined
      ? formOf(system, wanted)
      : (system.forms.find(({ user }) => value(user) !== undefined) ?? system.forms[0]);
  return {
    from: 'the environment',
    baseUrl: value('baseUrl'),
    user: value(form.user),
    store: env.LATCHKEY_STORE ? fixedStore(env.LATCHKEY_STORE) : undefined,
    // Of each form that a user may be of; it is not known yet of which one is meant.
    secretOf: (user) => sourceIn(env, variableOf(system.name, formOf(system, user).secret)),
    totp: system.hasTotp ? totpIn(env, system) : undefined,
    ...Object.fromEntries(system.extras.map((name) => [name, value(name)])),
  };
}

function profileLevel(system: CliSystem, chosen: ChosenProfile | undefined): Level {
  if (chosen === undefined) return { from: '' };
  const { sessionTimeoutMs: _, production: __, allowInsecure: ___, system: ____, ...profile } = chosen.profile;
  // Whoever wrote down who logs in, and no address, means the one that the spec names.
  const baseUrl = profile.baseUrl ?? (profile.user === undefined ? undefined : specAddressOf(system));
  return { ...profile, baseUrl, from: `the profile ${chosen.name}` };
}

/** The address in the spec is a last resort: it is production, and whoever has logged in elsewhere may not mean it. */
function specLevel(system: CliSystem, logins: readonly KnownLogin[]): Level {
  const baseUrl = specAddressOf(system);
  const isElsewhere = logins.some((login) => login.baseUrl !== baseUrl);
  return { from: 'the spec', baseUrl: isElsewhere ? undefined : baseUrl };
}

function knownLevel(known: KnownLogin | undefined): Level {
  if (known === undefined) return { from: '' };
  const { baseUrl, user, extras, store } = known;
  return { from: 'an earlier login', baseUrl, user, store, ...extras };
}

/** A secret is taken only from a place that names the same user, or none. */
function sourceFor<Name extends 'secret' | 'totp'>(levels: readonly Level[], user: string, name: Name) {
  for (const level of levels) {
    if (level.user !== undefined && level.user !== user) continue;
    const source = level[name];
    if (source !== undefined) return { ...source, from: level.from };
  }
  return undefined;
}

function first(
  levels: readonly Level[],
  name: Exclude<keyof Level, 'from' | 'secret' | 'secretOf' | 'totp'>,
): string | undefined {
  return levels.find((level) => level[name] !== undefined)?.[name];
}

/** What is remembered of a login. */
export function knownOf(settings: Settings): KnownLogin {
  const { system, baseUrl, user, extras, profile, store, allowInsecure } = settings;
  return {
    system: system.name,
    baseUrl,
    user,
    extras,
    profile,
    store,
    allowInsecure: allowInsecure || undefined,
    atMs: Date.now(),
  };
}
