import { badArgument } from '../../errors.ts';
import type { SessionRef } from '../../events.ts';
import { isSystemName, type SystemName, systemNames } from '../../sandbox/systems.ts';
import type { ProductionFlags } from '../production.ts';
import type { SessionFlags } from '../session-flags.ts';

/** What a program asks for. */
export interface HelperRequest {
  readonly action: (typeof ACTIONS)[number];
  readonly system: SystemName | undefined;
  /** Whose session is meant, as the flags of other verbs say it. */
  readonly flags: SessionFlags & ProductionFlags;
  /** The session that the service has refused. */
  readonly session: SessionRef | undefined;
}

const ACTIONS = ['get', 'refused', 'logout'] as const;
/** Settings that a request may hold, all of them texts. */
const SETTINGS = [
  'profile',
  'user',
  'baseUrl',
  'currentApp',
  'accountId',
  'entityId',
  'entityName',
  'store',
] as const satisfies readonly (keyof SessionFlags)[];
const FIELDS: readonly string[] = ['version', 'action', 'system', ...SETTINGS, 'session', 'yes'];

/**
 * Reads a request. One that is not understood is refused as a whole: half a request may mean somebody else's session.
 * @throws TypeError with code `ERR_REQUEST` that names what is wrong, and quotes nothing but names
 */
export function readRequest(text: string): HelperRequest {
  const given = objectFrom(text);
  if (given.version !== 1) throw bad('version must be 1');
  const unknown = Object.keys(given).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw bad(`there is no field "${unknown.slice(0, 40)}"; there are ${FIELDS.join(', ')}`);
  const action = ACTIONS.find((known) => known === given.action);
  if (action === undefined) throw bad(`action must be one of ${ACTIONS.join(', ')}`);
  const { system } = given;
  if (system !== undefined && !(typeof system === 'string' && isSystemName(system))) {
    throw bad(`system must be one of ${systemNames.join(', ')}`);
  }
  const flags: Record<string, string> = {};
  for (const name of SETTINGS) {
    const value = given[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '') throw bad(`${name} must be a text that is not empty`);
    flags[name] = value;
  }
  if ((action === 'refused') !== (given.session !== undefined)) {
    throw bad(action === 'refused' ? 'session must say which one was refused' : `session has no place in ${action}`);
  }
  const { yes = false } = given;
  if (typeof yes !== 'boolean') throw bad('yes must be true or false');
  if (yes && action !== 'logout') throw bad(`yes has no place in ${action}`);
  return { action, system, flags: { ...flags, input: false, yes }, session: refFrom(given.session) };
}

function objectFrom(text: string): Partial<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad(text.trim() === '' ? 'stdin is empty' : 'stdin is no JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw bad('it must be a JSON object');
}

function refFrom(value: unknown): SessionRef | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'object' && value !== null && 'id' in value && 'revision' in value) {
    const { id, revision } = value;
    const isRevision = typeof revision === 'number' && Number.isSafeInteger(revision) && revision > 0;
    if (typeof id === 'string' && id !== '' && isRevision) return { id, revision };
  }
  throw bad('session must be {"id": text, "revision": whole number}, as an answer had it');
}

function bad(why: string): Error {
  return badArgument('ERR_REQUEST', `the request: ${why}`);
}
