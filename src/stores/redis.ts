import { badArgument, refuseUnknownOptions, StoreError } from '../errors.ts';
import { SEALED_FORMAT } from './encrypted.ts';
import { createProcessLocks } from './process-locks.ts';
import { layOutCommands, type SendCommand } from './redis-commands.ts';
import { takeRedisLock } from './redis-lock.ts';
import type { SessionStore } from './store.ts';
import { givenKey } from './store-key.ts';

/** Options of {@link createRedisStore}. */
export interface RedisStoreOptions {
  /**
   * Sends one command and brings its reply. With ioredis: `(args) => redis.call(...args)`; with node-redis: `(args) => client.sendCommand(args)`,
   * and with its cluster: `(args, key) => cluster.sendCommand(key, false, args)`.
   */
  readonly sendCommand: SendCommand;
  /** What the names of all keys begin with; holds no braces. @default `latchkey:` */
  readonly prefix?: string;
  /** 32 bytes in base64 or hex, the same wherever the store is shared. @default `$LATCHKEY_KEY` */
  readonly key?: string;
  /** `none` keeps the records as plain text: whoever reads this Redis, its backups and its replicas can use the sessions. */
  readonly encryption?: 'none';
  /** How long a lock stands without a sign of life from its holder, in ms. @default 15_000 */
  readonly leaseMs?: number;
  /** How long a command is waited for, in ms. A Redis that was too slow is left alone for twice as long. @default 2_000 */
  readonly timeoutMs?: number;
}

/** How long the record of a session of unknown lifetime is kept after it was last written: 30 days. */
const LONGEST_REST_MS = 2_592_000_000;
/** Keeps a record whose end is near, or past by this machine's clock, for those whose clocks say otherwise. */
const SHORTEST_REST_MS = 1_000;

/** Writes a record, if the lock is ours where one is named, and what is there now is ours to replace. */
const WRITE = `
if ARGV[5] ~= '' and redis.call('GET', KEYS[2]) ~= ARGV[5] then return { 'lost' } end
local there = redis.call('GET', KEYS[1])
if there and string.sub(there, 1, #ARGV[4]) ~= ARGV[4] then return { 'foreign' } end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return { 'ok' }
`;
/** Tells whether a lock is ours, for a record that may lie on another machine of a cluster. */
const CHECK = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return { 'lost' } end
return { 'ok' }
`;
const REMOVE = `
local there = redis.call('GET', KEYS[1])
if there and string.sub(there, 1, #ARGV[2]) == ARGV[2] then redis.call('DEL', KEYS[1]) end
return { 'ok' }
`;

/**
 * Makes a store in Redis (5 or later; single or a cluster), through a client of the caller's: sessions are shared between hosts. Records are
 * sealed with AES-256-GCM and expire with their sessions. One that was written with another key, or by another version, is left as it is:
 * whoever finds it goes on from memory.
 * @throws TypeError with code `ERR_KEY` if there is no key and encryption is not `none`, or the key is none; `ERR_OPTION` for other options that are no good
 */
export function createRedisStore(options: RedisStoreOptions): SessionStore {
  const { prefix, leaseMs, timeoutMs } = checked(options);
  const given = options.encryption === 'none' ? undefined : givenKey(options.key);
  if (!given && options.encryption !== 'none') {
    throw badArgument(
      'ERR_KEY',
      "A store that is shared needs a key that is shared: set LATCHKEY_KEY or the key option (make one with: openssl rand -base64 32), or say encryption: 'none'",
    );
  }
  // What begins a record tells, before it is decrypted, under which key it was written, and in which form: a later one is not ours to replace.
  const which = given ? `${given.sealer.digest('which key').slice(0, 12)}.` : 'plain.';
  const ours = given ? `${which}${SEALED_FORMAT}.` : which;
  const commands = layOutCommands(options.sendCommand, timeoutMs);
  // Those of one process wait in a queue, and only the first in line asks Redis.
  const processLocks = createProcessLocks();
  // The braces put a record and its lock into one slot of a cluster.
  const recordOf = (key: string): string => `${prefix}{${key}}`;
  const lockOf = (key: string): string => `${recordOf(key)}:lock`;

  const write = async (key: string, value: string, expiresAtMs: number | null, token: string): Promise<string> => {
    const restMs = expiresAtMs === null ? LONGEST_REST_MS : expiresAtMs - Date.now();
    const ttl = Math.round(Math.min(Math.max(restMs, SHORTEST_REST_MS), LONGEST_REST_MS));
    const sealed = which + (given ? given.sealer.seal(key, value) : value);
    const { word } = await commands.run(WRITE, [recordOf(key), lockOf(key)], [sealed, String(ttl), ours, token]);
    if (word === 'foreign') throw foreign(recordOf(key));
    return word;
  };

  const store: SessionStore = {
    async read(key) {
      const text = await commands.get(recordOf(key));
      if (text === null) return null;
      if (!text.startsWith(ours)) throw foreign(recordOf(key));
      const value = text.slice(which.length);
      return given ? given.sealer.open(key, value) : value;
    },
    async write(key, value, { expiresAtMs }) {
      await write(key, value, expiresAtMs, '');
    },
    async remove(key) {
      await commands.run(REMOVE, [recordOf(key)], [ours]);
    },
    withLock(key, task, { signal, waitMs }) {
      const deadline = performance.now() + waitMs;
      const alone = async () => {
        const leftMs = Math.max(0, deadline - performance.now());
        const lock = await takeRedisLock(commands, lockOf(key), leaseMs, { signal, waitMs: leftMs });
        try {
          return await task({
            signal: lock.signal,
            async write(written, value, { expiresAtMs }) {
              const isOwn = written === key;
              if (lock.signal.aborted) throw lock.lose();
              const word = isOwn
                ? await write(key, value, expiresAtMs, lock.token)
                : (await commands.run(CHECK, [lockOf(key)], [lock.token])).word;
              if (word === 'lost') throw lock.lose();
              if (!isOwn) await store.write(written, value, { expiresAtMs });
            },
          });
        } finally {
          await lock.release();
        }
      };
      return processLocks.run(key, alone, { signal, waitMs });
    },
    ...(given && { digest: async (text: string) => given.sealer.digest(text) }),
    describe() {
      const protection = given
        ? `AES-256-GCM; readable by whoever can read this Redis and has the key from ${given.from}`
        : 'not encrypted: readable by whoever can read this Redis, its backups and its replicas';
      return { kind: 'redis', location: `keys that begin with ${prefix}`, protection };
    },
  };
  return store;
}

const OPTIONS = {
  sendCommand: true,
  prefix: true,
  key: true,
  encryption: true,
  leaseMs: true,
  timeoutMs: true,
} as const satisfies Record<keyof RedisStoreOptions, true>;

function checked(options: RedisStoreOptions): { prefix: string; leaseMs: number; timeoutMs: number } {
  refuseUnknownOptions('createRedisStore', options, OPTIONS);
  const { sendCommand, prefix = 'latchkey:', encryption, leaseMs = 15_000, timeoutMs = 2_000 } = options;
  if (typeof sendCommand !== 'function') throw badArgument('ERR_OPTION', 'sendCommand must be a function');
  if (typeof prefix !== 'string' || /[{}]/.test(prefix)) {
    throw badArgument('ERR_OPTION', 'prefix must be a text without braces, which say where a cluster keeps a key');
  }
  if (encryption !== undefined && encryption !== 'none') {
    throw badArgument('ERR_OPTION', "encryption must be 'none', or left out for AES-256-GCM");
  }
  if (encryption === 'none' && options.key !== undefined) {
    throw badArgument('ERR_OPTION', "encryption: 'none' and a key were given: which of them is meant?");
  }
  for (const [name, value] of Object.entries({ leaseMs, timeoutMs })) {
    if (typeof value === 'number' && value >= 100 && value <= 3_600_000) continue;
    throw badArgument('ERR_OPTION', `${name} must be a number from 100 to 3600000`);
  }
  return { prefix, leaseMs: Math.round(leaseMs), timeoutMs };
}

function foreign(key: string): StoreError {
  return new StoreError(`${key} was written with another key or by another version, and is left as it is`, {
    reason: 'unreadable',
  });
}
