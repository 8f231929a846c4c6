import type { LatchkeyError } from '../errors.ts';
import { lifeText, timeText } from './life.ts';
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
    case 'ERR_LOGIN_QUARANTINED':
      return quarantineText(error) ?? message;
    case 'ERR_LOGIN_DENIED':
      return isRemembered(error)
        ? `${message}. These credentials are not sent again for a while: latchkey auth status tells until when`
        : message;
    default:
      return message;
  }
}

function quarantineText(error: LatchkeyError): string | undefined {
  const { sinceMs, untilMs, reason, liftedBy, system }: Partial<Record<string, unknown>> = { ...error };
  if (typeof sinceMs !== 'number' || typeof untilMs !== 'number') return undefined;
  // The command cannot give Zato a new password at a login, which is what lifts it for the library.
  const way = reason === 'E003007' ? 'a new password, set at the service' : String(liftedBy);
  return (
    `${system} refused these credentials${reason === undefined ? '' : ` (${reason})`} at ${timeText(sinceMs)}; they are not sent again ` +
    `${lifeText(untilMs)}. What lets a login in: ${way}; or latchkey auth logout ${system} --clear-quarantine`
  );
}

function isRemembered(error: LatchkeyError): boolean {
  return 'isRemembered' in error && error.isRemembered === true;
}
