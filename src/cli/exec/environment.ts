import type { Session } from '../../keeper/session.ts';
import { carriedBy } from '../carried.ts';
import { isoOf } from '../life.ts';
import type { Environment } from '../settings/places.ts';
import type { Settings } from '../settings/settings.ts';

/** What says a secret, or where one is: passwords, API secrets, keys of one-time codes and of the store. */
const SECRET = /^LATCHKEY_(?:.*(?:PASSWORD|SECRET|TOTP).*|.*_(?:FILE|COMMAND)|KEY)$/i;
/** What an outer `latchkey exec` has said of another session. */
const OF_A_SESSION =
  /^LATCHKEY_(?:SYSTEM|USER|TOKEN|BASE_URL|HEADERS|HEADER_.*|SOAP_HEADER|FIELDS|EXPIRES_AT|SESSION_ID|SESSION_REVISION)$/i;

/**
 * The environment of a command: whoever started us, with the session, and without what could begin another one.
 * @param outer the environment that we were started with
 */
export function environmentWith(outer: Environment, settings: Settings, session: Session<object>): NodeJS.ProcessEnv {
  const kept = Object.entries(outer).filter(
    ([name, value]) => !SECRET.test(name) && !OF_A_SESSION.test(name) && !isStoreWithPassword(name, value),
  );
  const { baseUrl, headers, soapHeader, fields } = carriedBy(settings, session);
  const expiresAt = isoOf(session.expiresAtMs);
  const each = Object.entries(headers ?? {}).map(([name, value]) => [variableOf(name), value]);
  return {
    ...Object.fromEntries(kept),
    LATCHKEY_SYSTEM: settings.system.name,
    LATCHKEY_USER: settings.user,
    LATCHKEY_TOKEN: session.secret,
    LATCHKEY_SESSION_ID: session.id,
    LATCHKEY_SESSION_REVISION: String(session.revision),
    LATCHKEY_BASE_URL: baseUrl,
    ...(headers && { LATCHKEY_HEADERS: JSON.stringify(headers), ...Object.fromEntries(each) }),
    ...(soapHeader !== undefined && { LATCHKEY_SOAP_HEADER: soapHeader }),
    ...(fields && { LATCHKEY_FIELDS: JSON.stringify(fields) }),
    ...(expiresAt !== null && { LATCHKEY_EXPIRES_AT: expiresAt }),
  };
}

/** `LATCHKEY_HEADER_X_ACCOUNT_ID` for `X-Account-ID`. */
function variableOf(header: string): string {
  return `LATCHKEY_HEADER_${header.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

/** The address of a store may hold the password to it. */
function isStoreWithPassword(name: string, value = ''): boolean {
  return /^LATCHKEY_STORE$/i.test(name) && URL.canParse(value) && new URL(value).password !== '';
}
