import { StoreError } from '../errors.ts';
import { inTime } from './time-limit.ts';

/**
 * Sends one command and brings its reply, by whichever client. `key` is a key of the command, for clients of a cluster that ask where to
 * send it.
 */
export type SendCommand = (args: string[], key: string) => Promise<unknown>;

/** Commands with a limit on the time that anybody waits for them. */
export interface RedisCommands {
  /** @throws StoreError with reason `unavailable` */
  get(key: string): Promise<string | null>;
  /**
   * Runs a script whose reply begins with a word. A script that has not begun within the time limit does nothing when it is run later: clients
   * keep commands while they have no connection, and what is written then would come on top of what others have written since.
   * @throws StoreError with reason `unavailable`
   */
  run(script: string, keys: readonly [string, ...string[]], args: readonly string[]): Promise<RedisReply>;
  /** The same, also while Redis is left alone because it does not answer. */
  insist: RedisCommands['run'];
}

/** What a script replied: a word, and what belongs to it. */
export interface RedisReply {
  readonly word: string;
  readonly detail: string | undefined;
}

/** Precedes each script: `now` is the time of Redis in ms, and a script that comes too late ends here. */
const IN_TIME = `
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if now > tonumber(ARGV[1]) then return { 'late', string.format('%.0f', now) } end
`;

/** How often a script is sent when Redis finds it late: once to learn its time, and again if its clock is set meanwhile. */
const MOST_SENDS = 3;

/** Lays out the commands of one store. */
export function layOutCommands(sendCommand: SendCommand, timeoutMs: number): RedisCommands {
  /**
   * The time of Redis, ms since the epoch, less `performance.now()`; the same clock is read for both ends of a wait. Never more than it is, however
   * long the reply that told it was on its way: a script would have more time to begin than whoever sent it waits.
   */
  let offsetMs = 0;
  let leftAloneUntilMs = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let isTrying = false;

  const answered = async (args: string[], key: string): Promise<unknown> => {
    try {
      return await sendCommand(args, key);
    } catch (cause) {
      throw new StoreError(`Redis could not do its work${refusalOf(cause)}`, { reason: 'unavailable', cause });
    }
  };

  const send = async (args: string[], key: string): Promise<unknown> => {
    let isLate = false;
    const giveUp = (): StoreError => {
      isLate = true;
      leftAloneUntilMs = performance.now() + 2 * timeoutMs;
      return tooSlow(timeoutMs);
    };
    try {
      // A client without a connection keeps no process alive.
      return await inTime(() => answered(args, key), timeoutMs, giveUp, { keepsAlive: true });
    } finally {
      isAway = isLate;
    }
  };

  /** A Redis that does not answer costs one wait a while, not one a command. */
  const sparingly = async (args: string[], key: string): Promise<unknown> => {
    if (!isAway) return send(args, key);
    if (isTrying || performance.now() < leftAloneUntilMs) throw tooSlow(timeoutMs);
    isTrying = true;
    return send(args, key).finally(() => {
      isTrying = false;
    });
  };

  const runWith =
    (sendOne: typeof send): RedisCommands['run'] =>
    async (script, keys, args) => {
      for (let sends = 1; ; sends += 1) {
        const sentAtMs = performance.now();
        // Redis tells whole ms, of which the last may have all but ended.
        const deadline = String(Math.floor(sentAtMs + offsetMs + timeoutMs) - 1);
        const own = ['EVAL', IN_TIME + script, String(keys.length), ...keys, deadline, ...args];
        const reply = readReply(await sendOne(own, keys[0]));
        if (reply.word !== 'late') return reply;
        offsetMs = Number(reply.detail) - performance.now();
        if (sends === MOST_SENDS) throw tooSlow(timeoutMs);
      }
    };

  return {
    async get(key) {
      return textOf(await sparingly(['GET', key], key));
    },
    run: runWith(sparingly),
    insist: runWith(send),
  };
}

function tooSlow(timeoutMs: number): StoreError {
  return new StoreError(`Redis did not answer within ${timeoutMs} ms`, { reason: 'unavailable' });
}

/**
 * The word that Redis begins its errors with, such as `READONLY` or `LOADING`, or the system's code, such as `ECONNREFUSED`. Sentences may quote what
 * was sent.
 */
function refusalOf(error: unknown): string {
  const { message, code }: { readonly message?: unknown; readonly code?: unknown } = Object(error);
  const [, word] = /^([A-Z]{4,})\b/.exec(String(message)) ?? /^(E[A-Z]{3,})$/.exec(String(code)) ?? [];
  return word ? ` (${word})` : '';
}

/** A text as clients bring it: some are set to bring bytes. */
function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  throw unexpected();
}

function readReply(value: unknown): RedisReply {
  const [word, detail] = Array.isArray(value) ? value : [];
  const text = textOf(word);
  if (text === null) throw unexpected();
  return { word: text, detail: textOf(detail) ?? undefined };
}

function unexpected(): StoreError {
  const what = 'sendCommand brought something else than the reply of Redis';
  return new StoreError(what, { reason: 'unavailable', cause: new TypeError(what) });
}
