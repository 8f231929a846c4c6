import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCaller, type CallerProgram } from './callers.support.ts';
import { killHolders } from './kills.support.ts';
import { places } from './places.support.ts';
import { openStage } from './stage.support.ts';

const KILLS = 40;

let program: CallerProgram;
beforeAll(async () => {
  program = await buildCaller();
});
afterAll(() => program[Symbol.asyncDispose]());

describe.each(places)('a process that is killed while it holds a lock on $name', { timeout: 120_000 }, (place) => {
  it.skipIf(!place.isThere)(
    `is followed by another, ${KILLS} times at random moments: no half record, no wrong session, nobody stuck, no login too many`,
    async () => {
      await using stage = await openStage(program, await place.open());
      const { broken, kills } = await killHolders(stage, KILLS);
      expect(broken).toEqual([]);
      expect(kills).toBe(KILLS);
    },
  );
});
