import { type ContractValue, scenarios } from '../contract/index.ts';

import { totpAt } from '../systems/totp.ts';
import { readSecret } from './read-secret.ts';
import { sourceIn, totpIn } from './settings/env-source.ts';
import type { Environment } from './settings/places.ts';
import type { Profile } from './settings/profile.ts';
import { type CliSystem, formOf, variableOf } from './settings/systems.ts';

/** The names of a user and of the secret, as scenarios call them. */
interface Login {
  readonly user: string;
  readonly secret: string;
}

/** Users that only scenarios have. */
const otherLogins: Partial<Readonly<Record<CliSystem['name'], readonly Login[]>>> = {
  'zato-sso': [
    { user: 'superUsername', secret: 'superPassword' },
    { user: 'totpUsername', secret: 'totpPassword' },
  ],
};

/** Where the values of scenarios are looked for. */
export interface ValuesInput {
  readonly env: Environment;
  readonly profile?: Profile | undefined;
  readonly signal: AbortSignal;
  /** Asks a person for a secret; absent where nobody can be asked. */
  readonly ask?: ((what: string) => Promise<string>) | undefined;
}

/**
 * The values that scenarios take at a service: the environment's before the profile's. A secret counts only for the user whom its place names.
 * A profile with one-time codes gives the user of the scenarios with codes, whose login without one would be refused.
 * @throws CredentialsMissingError for a file or a command that gives no secret; TypeError with code `ERR_USAGE` for a command that is none
 */
export async function valuesFor(
  system: CliSystem,
  { env, profile, signal, ask }: ValuesInput,
): Promise<Readonly<Record<string, ContractValue>>> {
  const values: Record<string, ContractValue> = {};
  const inEnv = (name: string): string | undefined => env[variableOf(system.name, name)] || undefined;
  const read = (source: Parameters<typeof readSecret>[0], name: string): Promise<string> =>
    readSecret(source, `${system.name}: ${name}`, noStdin, signal);

  const ofProfile = profile?.user === undefined ? undefined : userNameOf(system, profile.user, profile);
  for (const { user, secret } of loginsOf(system)) {
    const byProfile = user === ofProfile ? profile : undefined;
    const name = inEnv(user) ?? byProfile?.user;
    if (name !== undefined) values[user] = name;
    const source =
      sourceIn(env, variableOf(system.name, secret)) ?? (byProfile?.user === name ? byProfile?.secret : undefined);
    if (source !== undefined) values[secret] = await read(source, secret);
    else if (name !== undefined && isNeeded(system, secret)) {
      const answer = await ask?.(`${secret} of ${name}`);
      if (answer) values[secret] = answer;
    }
  }
  for (const name of system.extras) {
    // The profile's other account or entity is the one that its calls are about; scenarios want a second one.
    const value = inEnv(name) ?? (system.required.includes(name) ? profile?.[name] : undefined);
    if (value !== undefined) values[name] = value;
  }
  const totp = system.hasTotp
    ? (totpIn(env, system) ?? (values.totpUsername === profile?.user ? profile?.totp : undefined))
    : undefined;
  if (totp?.gives === 'key') {
    const key = await read(totp, 'the key of one-time codes');
    values.totp = () => totpAt(key, Date.now());
  } else if (totp !== undefined) values.totp = () => read(totp, 'the one-time code');
  return values;
}

function loginsOf(system: CliSystem): readonly Login[] {
  return [...system.forms, ...(otherLogins[system.name] ?? [])];
}

function userNameOf(system: CliSystem, user: string, { totp }: Profile): string {
  return totp === undefined ? formOf(system, user).user : 'totpUsername';
}

/** Whether nothing can be run without it. */
function isNeeded({ name }: CliSystem, secret: string): boolean {
  return scenarios[name].values.includes(secret);
}

/** Nothing of a run is read from stdin. */
const noStdin = async (): Promise<string> => '';
