/** What every verb and script ends with. */
export const exitCodes = {
  ok: 0,
  /** Something failed, or a service no longer speaks its spec. */
  failure: 1,
  usage: 2,
  /** Generated files are not what the specs give. */
  drift: 3,
  /** Nobody is logged in, and nothing was given to log in with. */
  needsAuthentication: 4,
  /** No answer worth believing; the same may succeed later. */
  unreachable: 5,
  /** The service refused the credentials, or they are not sent because it did. */
  denied: 6,
  /** A spec changed in a way that breaks its users. */
  breakingChange: 7,
  /** A command to be run cannot be, or is not there: as shells have it. */
  commandNotRun: 126,
  commandNotFound: 127,
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** Codes of errors that end with something else than {@link exitCodes.failure}. */
export const byErrorCode: Readonly<Record<string, ExitCode>> = {
  OK: exitCodes.ok,
  ERR_USAGE: exitCodes.usage,
  BAD_SCENARIO_ARGUMENT: exitCodes.usage,
  BAD_SETTING: exitCodes.usage,
  UNKNOWN_SCENARIO: exitCodes.usage,
  UNKNOWN_SYSTEM: exitCodes.usage,
  ERR_BASE_URL: exitCodes.usage,
  ERR_BODY: exitCodes.usage,
  ERR_CONTRACT_SCENARIO: exitCodes.usage,
  ERR_CREDENTIALS: exitCodes.usage,
  ERR_ENTITY: exitCodes.usage,
  /** Input that does not fit a WSDL; nothing was sent. */
  ERR_FORBIDDEN_CHARACTER: exitCodes.usage,
  ERR_MISSING_ELEMENT: exitCodes.usage,
  ERR_UNKNOWN_ELEMENT: exitCodes.usage,
  ERR_UNKNOWN_OPERATION: exitCodes.usage,
  ERR_WRONG_TYPE: exitCodes.usage,
  ERR_FOREIGN_ORIGIN: exitCodes.usage,
  ERR_HOME: exitCodes.usage,
  ERR_IDEMPOTENCY_KEY: exitCodes.usage,
  ERR_INSECURE_URL: exitCodes.usage,
  ERR_KEY: exitCodes.usage,
  ERR_OPTION: exitCodes.usage,
  ERR_PROFILE_FILE: exitCodes.usage,
  /** Of `latchkey credential-helper`. */
  ERR_REQUEST: exitCodes.usage,
  ERR_TOTP_SEED: exitCodes.usage,
  ERR_TRACK_ID: exitCodes.usage,
  ERR_UNDECLARED: exitCodes.usage,
  /** Of `latchkey call`, where somebody said no. */
  ERR_NOT_CONFIRMED: exitCodes.usage,
  ERR_DRIFT: exitCodes.drift,
  ERR_CREDENTIALS_MISSING: exitCodes.needsAuthentication,
  ERR_LOGGED_OUT: exitCodes.needsAuthentication,
  /** Of `latchkey auth status`. */
  ERR_NOT_LOGGED_IN: exitCodes.needsAuthentication,
  /** Of `latchkey contract`, where every scenario was skipped. */
  ERR_NOTHING_RUN: exitCodes.needsAuthentication,
  ERR_RATE_LIMITED: exitCodes.unreachable,
  ERR_SERVICE_UNREACHABLE: exitCodes.unreachable,
  ERR_ACCOUNT_LOCKED: exitCodes.denied,
  ERR_ENTITY_DENIED: exitCodes.denied,
  ERR_LOGIN_BUDGET: exitCodes.denied,
  ERR_LOGIN_DENIED: exitCodes.denied,
  ERR_LOGIN_QUARANTINED: exitCodes.denied,
  ERR_PASSWORD_CHANGE_REQUIRED: exitCodes.denied,
  ERR_PASSWORD_EXPIRED: exitCodes.denied,
  ERR_TOTP_REQUIRED: exitCodes.denied,
  ERR_BREAKING_CHANGE: exitCodes.breakingChange,
  /** Of `latchkey exec`. */
  ERR_COMMAND_NOT_RUN: exitCodes.commandNotRun,
  ERR_COMMAND_NOT_FOUND: exitCodes.commandNotFound,
  ERR_INTERRUPTED: exitCodes.interrupted,
};

/** The exit code of an outcome, by its `code`. */
export function exitCodeOf(code: string): ExitCode {
  return (Object.hasOwn(byErrorCode, code) ? byErrorCode[code] : undefined) ?? exitCodes.failure;
}
