import { writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openServer } from '../helpers/local-server.ts';
import { ensureBuilt } from './built.support.ts';
import { expectValidJson } from './json-schemas.support.ts';
import { openSessionStage } from './session-stage.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const token = 'a-token-"&<é=';

/** A Pulse that logs everybody in, and answers each call in this way. */
function openPulse(answer: (response: ServerResponse) => void) {
  return openServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url !== '/auth/login') return answer(response);
    const person = { id: 1, email: 'a@b.test', name: 'Ada', primaryAccountId: 'a', accounts: [] };
    response.end(JSON.stringify({ ...person, token }));
  });
}

describe('latchkey call, whatever the service answers', () => {
  it('tells an answer that breaks off as a service that cannot be reached', async () => {
    await using stage = await openSessionStage();
    await using pulse = await openPulse((response) => {
      response.setHeader('content-length', 100);
      response.write('{"id"');
      response.flushHeaders();
      setImmediate(() => response.destroy());
    });
    const env = { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: pulse.url };
    const { code, stdout, stderr } = await stage.latchkey(['call', 'pulse-crm', 'getSession', '--json'], { env });
    expect({ code, stderr }).toEqual({ code: 5, stderr: '' });
    expect(expectValidJson('call', stdout)).toMatchObject({
      code: 'ERR_SERVICE_UNREACHABLE',
      message: 'the answer of Pulse CRM to GET /auth/session broke off, or cannot be read',
    });
  });

  it('prints what is nested too deep to be laid out as it is', async () => {
    await using stage = await openSessionStage();
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    await using pulse = await openPulse((response) => response.end(deep));
    const env = { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: pulse.url };
    const args = ['call', 'pulse-crm', 'getSession'];
    expect(await stage.latchkey(args, { env })).toEqual({ code: 0, endedBy: null, stdout: `${deep}\n`, stderr: '' });
    expect(JSON.parse((await stage.latchkey([...args, '--json'], { env })).stdout)).toMatchObject({ data: deep });
  });

  it('shows no session that the answer repeats, in JSON that was escaped in another way', async () => {
    await using stage = await openSessionStage();
    const escaped = JSON.stringify({ token }).replace('=', '\\u003d').replace('é', '\\u00E9');
    await using pulse = await openPulse((response) => response.end(escaped));
    const env = { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: pulse.url };
    const args = ['call', 'pulse-crm', 'getSession'];
    expect((await stage.latchkey(args, { env })).stdout).toBe('{\n  "token": "[redacted]"\n}\n');
    const { stdout } = await stage.latchkey([...args, '--json'], { env });
    expect(JSON.parse(stdout)).toMatchObject({ data: { token: '[redacted]' } });
  });
});

describe('what latchkey call is given', () => {
  const lock = ['call', 'zato-sso', 'lockUser', '--data'];

  it('is refused where it is no text, or no JSON, and quoted nowhere', async () => {
    await using stage = await openSessionStage();
    const file = join(stage.folder, 'body');
    for (const [content, said] of [
      [Buffer.from([0x7b, 0xff, 0x7d]), 'is no text in UTF-8'],
      ['{hush', 'is no JSON\n'],
      ['', 'is no JSON (it is empty)'],
      ['{"ust": "hush"}', 'ust in --data: '],
    ] as const) {
      await writeFile(file, content);
      const refused = await stage.latchkey([...lock, `@${file}`]);
      expect(refused).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(said) });
      expect(refused.stderr).toContain(file);
      expect(refused.stderr).not.toContain('hush');
    }
    expect(await stage.latchkey([...lock, '{hush'])).toMatchObject({
      stderr: '--data is no JSON (a file is given as @path)\n',
    });
    const header = ['call', 'zato-sso', 'getUser', '--header', 'Transfer-Encoding: chunked'];
    expect(await stage.latchkey(header)).toMatchObject({ code: 2, stderr: expect.stringContaining('the connection') });
    expect(stage.sandbox.counts('zato-sso').requests).toBe(0);
  });

  it('may begin with the mark of UTF-8, as some editors write it', async () => {
    await using stage = await openSessionStage();
    const file = join(stage.folder, 'body');
    await writeFile(file, '\ufeff{"user_id": "none"}');
    const { stdout } = await stage.latchkey([...lock, `@${file}`]);
    expect(JSON.parse(stdout)).toHaveProperty('cid');
  });
});
