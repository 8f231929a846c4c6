import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import type { SessionHandle } from '../../src/systems/client-options.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';

/** One answer of a service that is played; `lost` is none at all, `half` breaks off in the middle. */
export interface PlayedAnswer {
  readonly status?: number;
  readonly type?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fate?: 'lost' | 'half';
}

/** What a request is about. */
export type Kind = 'login' | 'renewal' | 'call';

/** One try at each thing, so that what is seen is the first answer's doing. */
interface PlayedOptions {
  readonly fetch: typeof fetch;
  readonly store: SessionStore;
  readonly retries: 0;
}

/** A system as the tables of outcomes see it. */
export interface PlayedSystem {
  /** Opens a client that logs in with the same credentials each time. */
  open(options: PlayedOptions): { readonly session: SessionHandle<unknown>; call(path?: string): Promise<unknown> };
  kindOf(request: Request, text: string): Kind;
  /** What the service says when nothing is wrong; each login hands out another session. */
  good(kind: Kind, count: number): PlayedAnswer;
}

export const origin = 'https://service.example.test';
const json = (status: number, body: unknown): PlayedAnswer => ({ status, body });

/** The result of a call: the status of a REST answer. */
const statusOf = async (response: Promise<Response>): Promise<number> => (await response).status;

export const envelope = (content: string): string =>
  `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;

/** A fault as Zuora writes it: in a 500 unless told otherwise. */
export const fault = (
  code: string,
  message: string,
  { type = 'UnexpectedErrorFault', status = 500 }: { readonly type?: string; readonly status?: number } = {},
): PlayedAnswer => ({
  status,
  type: 'text/xml;charset=UTF-8',
  body: envelope(
    `<soapenv:Fault xmlns:fns="http://fault.api.zuora.com/"><faultcode>fns:${code}</faultcode><faultstring>${message}</faultstring><detail><fns:${type}><fns:FaultCode>${code}</fns:FaultCode><fns:FaultMessage>${message}</fns:FaultMessage></fns:${type}></detail></soapenv:Fault>`,
  ),
});

/** The answer to a create, a row each: `dead` ones say that their session is. */
export const soapRows = (...rows: readonly ('done' | 'dead')[]): PlayedAnswer => {
  const results = rows.map((row) =>
    row === 'done'
      ? '<z:result><z:Id>1</z:Id><z:Success>true</z:Success></z:result>'
      : '<z:result><z:Errors><z:Code>INVALID_SESSION</z:Code><z:Message>x</z:Message></z:Errors><z:Success>false</z:Success></z:result>',
  );
  const body = `<z:createResponse xmlns:z="http://api.zuora.com/">${results.join('')}</z:createResponse>`;
  return { type: 'text/xml', body: envelope(body) };
};

export const playedSystems: Readonly<Record<string, PlayedSystem>> = {
  'pulse-crm': {
    open(options) {
      const client = createPulseCrm({
        baseUrl: origin,
        credentials: { apiKey: 'key', apiSecret: 's3cret' },
        ...options,
      });
      return { session: client.session, call: () => statusOf(client.fetch(`${origin}/auth/session`)) };
    },
    kindOf: ({ url }) => (url.endsWith('/auth/login') ? 'login' : 'call'),
    good: (kind, count) => json(200, kind === 'login' ? { id: 1, email: 'a@b.test', token: `session-${count}` } : {}),
  },
  'zuora-rest': {
    open(options) {
      const credentials = { apiAccessKeyId: 'ada', apiSecretAccessKey: 's3cret' };
      const client = createZuoraRest({ baseUrl: origin, credentials, ...options });
      const call = (path = '/v1/entities') =>
        statusOf(client.fetch(`${origin}${path}`, path.includes('/action/') ? { method: 'POST', body: '{}' } : {}));
      return { session: client.session, call };
    },
    kindOf: ({ url }) => (url.endsWith('/v1/connections') ? 'login' : 'call'),
    good: (kind, count) => ({
      ...json(200, { success: true }),
      headers: kind === 'login' ? { 'Set-Cookie': `ZSession=session-${count}; Path=/; Secure; HttpOnly` } : {},
    }),
  },
  'zuora-soap': {
    open(options) {
      const baseUrl = `${origin}/apps/services/a/91.0`;
      const client = createZuoraSoap({ baseUrl, credentials: { username: 'ada', password: 's3cret' }, ...options });
      const zObjects = [{ $type: 'Account', Name: 'x' }] as const;
      return { session: client.session, call: async () => (await client.create({ zObjects })).result?.length };
    },
    kindOf: (_, text) => (/<(?:\w+:)?login[\s>]/.test(text) ? 'login' : 'call'),
    good: (kind, count) =>
      kind === 'call'
        ? soapRows('done')
        : {
            type: 'text/xml',
            body: envelope(
              `<z:loginResponse xmlns:z="http://api.zuora.com/"><z:result><z:Session>session-${count}</z:Session><z:ServerUrl>${origin}/apps/services/a/91.0</z:ServerUrl></z:result></z:loginResponse>`,
            ),
          },
  },
  'zato-sso': {
    open(options) {
      const credentials = { username: 'ada', password: 's3cret' };
      const client = createZatoSso({ baseUrl: origin, currentApp: 'CRM', credentials, ...options });
      return {
        session: client.session,
        call: (path = '/user') => statusOf(client.fetch(`${origin}/zato/sso${path}`)),
      };
    },
    kindOf({ method, url }) {
      const { pathname } = new URL(url);
      if (pathname.endsWith('/user/login')) return 'login';
      return method === 'PATCH' && pathname.endsWith('/user/session') ? 'renewal' : 'call';
    },
    good(kind, count) {
      const about = { status: 'ok', cid: 'c'.repeat(24), sub_status: [] };
      if (kind === 'renewal') return json(200, { ...about, expiration_time: '2099-01-02T03:04:05.000006' });
      return json(200, kind === 'login' ? { ...about, ust: `session-${count}` } : about);
    },
  },
};

type Answers = Readonly<Partial<Record<Kind, readonly PlayedAnswer[]>>>;

/** Serves a system: the answers given for a kind of request come first, in turn, and good ones follow. */
export function serve(system: string, answers: Answers = {}): { readonly fetch: typeof fetch; readonly sent: Kind[] } {
  const played = systemOf(system);
  const sent: Kind[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const kind = played.kindOf(request, await request.clone().text());
    sent.push(kind);
    const count = sent.filter((one) => one === kind).length;
    return responseOf(answers[kind]?.[count - 1] ?? played.good(kind, count));
  };
  return { fetch: send, sent };
}

/** Plays a system to clients that share a store. */
export function play(system: string, answers: Answers) {
  const served = serve(system, answers);
  const store = createMemoryStore();
  const open = () => systemOf(system).open({ fetch: served.fetch, store, retries: 0 });
  return { ...open(), open, sent: served.sent };
}

function systemOf(system: string): PlayedSystem {
  const played = playedSystems[system];
  if (!played) throw new Error(`there is no system ${system}`);
  return played;
}

function responseOf({ status = 200, type = 'application/json', body, headers, fate }: PlayedAnswer): Response {
  if (fate === 'lost')
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ECONNRESET' }) });
  const text = typeof body === 'string' || body === undefined ? (body ?? '') : JSON.stringify(body);
  const init = { status, headers: { 'Content-Type': type, ...headers } };
  if (fate !== 'half') return new Response(status === 204 ? null : text, init);
  let isBegun = false;
  const half = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isBegun) controller.error(new TypeError('terminated'));
      else controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)));
      isBegun = true;
    },
  });
  return new Response(half, init);
}
