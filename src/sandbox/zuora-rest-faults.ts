import type { components } from '../../generated/zuora-rest/types.ts';
import type { Answer, HeaderPairs } from './exchange.ts';
import type { Twin } from './twin.ts';
import { prettyJson } from './zuora-rest-answers.ts';

const concurrencyMessage =
  'The total number of concurrent requests has exceeded the limit allowed by the system. Please resubmit your request later.';

/** Answers that only Zuora REST gives: its two kinds of 429 and its crash in plain text. */
export const zuoraRestCanned: NonNullable<Twin['canned']> = {
  'rate-limit'(args) {
    const kind = args.choice('kind', ['rate', 'concurrency'], 'rate');
    const seconds = args.number('retryAfterSeconds', { min: 0, fallback: kind === 'rate' ? 60 : 120, isWhole: true });
    const window = args.choice('window', ['minute', 'hour', 'day'], 'minute');
    const limits: HeaderPairs = [
      ['RateLimit-Limit', '2000, 2000;w=60, 67500;w=3600, 810000;w=86400'],
      ['RateLimit-Remaining', '0'],
      ['RateLimit-Reset', String(seconds)],
    ];
    const answer = kind === 'rate' ? rateAnswer(window, seconds, limits) : concurrencyAnswer(seconds);
    return () => ({ ...answer, outcome: 'canned' });
  },
  crash: () => () => crashAnswer,
};

/** One request too many in a window of time. */
export function rateAnswer(window: string, seconds: number, limits: HeaderPairs): Answer {
  const message = `API Rate limit exceeded for the ${window}, retry after ${seconds} seconds`;
  return tooMany({ reasons: [{ code: 70, message }] }, limits);
}

/** The limit on requests at one time, of which so many are left. */
export function concurrencyHeaders(left: number): HeaderPairs {
  return [
    ['Concurrency-Limit-Type', 'Default'],
    ['Concurrency-Limit-Limit', String(concurrencyLimit)],
    ['Concurrency-Limit-Remaining', String(left)],
  ];
}

export const concurrencyLimit = 40;

function concurrencyAnswer(seconds: number): Answer {
  return tooMany({ success: false, reasons: [{ code: 50000070, message: concurrencyMessage }] }, [
    ['Retry-After', String(seconds)],
    ...concurrencyHeaders(0),
  ]);
}

function tooMany(body: components['schemas']['CommonResponse'], headers: HeaderPairs): Answer {
  return {
    status: 429,
    headers: [['Content-Type', 'application/json;charset=utf-8'], ...headers],
    body: prettyJson(body),
    outcome: 'failed',
  };
}

/** What the service says when something broke inside. */
export const crashAnswer: Answer = {
  status: 500,
  statusText: 'Internal Error',
  headers: [
    ['Server', 'Zuora App'],
    ['Content-Type', 'text/plain'],
  ],
  body: 'We are sorry, something unexpected went wrong while processing this request.',
  outcome: 'canned',
};
