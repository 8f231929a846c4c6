import { http, passthrough } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { contracts } from '../../src/contract/contracts.ts';
import { checkExchange, type Finding } from '../../src/contract/exchange.ts';
import { responseFrom } from '../../src/sandbox/exchange.ts';
import { type ListeningSandbox, listenOnHttp } from '../../src/sandbox/http-server.ts';
import { createSandbox, type Sandbox, type SandboxOptions, type SystemName } from '../../src/sandbox/index.ts';
import { sandboxHandlers } from '../../src/sandbox/msw.ts';
import { schemaErrors } from '../unit/soap-oracle.support.ts';

/** One request with its answer, if one came. */
interface Exchange {
  readonly system: SystemName;
  readonly request: Request;
  readonly response: Response | undefined;
}

/** The sandbox behind msw, and a record of what went over the wire in the current test. */
export interface ContractHarness {
  readonly sandbox: Sandbox;
  readonly server: ReturnType<typeof setupServer>;
  /** What was sent and answered since the test began, in order. */
  exchanges(): Promise<readonly Exchange[]>;
  /**
   * Says that this test sends or answers what no spec has on purpose; findings at these places do not fail it. Each must be found, or the
   * test fails.
   */
  allow(...places: readonly string[]): void;
  /** What would fail the test if it ended here. It is forgotten then, and does not. */
  settle(): Promise<readonly string[]>;
  /** Lets requests through to a server that is not the sandbox, under the same watch. */
  watch(origin: string): void;
  /** The sandbox over HTTP for one system, under the same watch. */
  listen(system: SystemName, port: number): Promise<ListeningSandbox>;
}

/** When a test's clock stands still, it stands here. */
export const NOW_MS = Date.UTC(2026, 9, 2, 12, 0, 0);

/**
 * Puts the sandbox behind msw for the tests of a file. Every exchange is held against its spec, and one that does not fit fails its test
 * after the test's own assertions, whether or not the test looked at it.
 */
export function useContractHarness(options: SandboxOptions = {}): ContractHarness {
  const sandbox = createSandbox({ seed: 'contract', clock: { nowMs: () => NOW_MS }, ...options });
  const server = setupServer(...sandboxHandlers(sandbox));
  const seen: Exchange[] = [];
  const watched = new Set<string>();
  const strangers: string[] = [];
  const open = new Map<string, Request>();
  const allowed: string[] = [];

  const systemOf = (url: string): SystemName => {
    const { pathname } = new URL(url);
    const owner = Object.values(sandbox.twins).find((twin) => twin.owns(pathname));
    if (owner === undefined) throw new Error(`no system of the sandbox owns ${pathname}`);
    return owner.system;
  };
  const see = (request: Request, response: Response | undefined): void => {
    seen.push({ system: systemOf(request.url), request, response });
  };

  server.events.on('request:match', ({ request, requestId }) => open.set(requestId, request.clone()));
  server.events.on('request:unhandled', ({ request }) => {
    strangers.push(`${request.method} ${new URL(request.url).origin}`);
  });
  server.events.on('response:mocked', ({ request, response, requestId }) => {
    const sent = open.get(requestId) ?? request;
    open.delete(requestId);
    // An error response stands for a connection that broke.
    see(sent, response.type === 'error' ? undefined : response.clone());
  });

  server.events.on('response:bypass', ({ request, response, requestId }) => {
    const sent = open.get(requestId) ?? request;
    open.delete(requestId);
    // The listening sandbox sees for itself what comes to it.
    if (watched.has(new URL(request.url).origin)) see(sent, response.clone());
  });

  beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
  afterAll(() => server.close());
  afterEach(async () => {
    server.resetHandlers();
    sandbox.reset();
    watched.clear();
    const lines = await settle();
    if (lines.length > 0) throw new Error(`Exchanges that do not fit their specs:\n${lines.join('\n')}`);
  });

  /** What is wrong with everything seen so far, which is forgotten then. */
  const settle = async (): Promise<string[]> => {
    const expected = allowed.splice(0);
    const lines = strangers.splice(0).map((stranger) => `${stranger}: no handler takes it`);
    const exchanges = seen.splice(0);
    for (const request of open.values())
      exchanges.push({ system: systemOf(request.url), request, response: undefined });
    open.clear();
    const found = new Set<string>();
    const opinions = await libxml2Findings(exchanges);
    for (const [index, { system, request, response }] of exchanges.entries()) {
      for (const finding of [
        ...(await checkExchange(request, response, contracts[system])),
        ...(opinions[index] ?? []),
      ]) {
        found.add(finding.place);
        if (!expected.includes(finding.place)) lines.push(`${nameOf(request)}: ${say(finding)}`);
      }
    }
    for (const place of expected) {
      if (!found.has(place)) lines.push(`nothing was found at ${place}, which the test allows`);
    }
    return lines;
  };

  return {
    sandbox,
    server,
    exchanges: async () =>
      seen.map(({ system, request, response }) => ({
        system,
        request: request.clone(),
        response: response?.clone(),
      })),
    allow: (...places) => {
      allowed.push(...places);
    },
    settle,
    watch(origin) {
      watched.add(origin);
      server.use(http.all(`${origin}/*`, () => passthrough()));
    },
    async listen(system, port) {
      const listening = await listenOnHttp(
        async (incoming) => {
          const { method, origin, path, query, headers, body } = incoming;
          const url = `${origin}${path}${query === '' ? '' : `?${query}`}`;
          const request = new Request(url, {
            method,
            headers,
            ...(body.length > 0 ? { body: new Uint8Array(body) } : {}),
          });
          const delivery = await sandbox.twins[system].serve(incoming);
          see(request, delivery.kind === 'dropped' ? undefined : responseFrom(delivery));
          return delivery;
        },
        { port },
      );
      server.use(http.all(`${listening.url}/*`, () => passthrough()));
      return listening;
    },
  };
}

/** A second opinion on envelopes, from schemas and code that are not ours; one run for all of them. */
async function libxml2Findings(exchanges: readonly Exchange[]): Promise<Finding[][]> {
  const findings = exchanges.map((): Finding[] => []);
  const envelopes: { index: number; place: string; text: string }[] = [];
  for (const [index, { system, request, response }] of exchanges.entries()) {
    if (system !== 'zuora-soap') continue;
    envelopes.push({ index, place: '/request/libxml2', text: await request.clone().text() });
    const isXml = response?.headers.get('content-type')?.includes('xml') === true;
    if (isXml) envelopes.push({ index, place: '/response/libxml2', text: await response.clone().text() });
  }
  if (envelopes.length === 0) return findings;
  const errors = await schemaErrors(envelopes.map(({ text }) => text));
  for (const [at, { index, place }] of envelopes.entries()) {
    for (const found of errors[at] ?? []) {
      findings[index]?.push({ kind: 'violation', place, expected: 'what the schemas say', found });
    }
  }
  return findings;
}

function nameOf(request: Request): string {
  return `${request.method} ${new URL(request.url).pathname}`;
}

function say({ kind, place, expected, found }: Finding): string {
  return `${kind} at ${place}: expected ${expected}, found ${found}`;
}
