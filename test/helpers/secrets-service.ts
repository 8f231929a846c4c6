import { createServer, type IncomingMessage } from 'node:http';
import { formsOf, type SecretName, secrets } from './secrets.ts';

/** A request as it came in. */
export interface Heard {
  /** Such as `POST /auth/login` or `SOAP query`. */
  readonly call: string;
  readonly body: string;
}

/** What the service answers; an object is sent as JSON, a string as the given type. */
export interface Reply {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: object | string;
  /** Breaks the connection off in place of an answer. */
  readonly isCut?: boolean;
}

/** A service that puts what it knows wherever a service can put something. */
export interface HostileService extends AsyncDisposable {
  readonly url: string;
  readonly heard: readonly Heard[];
  /** The secrets that it repeats, in each form, in bodies, headers and reason phrases. */
  repeats: readonly SecretName[];
  answer: (request: Heard) => Reply;
  /** Every form of every secret that it repeats. */
  text(): string;
}

const headerSafe = (text: string): string => text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?');

export async function openHostileService(): Promise<HostileService> {
  const heard: Heard[] = [];
  const service: Omit<HostileService, 'url' | typeof Symbol.asyncDispose> = {
    heard,
    repeats: [],
    answer: () => ({ status: 404 }),
    text: () => service.repeats.flatMap((name) => Object.values(formsOf(secrets[name]))).join(' | '),
  };
  const server = createServer(async (incoming, outgoing) => {
    const sent = await textOf(incoming);
    const [, operation] = /Body>\s*<(?:\w+:)?(\w+)/.exec(sent) ?? [];
    const path = (incoming.url ?? '').replace(/\?.*/, '');
    const request = { call: operation === undefined ? `${incoming.method} ${path}` : `SOAP ${operation}`, body: sent };
    heard.push(request);
    const { status = 200, type, headers = {}, body = {}, isCut = false } = service.answer(request);
    if (isCut) return void incoming.socket.destroy();
    const repeated = service.repeats.map((name) => secrets[name]);
    const short = headerSafe([...repeated, ...repeated.map(encodeURIComponent)].join(' '));
    outgoing.writeHead(status, short === '' ? 'Some reason' : short, {
      'content-type': type ?? (typeof body === 'string' ? 'text/html' : 'application/json'),
      'www-authenticate': `Bearer error="${short}"`,
      'zuora-request-id': short,
      'track-id': short,
      'x-repeated': short,
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
      ),
    });
    const text = service.text();
    outgoing.end(
      typeof body === 'string'
        ? body
        : JSON.stringify({ message: text, error: text, details: text, processId: text, traceback: { text }, ...body }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return Object.assign(service, {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** XML text of any string. */
export const xmlText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A SOAP answer around the content of a body. */
export function soapReply(content: string, status = 200): Reply {
  const soap = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="http://api.zuora.com/"';
  const body = `<s:Envelope ${soap} xmlns:f="http://fault.api.zuora.com/"><s:Body>${content}</s:Body></s:Envelope>`;
  return { status, type: 'text/xml; charset=utf-8', body };
}

/** A SOAP fault; `kind` is the name of its detail. */
export function soapFault(code: string, message: string, kind?: string): Reply {
  const inner = `<f:FaultCode>${xmlText(code)}</f:FaultCode><f:FaultMessage>${xmlText(message)}</f:FaultMessage>`;
  const detail = kind === undefined ? '' : `<detail><f:${kind}>${inner}</f:${kind}></detail>`;
  const fault = `<faultcode>f:${xmlText(code)}</faultcode><faultstring>${xmlText(message)}</faultstring>${detail}`;
  return soapReply(`<s:Fault>${fault}</s:Fault>`, 500);
}
