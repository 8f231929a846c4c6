import { badArgument } from '../errors.ts';

const LOOPBACK = /^(?:localhost|(?:[\w-]+\.)*localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** What messages call the settings: a program has options, a command line flags. */
interface SettingWords {
  readonly baseUrl: string;
  /** How plain http is allowed, where it can be. */
  readonly allow?: string;
}

const OPTIONS: SettingWords = { baseUrl: 'baseUrl', allow: 'set allowInsecure' };

/**
 * The base URL, checked: absolute, http(s), no credentials, query or fragment; no trailing slash.
 * @throws TypeError with code `ERR_BASE_URL` or `ERR_INSECURE_URL` (plain http to anything but this machine, unless allowed)
 */
export function checkBaseUrl(baseUrl: unknown, allowInsecure: boolean, words = OPTIONS): string {
  if (typeof baseUrl !== 'string' || !URL.canParse(baseUrl)) {
    throw badArgument('ERR_BASE_URL', `${words.baseUrl} must be an absolute URL, such as https://api.example.com`);
  }
  const url = new URL(baseUrl);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw badArgument('ERR_BASE_URL', `${words.baseUrl} must begin with https:// or http://, not ${url.protocol}`);
  }
  if (url.username || url.password) {
    throw badArgument(
      'ERR_BASE_URL',
      `${words.baseUrl} must not hold a user name or password: give them as credentials`,
    );
  }
  if (url.search || url.hash) throw badArgument('ERR_BASE_URL', `${words.baseUrl} must have no query and no fragment`);
  if (isInsecure(url) && !allowInsecure) {
    throw badArgument(
      'ERR_INSECURE_URL',
      `${url.origin} is plain http, so anybody on the way could read credentials and sessions; use https${words.allow === undefined ? '' : `, or ${words.allow}`}`,
    );
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

/** Whether what is sent there can be read on the way: plain http to another machine. */
function isInsecure(url: URL): boolean {
  return url.protocol === 'http:' && !LOOPBACK.test(url.hostname);
}

/** Method and address without query, for messages: queries may hold secrets. */
export function describeCall(method: string, url: string): string {
  const { origin, pathname } = new URL(url);
  return `${method} ${origin}${pathname}`;
}
