export {
  AccountLockedError,
  BodyNotReplayableError,
  ContractViolationError,
  CredentialsMissingError,
  EntityDeniedError,
  isLatchkeyError,
  LatchkeyError,
  LoggedOutError,
  LoginBudgetError,
  LoginDeniedError,
  LoginQuarantinedError,
  PasswordChangeRequiredError,
  PasswordExpiredError,
  RateLimitedError,
  ServiceUnreachableError,
  SessionRefusedError,
  SoapFaultError,
  StoreError,
  TotpRequiredError,
} from './errors.ts';
export type { EventListener, LatchkeyEvent, SessionRef, WarningCode } from './events.ts';
export { type CommandOptions, fromCommand } from './keeper/command.ts';
export type { CredentialsOption } from './keeper/credentials.ts';
export type { KeeperStatus, LogoutOutcome } from './keeper/keeper.ts';
export type { Clock } from './keeper/options.ts';
export type { Session } from './keeper/session.ts';
export { createMemoryStore } from './stores/memory.ts';
export type { Lease, LockOptions, SessionStore, StoreDescription, WriteOptions } from './stores/store.ts';
export type { ClientOptions, SessionHandle } from './systems/client-options.ts';
