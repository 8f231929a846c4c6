export { ConnectionDroppedError } from './exchange.ts';
export type { ListeningSandbox, ListenOptions } from './http-server.ts';
export type { Counts, Journal, JournalEntry, JournalMessage, Outcome, Role } from './journal.ts';
export type { PulseSettings } from './pulse-crm.ts';
export { defaultPulseUsers, type PulseUser, type PulseUserAccount } from './pulse-crm-users.ts';
export type { RunningTwin } from './runtime.ts';
export {
  createSandbox,
  defaultOrigins,
  type Sandbox,
  type SandboxOptions,
  type SandboxSettings,
} from './sandbox.ts';
export type { ScenarioResult } from './scenario-args.ts';
export { type SystemName, systemNames } from './systems.ts';
export type { SandboxUsers } from './users.ts';
export type { Clock, VirtualClock } from './virtual-clock.ts';
export type { ZatoSettings } from './zato-service.ts';
export { defaultZatoUsers, type ZatoUser } from './zato-users.ts';
export type { ZuoraSettings } from './zuora-tenant.ts';
export { defaultZuoraUsers, type ZuoraEntity, type ZuoraUser } from './zuora-users.ts';
