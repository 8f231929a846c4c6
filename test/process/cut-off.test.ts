import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { latchkey, root, run } from './built.support.ts';
import { about, listening } from './doctor.support.ts';
import { createHome, secret, shareService } from './home.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();

it('a login at a service that closes each connection at once fails in time: the program does not end before', async () => {
  await using home = await createHome();
  await using shut = await listening(createServer((socket) => socket.on('error', () => {}).destroy()));
  const program = join(home.path, 'program.mjs');
  const options = `{ baseUrl: '${shut.url}', credentials: { apiKey: 'a', apiSecret: 'b' }, loginTimeoutMs: 300 }`;
  await writeFile(
    program,
    `import { createPulseCrm } from ${JSON.stringify(join(root, 'dist/src/systems/pulse-crm.js'))};
    await createPulseCrm(${options}).session.get().catch(({ code }) => console.log(code));`,
  );
  // Whether the fetch of Node ever ends hangs on which comes first, the connection's end or the request.
  const ends = await Promise.all(Array.from({ length: 6 }, () => run(program, [], { env: home.env })));
  for (const end of ends) expect(end).toMatchObject({ code: 0, stdout: 'ERR_SERVICE_UNREACHABLE\n' });
});

it('the command never ends well in the middle: where nothing is left to wait for it says so', async () => {
  await using home = await createHome();
  const login = ['auth', 'login', ...about(service.url), '--password-stdin'];
  expect((await run(latchkey, login, { env: home.env, input: secret })).code).toBe(0);
  const stuck = 'data:text/javascript,globalThis.fetch=()=>new%20Promise(()=>{})';
  const { code, stdout } = await run(latchkey, ['call', 'pulse-crm', 'getSession', '--json'], {
    env: { ...home.env, NODE_OPTIONS: `--import=${stuck}` },
  });
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    code: 'ERR_FAILED',
    message: expect.stringContaining('ended'),
  });
  expect(code).toBe(1);
});
