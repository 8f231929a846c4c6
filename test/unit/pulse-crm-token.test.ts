import { describe, expect, it } from 'vitest';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { createManualClock } from '../helpers/waiting.ts';

const credentials = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const HOUR = 3_600_000;

describe('a JWT of Pulse CRM', () => {
  it('that has ended when it arrives, by a clock that nobody can set right, lives until it is refused', async () => {
    const clock = createManualClock();
    let logins = 0;
    await using server = await openServer((request, response) => {
      // A proxy that takes the Date away leaves no way to see that this machine's clock is two hours ahead.
      response.sendDate = false;
      if (request.url !== '/auth/login')
        return answerJson(response, 200, { id: 1, email: 'ada@example.test', token: 't' });
      logins += 1;
      const token = `${part({ alg: 'HS256' })}.${part({ exp: (clock.nowMs() - HOUR) / 1000 })}.signature`;
      return answerJson(response, 200, { id: 1, email: 'ada@example.test', token });
    });
    await using client = createPulseCrm({ baseUrl: server.url, credentials, clock });
    for (let n = 0; n < 20; n += 1) expect((await client.GET('/auth/session')).response.status).toBe(200);
    expect(logins).toBe(1);
  });
});
