import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { badArgument } from '../../errors.ts';
import type { Asker } from '../asker.ts';
import { commandIn } from '../settings/secret-source.ts';
import { type CliSystem, flagOf, formOf, variableOf } from '../settings/systems.ts';

/** What the command line says of where secrets come from. */
export interface SourceFlags {
  readonly secretCommand?: string;
  readonly secretFile?: string;
  readonly totpCommand?: string;
  readonly totpKeyCommand?: string;
  readonly totpKeyFile?: string;
}

/** Where secrets come from, as a profile says it: never the secrets themselves. */
export type Sources = { readonly [Name in keyof SourceFlags]?: string | readonly string[] };

const SECRET = ['secretCommand', 'secretFile'] as const;
const TOTP = ['totpCommand', 'totpKeyCommand', 'totpKeyFile'] as const;
type SourceName = (typeof SECRET)[number] | (typeof TOTP)[number];

/**
 * Refuses flags that contradict each other, or that the system has no use for.
 * @throws TypeError with code `ERR_USAGE`
 */
export function refuseSources({ name, hasTotp }: CliSystem, flags: SourceFlags): void {
  for (const names of [SECRET, TOTP]) {
    const given = names.filter((each) => flags[each] !== undefined);
    if (given.length > 1) throw badArgument('ERR_USAGE', `${given.map(flagOf).join(' and ')}: one of them`);
  }
  const foreign = hasTotp ? undefined : TOTP.find((each) => flags[each] !== undefined);
  if (foreign !== undefined) throw badArgument('ERR_USAGE', `${flagOf(foreign)} is not for ${name}`);
}

/** Where the secret of a login comes from; nothing where it is asked for at each login, or in the environment. */
export async function secretSource(
  system: CliSystem,
  user: string,
  flags: SourceFlags,
  asker: Asker | undefined,
): Promise<Sources> {
  const { secret, secretLabel } = formOf(system, user);
  return sourceFor(SECRET, flags, asker, `Where does the ${secretLabel} come from? It is not written down here`, [
    { value: 'asked', label: 'It is asked for at each login' },
    { value: 'secretCommand', label: 'A command prints it, such as that of a password manager' },
    { value: 'secretFile', label: 'A file holds it' },
    { value: 'environment', label: `The environment: ${variableOf(system.name, secret)}` },
  ]);
}

/** Where one-time codes come from, or the key that they are made from; nothing for a system that has none. */
export async function totpSource(system: CliSystem, flags: SourceFlags, asker: Asker | undefined): Promise<Sources> {
  if (!system.hasTotp) return {};
  return sourceFor(TOTP, flags, asker, 'Where do one-time codes come from, if the account has them?', [
    { value: 'asked', label: 'Each is asked for when the service wants one' },
    { value: 'totpCommand', label: 'A command prints a code' },
    { value: 'totpKeyCommand', label: 'A command prints the key that codes are made from' },
    { value: 'totpKeyFile', label: 'A file holds that key: the second factor is then as safe as the file' },
    { value: 'environment', label: `The environment holds that key: ${variableOf(system.name, 'totpKey')}` },
  ]);
}

type Place = SourceName | 'asked' | 'environment';

async function sourceFor(
  names: readonly SourceName[],
  flags: SourceFlags,
  asker: Asker | undefined,
  question: string,
  places: readonly { readonly value: Place; readonly label: string }[],
): Promise<Sources> {
  for (const name of names) {
    const given = flags[name];
    if (given !== undefined) return { [name]: sourceFrom(name, given, `${flagOf(name)} `) };
  }
  if (asker === undefined) return {};
  const chosen = await asker.choose(question, places);
  const name = names.find((each) => each === chosen);
  if (name === undefined) return {};
  if (name.endsWith('File')) return { [name]: pathIn(await asker.text('The file')) };
  const check = (answer: string): string | undefined => problemOf(() => sourceFrom(name, answer, 'It '));
  const placeholder = name === 'totpCommand' ? 'pass otp crm' : 'pass show crm';
  return { [name]: sourceFrom(name, await asker.text('The command', { placeholder, check }), '') };
}

function sourceFrom(name: SourceName, text: string, what: string): string | readonly string[] {
  if (name.endsWith('File')) return pathIn(text);
  try {
    return commandIn(text);
  } catch (error) {
    throw badArgument('ERR_USAGE', `${what}${error instanceof Error ? error.message : ''}`);
  }
}

/** The profile's paths count from its own folder; a person's from where they are. */
export function pathIn(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : resolve(path);
}

/** What work fails with, in words; `undefined` if it does not. */
export function problemOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
