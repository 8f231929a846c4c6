import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCaller, type CallerProgram } from './callers.support.ts';
import { places } from './places.support.ts';
import { openStage, together, users } from './stage.support.ts';

const AN_HOUR_MS = 3_600_000;

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

describe.each(places)('programs whose clocks differ, on $name', { timeout: 30_000 }, ({ isThere, open }) => {
  it.skipIf(!isThere)('share sessions when one clock is set back an hour, whoever of them logs in', async () => {
    await using stage = await openStage(program, await open());
    const [right, back] = [await stage.open(), await stage.open()];
    const callBoth = async (first: typeof right, second: typeof right) =>
      together([await first.call({ times: 2 }), await second.call({ times: 2 })]);
    expect(await callBoth(right, back)).toMatchObject({ answered: 4, events: { login: 1, adoption: 1 } });
    await back.change({ clockOffsetMs: -AN_HOUR_MS });
    expect(await callBoth(back, right)).toMatchObject({ answered: 8, events: { login: 1, adoption: 1 } });

    // Its record tells of an hour ago, when the one that it replaces had not begun.
    stage.sandbox.scenario('pulse-crm', 'expire-now');
    expect(await callBoth(back, right)).toMatchObject({ answered: 12, events: { login: 2, adoption: 2 } });
    stage.sandbox.scenario('pulse-crm', 'expire-now');
    const { answered, errors, events } = await callBoth(right, back);
    expect({ answered, errors }).toEqual({ answered: 16, errors: {} });
    expect(events).toMatchObject({ login: 3, adoption: 3 });
    expect(stage.counts().logins).toBe(3);
  });

  it.skipIf(!isThere)('do not send a refused password again when the clock is set back an hour', async () => {
    await using stage = await openStage(program, await open());
    const [wrong, again] = [await stage.open({ apiSecret: 'wrong' }), await stage.open({ apiSecret: 'wrong' })];
    expect((await wrong.call({ times: 1 })).errors).toEqual({ ERR_LOGIN_DENIED: 1 });
    await again.change({ clockOffsetMs: -AN_HOUR_MS });
    expect((await again.call({ times: 1 })).errors).toEqual({ ERR_LOGIN_QUARANTINED: 1 });
    expect(stage.counts().logins).toBe(1);
    const right = await stage.open({ apiSecret: users[0]?.apiSecret ?? '' });
    await right.change({ clockOffsetMs: -AN_HOUR_MS });
    expect(await right.call({ times: 1 })).toMatchObject({ answered: 1 });
  });
});
