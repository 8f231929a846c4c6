import type { LatchkeyError } from '../errors.ts';
import { variableOf } from './settings/systems.ts';

/** What `checkBaseUrl` calls the settings here: an address comes from a flag, a variable, a profile or an earlier login. */
export const addressWords = { baseUrl: 'the base URL', allow: 'give --allow-insecure' } as const;

/** An error's message in the words of the command, where the library's is about options that the command does not have. */
export function ownWords(error: LatchkeyError): string {
  const { code, message, system = '' } = error;
  const reason = 'reason' in error && typeof error.reason === 'string' ? ` (${error.reason})` : '';
  switch (code) {
    case 'ERR_PASSWORD_CHANGE_REQUIRED':
      return `${system} refused the login: the password must be changed${reason}. The command gives no new one: change it at the service, and log in with that`;
    case 'ERR_TOTP_REQUIRED': {
      const places = [variableOf(system, 'totpKey'), `${variableOf(system, 'totp')}_COMMAND`, 'a profile'];
      return `${system} refused the login: the user needs a one-time code${reason}, and neither ${places.join(' nor ')} gives one, nor is there anybody to ask`;
    }
    default:
      return message;
  }
}
