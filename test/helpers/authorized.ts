import { createRedactor } from '../../src/redact.ts';
import { createAuthorizedFetch } from '../../src/transport/authorized-fetch.ts';
import type { SessionCarrier } from '../../src/transport/carrier.ts';
import type { OperationFacts } from '../../src/transport/operations.ts';
import type { RetryPolicy } from '../../src/transport/retry.ts';
import { createSender } from '../../src/transport/send.ts';
import { createFakeService, type FakeFacts, type FakeService, type OpenedKeeper, openKeeper } from './fake-service.ts';
import { type Answerer, answerJson, type LocalServer, openServer } from './local-server.ts';

/** An authorized fetch with the simplest carrier: `Authorization: Bearer`, 401 refuses. Its session begins in memory. */
export interface Authorized extends LocalServer, OpenedKeeper {
  readonly fetch: typeof fetch;
  readonly service: FakeService;
  /** The sessions that arrived, in order; `none` for requests without one. */
  readonly sessions: () => string[];
}

const bearer: SessionCarrier<FakeFacts> = {
  bringsOwn: ({ headers }) => headers.has('authorization'),
  authorize(draft, session) {
    const headers = new Headers(draft.headers);
    headers.set('authorization', `Bearer ${session.secret}`);
    return { ...draft, headers };
  },
  suspect: ({ status }) => status === 401,
  judge: () => 'refused',
};

const operations: readonly OperationFacts[] = [
  { id: 'login', method: 'POST', path: '/login', role: 'login', session: [] },
  { id: 'open', method: 'GET', path: '/open', role: 'call', session: [] },
  {
    id: 'signUp',
    method: 'POST',
    path: '/sign-up',
    role: 'call',
    session: [{ in: 'body', name: 'current_app', fills: 'app' }],
  },
  {
    id: 'closed',
    method: 'GET',
    path: '/closed',
    role: 'call',
    session: [{ in: 'header', name: 'Authorization', fills: 'secret' }],
  },
];

/** @param answer what the server says to a live session; dead ones get 401 unless `isOpen` */
export async function openAuthorized(
  answer: Answerer = (_, response) => answerJson(response, 200, { ok: true }),
  about: {
    basePath?: string;
    carrier?: Partial<SessionCarrier<FakeFacts>>;
    fetch?: typeof fetch;
    isOpen?: boolean;
    /** @default no retries */
    retry?: Partial<RetryPolicy>;
  } = {},
): Promise<Authorized> {
  const service = createFakeService();
  const server = await openServer((request, response) => {
    const secret = request.headers.authorization?.replace('Bearer ', '');
    const isKnown = about.isOpen || secret === undefined || service.isAlive(secret) || !secret.startsWith('fake-');
    if (!isKnown) return answerJson(response, 401, { error: 'unknown session' });
    return answer(request, response);
  });
  const opened = openKeeper(service);
  const redactor = createRedactor();
  const send: typeof fetch = about.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const authorizedFetch = createAuthorizedFetch({
    system: 'fake',
    baseUrl: server.url + (about.basePath ?? ''),
    operations,
    keeper: opened.keeper,
    carrier: { ...bearer, ...about.carrier },
    fetch: send,
    sender: createSender({ system: 'fake', fetch: send, redactor, nowMs: () => opened.clock.nowMs() }),
    redactor,
    retry: { retries: 0, withinMs: 30_000, random: () => 0, report: () => {}, ...about.retry },
    nowMs: () => opened.clock.nowMs(),
  });
  const sessions = (): string[] =>
    server.arrived.map(({ headers }) => headers.authorization?.replace('Bearer ', '') ?? 'none');
  return { ...server, ...opened, fetch: authorizedFetch, service, sessions };
}
