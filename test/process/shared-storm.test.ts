import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCaller, type CallerProgram } from './callers.support.ts';
import { places } from './places.support.ts';
import { openStage, together, users } from './stage.support.ts';

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

describe.each(places)('fifty processes on $name', { timeout: 90_000 }, ({ isThere, open }) => {
  it.skipIf(!isThere)('log in once, and once more when the session has ended while all of them call', async () => {
    await using stage = await openStage(program, await open());
    stage.sandbox.scenario('pulse-crm', 'slow-login', { ms: 300 });
    const fifty = await stage.openMany(50);
    const cold = together(await Promise.all(fifty.map((caller) => caller.call({ times: 20 }))));
    expect(cold).toMatchObject({ answered: 1000 });
    expect(stage.counts().logins).toBe(1);

    const running = fifty.map((caller) => caller.call({ times: 20, pauseMs: 20 }));
    await pause(100);
    stage.sandbox.scenario('pulse-crm', 'expire-now');
    const after = together(await Promise.all(running));
    expect(after).toMatchObject({ answered: 2000 });
    expect(stage.counts().logins).toBe(2);
    expect(after.events).toMatchObject({ login: 2, adoption: 98 });
  });

  it.skipIf(!isThere)('send a wrong password once; with the right one the next call logs in', async () => {
    await using stage = await openStage(program, await open());
    const fifty = await stage.openMany(50, { apiSecret: 'wrong' });
    const wrong = together(await Promise.all(fifty.map((caller) => caller.call({ times: 1 }))));
    expect(stage.counts()).toMatchObject({ logins: 1, loginsDenied: 1 });
    expect(wrong.errors).toEqual({ ERR_LOGIN_DENIED: 1, ERR_LOGIN_QUARANTINED: 49 });
    const right = await stage.open({ apiSecret: users[0]?.apiSecret ?? '' });
    expect(await right.call({ times: 1 })).toMatchObject({ answered: 1 });
    expect(stage.counts()).toMatchObject({ logins: 2 });
  });
});
