const names = [
  ...['pass', 'passwd', 'password', 'passphrase', 'new_password', 'old_password'],
  ...['secret', 'client_secret', 'api_key', 'api-key', 'apikey', 'api_secret', 'api-secret', 'apisecret'],
  ...['apiaccesskeyid', 'apisecretaccesskey', 'token', 'access_token', 'refresh_token', 'id_token'],
  ...['ust', 'current_ust', 'target_ust', 'totp', 'totp_code', 'totp_key'],
  ...['session', 'sessionid', 'zsession', 'jsessionid', 'authorization', 'cookie', 'set-cookie'],
];

/** Names of fields and elements that hold secrets, in lower case. */
export const secretWords: ReadonlySet<string> = new Set(names);

/** The same as a part of a pattern that ignores case. */
export const secretWordPattern = names.join('|');

// Looser than the list: names of headers and query fields are nobody's content, so masking one too many loses little.
const suspicious =
  /(?:^|[_-])ust$|pass(?:word|wd|phrase|$)|secret|token|totp|(?:api|access|private)[_-]?key|^key$|session|authorization|cookie/i;

export function isSecretName(name: string): boolean {
  return suspicious.test(name);
}
