/**
 * A server process of the benchmark `sandbox`: `node --expose-gc sandbox-server.js <variant>`. It serves the Pulse twin over HTTP, by the
 * sandbox's own server or by the peer's; or it opens sessions by the thousand and tells what memory they take, in bytes.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createPeer } from '@mswjs/http-middleware';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { sandboxHandlers } from '../../src/sandbox/msw.ts';
import { memoryInUse } from './memory.ts';
import { answerQuestions } from './questions.ts';
import { openSandboxSession } from './sandbox-data.ts';

const [variant = ''] = process.argv.slice(2);
const HOST = '127.0.0.1';

answerQuestions(async ({ about, calls }) => {
  if (about === 'listen')
    return variant === 'latchkey' ? (await createSandbox().listen({ host: HOST })).port : listenAsPeer();
  return memoryOf(about, calls);
});

/** The peer answers under the origin that its handlers are made for, so its port is known before they are. */
async function listenAsPeer(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, HOST, 4_096, resolve));
  // A server that listens on TCP has an address of this form.
  const { port } = server.address() as AddressInfo;
  const sandbox = createSandbox({ origins: { 'pulse-crm': `http://${HOST}:${port}` } });
  // The peer knows msw by its other build, whose classes are the same but for their private parts.
  const handlers = sandboxHandlers(sandbox, ['pulse-crm']) as unknown as Parameters<typeof createPeer>;
  server.on('request', createPeer(...handlers));
  return port;
}

/** What so many sessions of a system take, each used once: after a login, a call. */
async function memoryOf(system: string, count: number): Promise<number> {
  const sandbox: Sandbox = createSandbox({ seed: 'bench' });
  await openSandboxSession(sandbox, system);
  const before = await memoryInUse();
  for (let number = 0; number < count; number += 1) await openSandboxSession(sandbox, system);
  const after = await memoryInUse();
  const live = Object.values(sandbox.twins).reduce((sum, twin) => sum + twin.liveSessions(), 0);
  if (live < count) throw new Error(`Only ${live} of ${count} sessions of ${system} are alive`);
  return after - before;
}
