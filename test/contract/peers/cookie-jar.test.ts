import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from '../../../src/sandbox/certificate.ts';
import { createSandbox } from '../../../src/sandbox/index.ts';
import { answerJson, openServer } from '../../helpers/local-server.ts';
import { hasPeers, runPeer, scratchFolder } from '../../helpers/peers.ts';

const isHere = hasPeers('No cookie jar of others is tried', 'curl');
// Not a loopback name: curl takes loopback for a secure place whatever the scheme.
const name = 'zuora.example.test';

describe.skipIf(!isHere)('the cookie jar of curl', () => {
  it('carries the session from call to call over HTTPS, until it has expired, and over HTTP only where the sandbox is set so', async () => {
    const sandbox = createSandbox();
    const server = await sandbox.listen({ systems: ['zuora-rest'], tls: await makeCertificate(name) });
    await using plain = await openServer((_, response) => answerJson(response, 200, {}));
    using folder = await scratchFolder();
    const [ca, jar] = [join(folder.path, 'ca.pem'), join(folder.path, 'jar')];
    await writeFile(ca, server.ca ?? '');
    const curl = async (url: string, ...more: string[]): Promise<{ status: number; body: string }> => {
      const { port } = new URL(url);
      const { code, stdout, stderr } = await runPeer('curl', [
        ...['-sS', '--max-time', '20', '--cacert', ca, '--resolve', `${name}:${port}:127.0.0.1`],
        ...['-b', jar, '-c', jar, '-w', '\n%{http_code}', ...more, url.replace('127.0.0.1', name)],
      ]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const end = stdout.lastIndexOf('\n');
      return { status: Number(stdout.slice(end)), body: stdout.slice(0, end) };
    };
    /** What the jar holds: the fields of its only cookie, the last of which is the value. */
    const cookie = async (): Promise<string[]> => {
      const lines = (await readFile(jar, 'utf8')).split('\n').filter((line) => line.includes('\t'));
      expect(lines).toHaveLength(1);
      return lines[0]?.split('\t') ?? [];
    };
    const call = (path: string, ...more: string[]) => curl(`${server.url}${path}`, ...more);
    const keys = ['-X', 'POST', '-H', 'apiAccessKeyId: username@company.com', '-H', 'apiSecretAccessKey: password'];
    try {
      expect(await call('/v1/entities')).toMatchObject({ status: 401 });
      expect(await call('/v1/connections', ...keys)).toEqual({
        status: 200,
        body: expect.stringMatching(/"success" : true/),
      });
      const values = [(await cookie()).at(-1)];
      // Host only, secure, without an end of its own.
      expect(await cookie()).toEqual([`#HttpOnly_${name}`, 'FALSE', '/', 'TRUE', '0', 'ZSession', values[0]]);
      for (const path of ['/v1/entities', '/v1/accounts/A00000001']) {
        expect(await call(path)).toMatchObject({ status: 200 });
        values.push((await cookie()).at(-1));
      }
      expect(new Set(values).size).toBe(3);

      expect(await curl(plain.url)).toMatchObject({ status: 200 });
      expect(plain.arrived.map(({ headers }) => headers.cookie)).toEqual([undefined]);
      expect(await call('/v1/entities')).toMatchObject({ status: 200 });

      const last = await cookie();
      expect(await call('/__sandbox/zuora-rest/expire-now', '-X', 'POST')).toMatchObject({ status: 200 });
      expect(await call('/v1/entities')).toEqual({ status: 401, body: expect.stringContaining('90000011') });
      expect(await cookie()).toEqual(last);
      expect(sandbox.counts('zuora-rest')).toMatchObject({ loginsAccepted: 1, accepted: 3, refused: 2 });

      sandbox.scenario('zuora-rest', 'settings', { isCookieSecure: false });
      expect(await call('/v1/connections', ...keys)).toMatchObject({ status: 200 });
      expect((await cookie())[3]).toBe('FALSE');
      expect(await curl(plain.url)).toMatchObject({ status: 200 });
      expect(plain.arrived.at(-1)?.headers.cookie).toMatch(/^ZSession=/);
    } finally {
      await server.close();
    }
  });
});
