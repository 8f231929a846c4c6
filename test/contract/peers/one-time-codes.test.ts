import { describe, expect, it } from 'vitest';
import { createSandbox } from '../../../src/sandbox/index.ts';
import { totpAt } from '../../../src/systems/totp.ts';
import { hasPeers, runPeer } from '../../helpers/peers.ts';

const isHere = hasPeers('No other maker of one-time codes is asked', 'oathtool');
const key = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

/** The code of a moment by oathtool, which knows whole seconds. */
async function codeOf(atMs: number): Promise<string> {
  const { code, stdout, stderr } = await runPeer('oathtool', [
    '--totp',
    '-b',
    key,
    '--now',
    `@${Math.floor(atMs / 1000)}`,
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout.trim();
}

/** The status and code that the twin answers a login with, at a moment of its clock. */
async function logIn(atMs: number, totpCode: string): Promise<unknown> {
  const server = await createSandbox({ clock: { nowMs: () => atMs } }).listen({ systems: ['zato-sso'] });
  try {
    const credentials = { username: 'totp-user', password: 'totp-user-Pa55-phrase', current_app: 'CRM' };
    const response = await fetch(`${server.url}/zato/sso/user/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...credentials, totp_code: totpCode }),
    });
    return { status: response.status, ...(await response.json()) };
  } finally {
    await server.close();
  }
}

// On a boundary of steps, just before and after one, past what 32 bits hold, and with a code that begins with 0.
const step = 30_000;
const boundary = Date.UTC(2026, 10, 22, 10, 0);
const moments = [
  boundary,
  boundary + 29_999,
  boundary + step,
  boundary + 29_000,
  1_111_111_109_000,
  20_000_000_000_000,
];

describe.skipIf(!isHere)('the codes of oathtool', () => {
  it.each(moments)('log in at %d, and are those that our client makes', async (atMs) => {
    const code = await codeOf(atMs);
    expect(code).toBe(totpAt(key, atMs));
    expect(await logIn(atMs, code)).toMatchObject({ status: 'ok', ust: expect.any(String) });
  });

  it('have a zero in front where they are short', async () => {
    expect(await codeOf(boundary)).toMatch(/^0\d{5}$/);
  });

  it('log in from the first to the last millisecond of their step', async () => {
    const before = await codeOf(boundary - 1000);
    const now = await codeOf(boundary);
    const after = await codeOf(boundary + step);
    expect(new Set([before, now, after]).size).toBe(3);
    const refused = { status: 'error', sub_status: ['E005001'] };
    expect(await logIn(boundary - 1, before)).toMatchObject({ status: 'ok' });
    expect(await logIn(boundary, before)).toMatchObject(refused);
    expect(await logIn(boundary, now)).toMatchObject({ status: 'ok' });
    expect(await logIn(boundary + step - 1, now)).toMatchObject({ status: 'ok' });
    expect(await logIn(boundary + step - 1, after)).toMatchObject(refused);
    expect(await logIn(boundary + step, now)).toMatchObject(refused);
    expect(await logIn(boundary + step, after)).toMatchObject({ status: 'ok' });
  });
});
