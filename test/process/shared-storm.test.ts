import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallOrder } from './caller.child.ts';
import { buildCaller, type CallerProgram } from './callers.support.ts';
import { places } from './places.support.ts';
import { openStage, together, users } from './stage.support.ts';

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

describe.each(places)('fifty programs on $name', { timeout: 90_000 }, ({ isThere, open }) => {
  it.skipIf(!isThere)(
    'send a wrong password once, log in once with the right one, and once more when the session ends',
    async () => {
      await using stage = await openStage(program, await open());
      stage.sandbox.scenario('pulse-crm', 'slow-login', { ms: 300 });
      const fifty = await stage.openMany(50, { apiSecret: 'wrong' });
      const callAll = async (order: CallOrder) =>
        together(await Promise.all(fifty.map((caller) => caller.call(order))));

      const wrong = await callAll({ times: 1 });
      expect(stage.counts()).toMatchObject({ logins: 1, loginsDenied: 1 });
      expect(wrong.errors).toEqual({ ERR_LOGIN_DENIED: 1, ERR_LOGIN_QUARANTINED: 49 });

      await Promise.all(fifty.map((caller) => caller.change({ apiSecret: users[0]?.apiSecret ?? '' })));
      const cold = await callAll({ times: 20 });
      expect(cold.answered).toBe(1000);
      expect(cold.events).toMatchObject({ login: 1, adoption: 49 });
      expect(stage.counts().logins).toBe(2);

      const running = callAll({ times: 20, pauseMs: 20 });
      await pause(100);
      stage.sandbox.scenario('pulse-crm', 'expire-now');
      const after = await running;
      expect(after.answered).toBe(2000);
      expect(after.errors).toEqual(wrong.errors);
      expect(after.events).toMatchObject({ login: 2, adoption: 98 });
      expect(stage.counts().logins).toBe(3);
    },
  );
});
