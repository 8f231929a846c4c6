import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { hasPeers } from '../helpers/peers.ts';
import { useContractHarness } from './harness.ts';
import { readSamples } from './samples.ts';

const DOCUMENTED_PORT = 17010;
const run = promisify(execFile);
const isHere = hasPeers('The documented curl commands are not run', 'curl');

describe.skipIf(!isHere)('the documented curl commands, run by a shell against the sandbox', () => {
  const harness = useContractHarness();

  /** Listens on the documented port, and only where that is taken on another one, saying so. */
  const listen = async () => {
    const listening = await harness.listen('zato-sso', DOCUMENTED_PORT).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') throw error;
      return harness.listen('zato-sso', 0);
    });
    if (listening.port !== DOCUMENTED_PORT) {
      console.warn(
        `Port ${DOCUMENTED_PORT} is taken: the documented commands run with port ${listening.port} in its place.`,
      );
    }
    return listening;
  };
  const shell = async (command: string, port: number): Promise<unknown> => {
    const here = port === DOCUMENTED_PORT ? command : command.replace(`:${DOCUMENTED_PORT}/`, `:${port}/`);
    const { stdout } = await run('sh', ['-c', here], { env: { PATH: process.env.PATH ?? '', NO_PROXY: '*' } });
    return JSON.parse(stdout);
  };
  const samples = readSamples('zato-sso').flatMap(({ name, curl }) => (curl === undefined ? [] : [{ name, curl }]));
  const commandOf = (name: string): string => samples.find((sample) => sample.name === name)?.curl ?? '';

  it('has both commands of the document', () => {
    expect(samples.map(({ name }) => name)).toEqual(['login-invalid-username-or-password', 'login-ok']);
  });

  it('gives a session token for the documented user', async () => {
    await using listening = await listen();
    const answer = await shell(commandOf('login-ok'), listening.port);
    expect(answer).toEqual({
      status: 'ok',
      cid: expect.stringMatching(/^[0-9a-f]{24}$/),
      ust: expect.stringMatching(/^gAAAA/),
      // Servers of 3.2 and 3.3 send it where the document leaves it out.
      sub_status: [],
    });
  });

  it('gives exactly the documented fields from a server that leaves out an empty sub_status', async () => {
    harness.sandbox.scenario('zato-sso', 'settings', { subStatusOnSuccess: 'never' });
    await using listening = await listen();
    const answer = await shell(commandOf('login-ok'), listening.port);
    const documented = readSamples('zato-sso').find(({ name }) => name === 'login-ok')?.response.body;
    expect(Object.keys(answer ?? {})).toEqual(Object.keys(documented ?? {}));
  });

  it('gives the documented error when the password is another', async () => {
    harness.sandbox.scenario('zato-sso', 'change-password', {
      username: 'user1',
      password: 'no-longer-the-documented-1',
    });
    await using listening = await listen();
    const answer = await shell(commandOf('login-invalid-username-or-password'), listening.port);
    expect(answer).toEqual({
      status: 'error',
      cid: expect.stringMatching(/^[0-9a-f]{24}$/),
      sub_status: ['E005001'],
    });
  });
});
