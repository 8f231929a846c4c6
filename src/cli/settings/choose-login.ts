import { badArgument } from '../../errors.ts';
import type { KnownLogin } from './known-logins.ts';
import { withoutPassword } from './store-choice.ts';
import { type CliSystem, type ExtraName, flagOf } from './systems.ts';

/** What is said of the login that is meant, by other places than earlier logins. */
type Said = (name: ExtraName | 'baseUrl' | 'user' | 'store') => string | undefined;

/** What goes with each call and not with the login: one session serves all of them. */
const OF_CALLS: readonly ExtraName[] = ['accountId', 'currentApp'];

/**
 * The login made before that is meant, if one is: one of another user, address or entity never is. Where none was made for the account or the
 * application that is named, it is one for another: the same session serves both.
 * @throws TypeError with code `ERR_USAGE` where it could be several
 */
export function chooseLogin(system: CliSystem, said: Said, all: readonly KnownLogin[]): KnownLogin | undefined {
  const isSame = (one: string | undefined, other: string | undefined): boolean => one === undefined || one === other;
  const near = all.filter(
    (login) =>
      login.system === system.name &&
      isSame(said('user'), login.user) &&
      isSame(addressOf(said('baseUrl')), addressOf(login.baseUrl)) &&
      system.extras.every((name) => OF_CALLS.includes(name) || isSame(said(name), login.extras[name])),
  );
  const exact = near.filter(({ extras }) => OF_CALLS.every((name) => isSame(said(name), extras[name])));
  const every = exact.length > 0 ? exact : near.filter(isFirstOfItsSession);
  const inStore = every.filter(({ store }) => store === said('store'));
  const fitting = inStore.length > 0 ? inStore : every;
  if (fitting.length < 2) return fitting[0];
  throw badArgument('ERR_USAGE', severalText(system, fitting));
}

/** An address as the clients have it, so that it is the same login with a slash at its end. */
export function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || !URL.canParse(text)) return text;
  const { origin, pathname, username, search, hash } = new URL(text);
  return origin === 'null' || username || search || hash ? text : origin + pathname.replace(/\/+$/, '');
}

function isFirstOfItsSession(login: KnownLogin, index: number, all: readonly KnownLogin[]): boolean {
  const sessionOf = ({ baseUrl, user, extras, store }: KnownLogin): string =>
    JSON.stringify([baseUrl, user, extras.entityId, extras.entityName, store]);
  return all.findIndex((other) => sessionOf(other) === sessionOf(login)) === index;
}

/** Says what several logins differ in, and with which flags one of them is named. */
function severalText(system: CliSystem, logins: readonly KnownLogin[]): string {
  const all = ['user', 'baseUrl', ...system.extras, 'store'] as const;
  const valueIn = ({ store, extras, ...login }: KnownLogin, name: (typeof all)[number]): string | undefined =>
    ({ ...login, ...extras, store: withoutPassword(store) })[name];
  const names = all.filter((name) => new Set(logins.map((login) => valueIn(login, name))).size > 1);
  const list = logins.map((login) => {
    const rest = names.filter((name) => name !== 'user' && name !== 'baseUrl');
    const more = rest.map((name) => `, ${name} ${valueIn(login, name) ?? 'none'}`).join('');
    return `${login.user} at ${login.baseUrl ?? system.exampleUrl}${more}`;
  });
  return `several logins to ${system.name} fit: say which with ${names.map(flagOf).join(' and ')} (${list.join('; ')})`;
}
