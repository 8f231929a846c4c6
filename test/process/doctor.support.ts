import { createServer } from 'node:http';
import { createServer as createTcpServer, type Server } from 'node:net';
import { expect } from 'vitest';
import { latchkey, run } from './built.support.ts';
import { user } from './home.support.ts';
import { expectValidJson } from './json-schemas.support.ts';

/** What the doctor says of one thing. */
export interface Check {
  readonly name: string;
  readonly state: string;
  readonly message: string;
  readonly advice: string | null;
}

/** What the doctor finds, by name. */
export async function examined(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string) {
  const { code, stdout, stderr } = await run(latchkey, ['doctor', ...args, '--json'], { env, cwd });
  const { ok, checks }: { ok: boolean; checks: readonly Check[] } = JSON.parse(stdout);
  expect(stderr).toBe('');
  expectValidJson('doctor', stdout);
  expect(code).toBe(checks.some(({ state }) => state === 'failed') ? 1 : 0);
  expect(ok).toBe(code === 0);
  for (const { state, advice } of checks) expect(advice === null).toBe(state === 'ok');
  return Object.fromEntries(checks.map((check) => [check.name, check]));
}

/** Words that say whose session is meant, at this address. */
export const about = (baseUrl: string): string[] => ['pulse-crm', '--base-url', baseUrl, '--user', user];

/** A service that gives the same answer to everything. */
export async function answering(status: number, headers: Readonly<Record<string, string>>) {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(status, headers).end();
  });
  return { ...(await listening(server)), requests: () => requests };
}

/** An address at which nothing listens. */
export async function closedPort() {
  const server = await listening(createTcpServer());
  await server[Symbol.asyncDispose]();
  return { url: server.url, async [Symbol.asyncDispose]() {} };
}

/** Serves until the test's block ends. */
export async function listening(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
