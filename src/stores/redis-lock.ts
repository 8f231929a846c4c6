import { randomBytes } from 'node:crypto';
import { StoreError } from '../errors.ts';
import { processes, readOwner } from './lock-owner.ts';
import { type Found, waitForTurn } from './lock-wait.ts';
import type { RedisCommands } from './redis-commands.ts';
import type { LockOptions } from './store.ts';

/** A holder that lives does not miss two signs: one whose lease is half over is silent. */
const TAKE = `
local held = redis.call('GET', KEYS[1])
if held and held ~= ARGV[2] and held ~= ARGV[4] then
  local left = redis.call('PTTL', KEYS[1])
  return { left >= 0 and left < ARGV[3] / 2 and 'silent' or 'busy', held }
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return { 'ok' }
`;
const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[2] then return { 'lost' } end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 'ok' }
`;
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[2] then redis.call('DEL', KEYS[1]) end
return { 'ok' }
`;

/** A lock that is held. */
export interface RedisLock {
  /** What Redis holds for it: nobody else's is alike. */
  readonly token: string;
  /** Fires when the lock was lost. */
  readonly signal: AbortSignal;
  /** Notes that the lock was lost, and says so. */
  lose(): StoreError;
  release(): Promise<void>;
}

/**
 * Takes a lock, waiting for its holder. It ends with its lease unless the holder, who lives, keeps extending it; one that has ended on this
 * machine is followed at once.
 * @throws StoreError with reason `busy` or `unavailable`
 */
export async function takeRedisLock(
  commands: RedisCommands,
  key: string,
  leaseMs: number,
  options: LockOptions,
): Promise<RedisLock> {
  const token = JSON.stringify({ ...(await processes.own()), nonce: randomBytes(12).toString('base64url') });
  let dead = '';
  const look = async (): Promise<Found<RedisLock>> => {
    const takenAtMs = performance.now();
    const { word, detail } = await commands.run(TAKE, [key], [token, String(leaseMs), dead]).catch((error: unknown) => {
      // It may have been taken for all that: then nobody would hold it until its lease ends.
      giveBack(commands, key, token).catch(() => {});
      throw error;
    });
    if (word === 'ok') return { taken: hold({ commands, key, token, leaseMs, takenAtMs }) };
    const owner = readOwner(detail ?? '');
    if (detail && detail !== dead && owner && (await processes.hasEnded(owner))) {
      dead = detail;
      return 'at-once';
    }
    return word === 'silent' ? 'silent' : 'alive';
  };
  return waitForTurn(key, options, look);
}

interface Holding {
  readonly commands: RedisCommands;
  readonly key: string;
  readonly token: string;
  readonly leaseMs: number;
  readonly takenAtMs: number;
}

function hold({ commands, key, token, leaseMs, takenAtMs }: Holding): RedisLock {
  const lost = new AbortController();
  let endsAtMs = takenAtMs + leaseMs;
  const lose = (): StoreError => {
    const error = new StoreError(`The lock ${key} was lost to somebody else`, { reason: 'lease-lost' });
    if (!lost.signal.aborted) lost.abort(error);
    return error;
  };
  const extend = async (): Promise<void> => {
    const sentAtMs = performance.now();
    try {
      const { word } = await commands.insist(EXTEND, [key], [token, String(leaseMs)]);
      if (word === 'lost') lose();
      else endsAtMs = sentAtMs + leaseMs;
    } catch {
      // While Redis cannot be asked, the lock is ours until its lease has ended by our own clock.
      if (performance.now() >= endsAtMs) lose();
    }
  };
  const beat = setInterval(extend, leaseMs / 4);
  beat.unref();
  return {
    token,
    signal: lost.signal,
    lose,
    async release() {
      clearInterval(beat);
      await giveBack(commands, key, token);
    },
  };
}

async function giveBack(commands: RedisCommands, key: string, token: string): Promise<void> {
  await commands.insist(RELEASE, [key], [token]);
}
