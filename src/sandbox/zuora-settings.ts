/** How the Zuora tenant is set up, and how its twins behave where no source is sure. Shared by REST and SOAP. */
export type ZuoraSettings = {
  /** Session timeout in milliseconds: 15, 30, 60, 120, 240 or 480 minutes. @default 900000 */
  sessionTimeoutMs: number;
  /**
   * Whether the idle clock is the session's, so that an old cookie value lives as long as the newest, or each value
   * dies on its own. Not known of the real service. @default 'session'
   */
  cookieLife: 'session' | 'each-value';
  /** Whether a SOAP call restarts the timeout as a REST call does. Not documented. @default false */
  doesSoapUseExtend: boolean;
  /** Wrong passwords in a row that lock an account: 3 to 10. The vendor's default is not known. @default 6 */
  maximumInvalidLoginAttempts: number;
  /** How long a lock lasts, in milliseconds: 20, 30 or 60 minutes. The vendor's default is not known. @default 1800000 */
  lockoutMs: number;
  /** Whether a locked account is told apart from a wrong password. Not known. @default 'as-wrong-password' */
  lockedAnswer: 'as-wrong-password' | 'named';
  /** Age in days at which the password of a user who was ever used in the UI fails: 30, 60, 90, or 0 for never. @default 0 */
  passwordExpirationDays: number;
  /** Addresses that may log in; empty lets everyone. @default [] */
  allowedAddresses: readonly string[];
  /** HTTP status of a refused entity. Not known. @default 200 */
  entityRefusalStatus: number;
  /** The three forms in which clients have met a 401 of REST. @default 'sign-in-first' */
  refusalForm: 'sign-in-first' | 'authentication-error' | 'gateway';
  /** Whether REST takes a SOAP session. @default true */
  isSoapSessionTakenByRest: boolean;
  /** Whether SOAP takes a REST session. A guess. @default false */
  isRestSessionTakenBySoap: boolean;
  /**
   * Whether credentials and session are looked at before a stored answer is repeated. If not, a repeated login needs no
   * right password, and a refused one stays refused for a day. A guess. @default true
   */
  isSessionCheckedBeforeReplay: boolean;
  /** What becomes of an idempotency key of more than 255 characters. Not known. @default 'refused' */
  longIdempotencyKey: 'refused' | 'ignored';
  /** What becomes of a track id that breaks the documented rules. Not known. @default 'echoed' */
  badTrackId: 'echoed' | 'ignored';
  /**
   * Whose limits per minute, hour and day are kept, with their headers. Off unless asked for: a test that logs in more than
   * a hundred times a minute from one machine is common, and the service would stop it. @default 'off'
   */
  rateLimits: 'off' | 'production' | 'developer-sandbox' | 'api-sandbox';
  /** Logins a minute for the tenant, where limits are kept. @default 2000 */
  authPerMinute: number;
  /** Logins a minute from one address, where limits are kept. @default 100 */
  authPerMinutePerAddress: number;
  /** Whether answers to session calls carry `Concurrency-Limit-*`; captures of 2016 do not. @default true */
  hasConcurrencyHeaders: boolean;
  /** Whether answers carry `Zuora-Request-Id`; captures of 2016 do not. @default true */
  hasRequestId: boolean;
  /** Whether `ZSession` is `Secure`; a cookie jar keeps such a cookie from plain HTTP. @default true */
  isCookieSecure: boolean;
  /** Scheme of the `ServerUrl` of a SOAP login; a capture of 2008 says `http` whatever was called. @default 'as-called' */
  serverUrlScheme: 'as-called' | 'http';
  /** Text of the fault of a refused SOAP session. Not known. @default 'Invalid session' */
  invalidSessionMessage: string;
  /** HTTP status of the fault of a refused SOAP session; by analogy with other faults. @default 500 */
  invalidSessionStatus: number;
  /** Accounts in the tenant at the start. @default 3 */
  accountCount: number;
};

const minuteMs = 60_000;

export const defaultZuoraSettings: ZuoraSettings = {
  sessionTimeoutMs: 15 * minuteMs,
  cookieLife: 'session',
  doesSoapUseExtend: false,
  maximumInvalidLoginAttempts: 6,
  lockoutMs: 30 * minuteMs,
  lockedAnswer: 'as-wrong-password',
  passwordExpirationDays: 0,
  allowedAddresses: [],
  entityRefusalStatus: 200,
  refusalForm: 'sign-in-first',
  isSoapSessionTakenByRest: true,
  isRestSessionTakenBySoap: false,
  isSessionCheckedBeforeReplay: true,
  longIdempotencyKey: 'refused',
  badTrackId: 'echoed',
  rateLimits: 'off',
  authPerMinute: 2000,
  authPerMinutePerAddress: 100,
  hasConcurrencyHeaders: true,
  hasRequestId: true,
  isCookieSecure: true,
  serverUrlScheme: 'as-called',
  invalidSessionMessage: 'Invalid session',
  invalidSessionStatus: 500,
  accountCount: 3,
};
