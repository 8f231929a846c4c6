import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { badArgument } from '../../errors.ts';
import { type SystemName, systemNames } from '../../sandbox/systems.ts';
import { isProfileName, noProfiles, type Profile, type Profiles } from './profile.ts';
import { isCommand, type SecretSource, type TotpSource } from './secret-source.ts';
import { holdsPassword, isStoreChoice, isStoreWord, STORE_CHOICES } from './store-choice.ts';
import { cliSystems } from './systems.ts';

/** A place in the file, as the keys that lead there. */
type Way = readonly string[];

/** Something that is wrong, before it is known in which line. */
class Wrong extends Error {
  readonly way: Way;

  constructor(way: Way, message: string) {
    super(message);
    this.way = way;
  }
}

/** What a person might write where no secret belongs. */
const SECRETS = [
  'password',
  'secret',
  'apiSecret',
  'apiSecretAccessKey',
  'totpKey',
  'totp',
  'token',
  'session',
  'cookie',
];
const MOST_BYTES = 2 ** 20;

/**
 * Reads the file of profiles: JSON, in which comments and trailing commas are allowed. A file that is not there has none.
 * @throws TypeError with code `ERR_PROFILE_FILE` that names file, line and place
 */
export async function readProfiles(file: string): Promise<Profiles> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw badArgument('ERR_PROFILE_FILE', `${file} is larger than ${MOST_BYTES} bytes`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof TypeError) throw error;
    const { code = String(error) }: NodeJS.ErrnoException = Object(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return noProfiles;
    throw badArgument('ERR_PROFILE_FILE', `${file} cannot be read (${code})`);
  }
  return profilesFrom(file, text);
}

/**
 * Reads what stands, or is to stand, in the file of profiles.
 * @throws TypeError with code `ERR_PROFILE_FILE` that names file, line and place
 */
export async function profilesFrom(file: string, content: string): Promise<Profiles> {
  // Editors of Windows put a mark before the text.
  const text = content.replace(/^\ufeff/, '');
  if (text.trim() === '') return noProfiles;
  try {
    return profilesIn(await parse(file, text), dirname(resolve(file)));
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    const { positionOf } = await import('./profile-positions.ts');
    const place = ['#', ...error.way].join('/');
    throw badArgument('ERR_PROFILE_FILE', `${file}:${positionOf(text, error.way)}: ${place} ${error.message}`);
  }
}

/** The profile of a name. @param from what named it @throws TypeError with code `ERR_USAGE` that says which there are */
export function profileNamed({ profiles }: Profiles, name: string, from: string, file: string): Profile {
  const profile = profiles.get(name);
  if (profile !== undefined) return profile;
  const names = [...profiles.keys()];
  const there = names.length === 0 ? `${file} has none` : `there are ${names.join(', ')}`;
  throw badArgument('ERR_USAGE', `${from} names no profile: "${name}"; ${there}`);
}

/** What is plain JSON is read without the parser for the rest, which would cost each start. */
async function parse(file: string, text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { parseWithComments } = await import('./profile-positions.ts');
    return parseWithComments(file, text);
  }
}

function profilesIn(value: unknown, folder: string): Profiles {
  const fields = fieldsOf([], value, ['$schema', 'default', 'profiles']);
  const named = Object.entries(fields.profiles === undefined ? {} : objectAt(['profiles'], fields.profiles));
  const profiles = new Map(
    named.map(([name, profile]) => {
      const way = ['profiles', name];
      if (!isProfileName(name)) throw new Wrong(way, 'is no name: letters, digits, ".", "_" and "-", 64 at most');
      return [name, profileIn(way, profile, folder)];
    }),
  );
  const chosen = textAt(['default'], fields.default);
  if (chosen !== undefined && !profiles.has(chosen))
    throw new Wrong(['default'], `names no profile of this file: "${chosen}"`);
  return { default: chosen, profiles };
}

/** The keys of a profile that are no setting of one system. */
const TOTP = ['totpCommand', 'totpKeyFile', 'totpKeyCommand'];
const COMMON = [
  'system',
  'baseUrl',
  'user',
  'secretFile',
  'secretCommand',
  'store',
  'sessionTimeoutMs',
  'production',
  'allowInsecure',
];

function profileIn(way: Way, value: unknown, folder: string): Profile {
  const given = objectAt(way, value);
  const secret = SECRETS.find((key) => Object.hasOwn(given, key));
  if (secret !== undefined) {
    throw new Wrong(
      [...way, secret],
      'is a secret, and none belongs here: use secretFile or secretCommand, or the environment',
    );
  }
  const system = systemAt([...way, 'system'], given.system);
  const { extras, hasTotp } = cliSystems[system];
  const fields = fieldsOf(way, value, [...COMMON, ...extras, ...(hasTotp ? TOTP : [])]);
  const at = (key: string): Way => [...way, key];
  const text = (key: string): string | undefined => textAt(at(key), fields[key]);
  const store = text('store');
  if (store !== undefined && holdsPassword(store)) {
    throw new Wrong(at('store'), 'must not hold a user name or password: put such an address into LATCHKEY_STORE');
  }
  if (store !== undefined && !isStoreChoice(store)) throw new Wrong(at('store'), `must be ${STORE_CHOICES}`);
  if (fields.entityId !== undefined && fields.entityName !== undefined) {
    throw new Wrong(way, 'has entityId and entityName: one of them');
  }
  return {
    system,
    baseUrl: urlAt(at('baseUrl'), fields.baseUrl),
    user: text('user'),
    secret: sourceAt(way, fields, 'secret', folder),
    totp: totpAt(way, fields, folder),
    store: store === undefined || isStoreWord(store) ? store : resolve(folder, store),
    sessionTimeoutMs: numberAt(at('sessionTimeoutMs'), fields.sessionTimeoutMs),
    production: flagAt(at('production'), fields.production),
    allowInsecure: flagAt(at('allowInsecure'), fields.allowInsecure),
    ...Object.fromEntries(extras.map((key) => [key, text(key)])),
  };
}

function totpAt(way: Way, fields: Fields, folder: string): TotpSource | undefined {
  const code = sourceAt(way, { totpCommand: fields.totpCommand }, 'totp', folder);
  const key = sourceAt(way, fields, 'totpKey', folder);
  if (code !== undefined && key !== undefined) throw new Wrong(way, 'has totpCommand and a key of codes: one of them');
  if (code !== undefined) return { ...code, gives: 'code' };
  return key && { ...key, gives: 'key' };
}

/** Where a secret comes from: a file or a command, not both. */
function sourceAt(
  way: Way,
  fields: Fields,
  name: 'secret' | 'totp' | 'totpKey',
  folder: string,
): SecretSource | undefined {
  const [file, command] = [fields[`${name}File`], fields[`${name}Command`]];
  if (file !== undefined && command !== undefined)
    throw new Wrong(way, `has ${name}File and ${name}Command: one of them`);
  const path = textAt([...way, `${name}File`], file);
  if (path !== undefined) return { kind: 'file', path: resolve(folder, path) };
  if (command === undefined) return undefined;
  if (isCommand(command)) return { kind: 'command', command };
  throw new Wrong(
    [...way, `${name}Command`],
    'must be a list of texts: a program and its arguments; no shell sees them',
  );
}

type Fields = Readonly<Record<string, unknown>>;

function objectAt(way: Way, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Wrong(way, 'must be an object');
}

function fieldsOf(way: Way, value: unknown, known: readonly string[]): Fields {
  const fields = objectAt(way, value);
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown === undefined) return fields;
  throw new Wrong([...way, unknown], `is not known; there may be ${known.join(', ')}`);
}

function systemAt(way: Way, value: unknown): SystemName {
  const name = systemNames.find((known) => known === value);
  if (name !== undefined) return name;
  throw new Wrong(way, `must be one of ${systemNames.join(', ')}`);
}

function textAt(way: Way, value: unknown): string | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
  throw new Wrong(way, 'must be a text that is not empty');
}

function urlAt(way: Way, value: unknown): string | undefined {
  const text = textAt(way, value);
  if (text === undefined) return undefined;
  if (/^https?:[/\\]*[^/\\?#]*@/i.test(text)) throw new Wrong(way, 'must not hold a user name or password');
  if (/^https?:\/\/[^\s/\\?#]+(?:\/[^\s\\?#]*)?$/i.test(text) && URL.canParse(text)) return text;
  throw new Wrong(way, 'must be an address that begins with https:// (or http://), without query and fragment');
}

function numberAt(way: Way, value: unknown): number | undefined {
  if (value === undefined || (typeof value === 'number' && value > 0)) return value;
  throw new Wrong(way, 'must be a number of ms above 0');
}

function flagAt(way: Way, value: unknown): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  throw new Wrong(way, 'must be true or false');
}
