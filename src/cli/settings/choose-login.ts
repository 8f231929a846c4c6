import { badArgument } from '../../errors.ts';
import type { Choice } from '../question-ways.ts';
import type { KnownLogin } from './known-logins.ts';
import { withoutPassword } from './store-choice.ts';
import { type CliSystem, type ExtraName, flagOf } from './systems.ts';

/** What is said of the login that is meant, by other places than earlier logins; an entity that is empty is said to be none. */
export type Said = (name: ExtraName | 'baseUrl' | 'user' | 'store') => string | undefined;

/** Lets a person choose one of several. */
export type Choose = <T extends string>(question: string, choices: readonly Choice<T>[]) => Promise<T>;

/**
 * The login made before that is meant, if one is: one of another user, address or entity never is. Whoever can be asked chooses where it could be
 * several, or says that it is none of them.
 * @throws TypeError with code `ERR_USAGE` where it could be several and nobody can be asked
 */
export async function chooseLogin(
  system: CliSystem,
  said: Said,
  all: readonly KnownLogin[],
  choose: Choose | undefined,
): Promise<KnownLogin | undefined> {
  const every = all.filter((login) => login.system === system.name && isMeant(system, said, login));
  const inStore = every.filter(({ store }) => store === said('store'));
  const fitting = inStore.length > 0 ? inStore : every;
  if (fitting.length < 2) return fitting[0];
  const labels = labelsOf(system, fitting);
  if (choose === undefined) throw badArgument('ERR_USAGE', severalText(system, fitting, labels));
  const choices = [...labels, 'another one'].map((label, index) => ({ value: String(index), label }));
  return fitting[Number(await choose(`Which login to ${system.title}?`, choices))];
}

function isMeant({ apart }: CliSystem, said: Said, { user, baseUrl, extras }: KnownLogin): boolean {
  const isSame = (one: string | undefined, other: string | undefined): boolean => one === undefined || one === other;
  // An entity has one name or the other: where one is said, the other is none.
  const saysEntity = apart.some((name) => said(name) !== undefined);
  return (
    isSame(said('user'), user) &&
    isSame(addressOf(said('baseUrl')), addressOf(baseUrl)) &&
    (!saysEntity || apart.every((name) => (said(name) || undefined) === extras[name]))
  );
}

/** An address as the clients have it, so that it is the same login with a slash at its end. */
export function addressOf<T extends string | undefined>(text: T): T | string {
  if (text === undefined || !URL.canParse(text)) return text;
  const { origin, pathname, username, search, hash } = new URL(text);
  return origin === 'null' || username || search || hash ? text : origin + pathname.replace(/\/+$/, '');
}

type Difference = 'user' | 'baseUrl' | 'store' | ExtraName;

function valueIn({ user, baseUrl, store, extras }: KnownLogin, name: Difference): string | undefined {
  return { user, baseUrl, ...extras, store: withoutPassword(store) }[name];
}

function differences({ apart }: CliSystem, logins: readonly KnownLogin[]): readonly Difference[] {
  const names: readonly Difference[] = ['user', 'baseUrl', ...apart, 'store'];
  return names.filter((name) => new Set(logins.map((login) => valueIn(login, name))).size > 1);
}

/** Each login in words that tell it from the others. */
export function labelsOf(system: CliSystem, logins: readonly KnownLogin[]): readonly string[] {
  const names = differences(system, logins).filter((name) => name !== 'user' && name !== 'baseUrl');
  return logins.map((login) => {
    const more = names.map((name) => `, ${name} ${valueIn(login, name) ?? 'none'}`).join('');
    return `${login.user} at ${login.baseUrl}${more}`;
  });
}

/** Says what several logins differ in, and with which flags one of them is named. */
function severalText(system: CliSystem, logins: readonly KnownLogin[], labels: readonly string[]): string {
  const flags = differences(system, logins).map(flagOf).join(' and ');
  // An entity has one name or the other.
  const named = flags.replace('--entity-id and', '--entity-id or');
  return `several logins to ${system.name} fit: say which with ${named} (${labels.join('; ')})`;
}
