/** What a request is for: logging in, the other parts of a session's life, or ordinary use. */
export type Role = 'login' | 'renew' | 'verify' | 'end' | 'call';

/**
 * What came of a request: `accepted` and `refused` judge the session of a call; `failed` is any other error answer
 * (permission, bad input, not found); `public` needed no session; `canned` came from a scenario and not from the twin; `dropped` was never processed.
 */
export type Outcome =
  | 'login-accepted'
  | 'login-denied'
  | 'accepted'
  | 'refused'
  | 'renewed'
  | 'logged-out'
  | 'failed'
  | 'public'
  | 'canned'
  | 'dropped';
