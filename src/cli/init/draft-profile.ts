import { badArgument } from '../../errors.ts';
import { isSystemName, type SystemName, systemNames } from '../../sandbox/systems.ts';
import { checkBaseUrl } from '../../transport/origins.ts';
import type { Asker } from '../asker.ts';
import { addressWords } from '../own-words.ts';
import { capitalised } from '../question-ways.ts';
import { isProfileName, type Profiles } from '../settings/profile.ts';
import type { LoginFlags } from '../settings/settings.ts';
import { checkStoreChoice, holdsPassword, isStoreWord } from '../settings/store-choice.ts';
import { type CliSystem, cliSystems, type ExtraName, flagOf, foreignExtra } from '../settings/systems.ts';
import { pathIn, problemOf, refuseSources, type SourceFlags, secretSource, totpSource } from './sources.ts';

/** What the command line says of a new profile. */
export interface InitFlags extends SourceFlags, Partial<Readonly<Record<ExtraName, string>>> {
  readonly name?: string;
  readonly system?: string;
  readonly baseUrl?: string;
  readonly user?: string;
  readonly store?: string;
  readonly production?: true;
  readonly default?: true;
  readonly allowInsecure?: true;
  readonly replace?: true;
}

/** A profile before it is written. */
export interface ProfileDraft {
  readonly name: string;
  readonly system: CliSystem;
  /** Whose login it is, as the command line says it. */
  readonly who: LoginFlags;
  /** What the file will say of it: no secret, only where one comes from. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly isDefault: boolean;
  /** Whether the profile says where the secret comes from; if not, it is asked for at each login, or taken from the environment. */
  readonly hasSource: boolean;
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
  refuseUnfit(flags);
  if (asker === undefined) refuseMissing(flags);
  const system = cliSystems[await systemFor(flags, asker)];
  refuseForeign(system, flags);
  const baseUrl = await addressFor(system, flags, asker);
  const given =
    flags.user ?? (await asker?.text(capitalised(system.forms.map(({ userLabel }) => userLabel).join(' or '))));
  const user = given ?? '';
  const extras = await extrasFor(system, flags, asker);
  const secret = await secretSource(system, user, flags, asker);
  const totp = await totpSource(system, flags, asker);
  const name = await nameFor(system, flags, profiles, asker);
  const isProduction =
    flags.production ?? (await asker?.confirm('Is it production? Then changes are asked about first'));
  const hasOther = profiles.default !== undefined && profiles.default !== name;
  const isDefault =
    flags.default ??
    (await asker?.confirm('Use it where no profile is named?', !hasOther)) ??
    profiles.default === name;
  const { store } = flags;
  const who = { ...(baseUrl !== undefined && { baseUrl }), user, ...extras };
  return {
    name,
    system,
    who,
    isDefault,
    hasSource: Object.keys(secret).length > 0,
    entry: {
      system: system.name,
      ...who,
      ...secret,
      ...totp,
      ...(store !== undefined && { store: isStoreWord(store) ? store : pathIn(store) }),
      ...(isProduction && { production: true }),
      ...(flags.allowInsecure && { allowInsecure: true }),
    },
  };
}

/** What no profile can have, or none may: a file with it could not be read again. */
function refuseUnfit(flags: InitFlags): void {
  const blank = Object.entries(flags).find(([, value]) => typeof value === 'string' && value.trim() === '');
  if (blank !== undefined) throw badArgument('ERR_USAGE', `${flagOf(blank[0])} is empty`);
  if (flags.entityId !== undefined && flags.entityName !== undefined) {
    throw badArgument('ERR_USAGE', '--entity-id and --entity-name: one of them');
  }
  const { store } = flags;
  if (store === undefined) return;
  checkStoreChoice(store);
  if (holdsPassword(store)) {
    throw badArgument('ERR_USAGE', '--store holds a user name or password: put such an address into LATCHKEY_STORE');
  }
}

/** What the system has no use for. */
function refuseForeign(system: CliSystem, flags: InitFlags): void {
  const foreign = foreignExtra(system, flags);
  if (foreign !== undefined) throw badArgument('ERR_USAGE', `${flagOf(foreign)} is not for ${system.name}`);
  refuseSources(system, flags);
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
  if (baseUrl !== undefined) return checkBaseUrl(baseUrl, allowInsecure, addressWords);
  const isOptional = system.name === 'zuora-soap';
  if (asker === undefined) return undefined;
  const check = (answer: string): string | undefined =>
    isOptional && answer === '' ? undefined : problemOf(() => checkBaseUrl(answer, allowInsecure, addressWords));
  const hint = isOptional ? ' (nothing: the address that its WSDL names)' : '';
  const answer = await asker.text(`Where is ${system.title}?${hint}`, {
    placeholder: system.exampleUrl,
    isOptional,
    check,
  });
  return answer === '' ? undefined : checkBaseUrl(answer, allowInsecure, addressWords);
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

/** What was missing was refused before. */
function asked(asker: Asker | undefined): Asker {
  if (asker === undefined) throw badArgument('ERR_USAGE', 'there is nobody to ask');
  return asker;
}
