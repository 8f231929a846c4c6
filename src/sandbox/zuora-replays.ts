import type { Answer, Incoming } from './exchange.ts';
import type { Clock } from './virtual-clock.ts';
import type { ZuoraSettings } from './zuora-settings.ts';

/** Why a request with an idempotency key gets no answer of its own. */
export type ReplayProblem = 'in-progress' | 'mismatch' | 'too-long';

/** The answers kept for requests with an idempotency key, each for 24 hours; where they are too many, the oldest go sooner. */
export interface ZuoraReplays {
  /** To be called when a request arrives; the number tells later what was going on then. */
  arrive(): number;
  /** The answer kept for the request's key, or else that of `run`, which is then kept whatever it is. */
  answer(incoming: Incoming, arrival: number, run: () => Answer): Answer;
}

interface Kept {
  readonly method: string;
  readonly url: string;
  readonly answer: Answer;
  readonly untilMs: number;
  readonly bytes: number;
  /** The last arrival before it was answered. */
  readonly answeredAfter: number;
}

const lifeMs = 24 * 60 * 60_000;
const longestKey = 255;
const mostAnswers = 10_000;
const mostBytes = 16 * 1024 * 1024;
const methods = new Set(['POST', 'PATCH']);

export function createZuoraReplays(
  clock: Clock,
  settings: ZuoraSettings,
  problemAnswer: (problem: ReplayProblem) => Answer,
): ZuoraReplays {
  const kept = new Map<string, Kept>();
  let arrivals = 0;
  let heldBytes = 0;

  const dropOld = (newBytes = 0) => {
    for (const [key, { untilMs, bytes }] of kept) {
      const isRoomLeft = newBytes === 0 || (kept.size < mostAnswers && heldBytes + newBytes <= mostBytes);
      if (untilMs > clock.nowMs() && isRoomLeft) break;
      kept.delete(key);
      heldBytes -= bytes;
    }
  };

  return {
    arrive() {
      arrivals += 1;
      return arrivals;
    },
    answer(incoming, arrival, run) {
      const key = incoming.headers['idempotency-key'];
      if (key === undefined || !methods.has(incoming.method)) return run();
      if (key.length > longestKey) {
        return settings.longIdempotencyKey === 'ignored' ? run() : problemAnswer('too-long');
      }
      dropOld();
      const { method } = incoming;
      const url = `${incoming.path}?${incoming.query}`;
      const known = kept.get(key);
      if (known === undefined) {
        const answer = run();
        const bytes = url.length + (answer.body?.length ?? 0) + 1;
        dropOld(bytes);
        kept.set(key, { method, url, answer, bytes, untilMs: clock.nowMs() + lifeMs, answeredAfter: arrivals });
        heldBytes += bytes;
        return answer;
      }
      if (known.method !== method || known.url !== url) return problemAnswer('mismatch');
      // It came while the first one, slowed by a scenario, was still being worked on.
      return arrival <= known.answeredAfter ? problemAnswer('in-progress') : known.answer;
    },
  };
}
