import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { SessionRefusedError } from '../../src/errors.ts';
import { type LiveSystem, liveSystems, openSandbox } from '../helpers/live-systems.ts';

const CALLS = 1000;
const MOST_SENDS = 3;
const numbers = Array.from({ length: CALLS }, (_, n) => n);

/**
 * A fetch that counts the sends of each call, and keeps every second refusal of the old session back until the new
 * login has been answered. The sandbox delays half of its refusals too; this makes sure of the order on any machine.
 */
function stormFetch(isLogin: LiveSystem['isLogin']) {
  const call = new AsyncLocalStorage<{ sends: number }>();
  let isStorming = false;
  let refusals = 0;
  let late = 0;
  let loginAnswered = (): void => {};
  const afterLogin = new Promise<void>((resolve) => {
    loginAnswered = resolve;
  });
  let isLoggedIn = false;

  const counting: typeof fetch = async (input, init) => {
    if (isLogin(String(input instanceof Request ? input.url : input), init?.body)) {
      const answer = await fetch(input, init);
      if (!isStorming) return answer;
      isLoggedIn = true;
      // After the client has had the answer for a turn of the event loop.
      setTimeout(loginAnswered, 50);
      return answer;
    }
    const counter = call.getStore();
    if (counter) counter.sends += 1;
    const answer = await fetch(input, init);
    if (isStorming && answer.status >= 400 && counter?.sends === 1) {
      refusals += 1;
      if (refusals % 2 === 0) await afterLogin;
      if (isLoggedIn) late += 1;
    }
    return answer;
  };
  return {
    fetch: counting,
    begin: () => {
      isStorming = true;
    },
    /** Runs one call and tells how often it was sent. */
    async counted<T>(run: () => Promise<T>): Promise<{ sends: number; result: PromiseSettledResult<T> }> {
      const counter = { sends: 0 };
      const [result] = await call.run(counter, () => Promise.allSettled([run()]));
      return { sends: counter.sends, result };
    },
    lateRefusals: () => late,
  };
}

async function storm(target: LiveSystem, prepare: (scenario: (name: string, args?: object) => void) => void) {
  await using live = await openSandbox({ journalSize: 0 });
  const { sandbox } = live;
  const { system } = target;
  const wire = stormFetch((url, body) => target.isLogin(url, body));
  await using client = await target.open(live, { fetch: wire.fetch });
  const before = sandbox.counts(system).logins;

  const scenario = (name: string, args?: object): void => void sandbox.scenario(system, name, { ...args });
  scenario('expire-now');
  scenario('slow-login', { ms: 200 });
  scenario('delay-refusals', { ms: 400, fraction: 0.5 });
  prepare(scenario);
  wire.begin();

  const outcomes = await Promise.all(numbers.map((n) => wire.counted(() => client.call(n))));
  const logins = sandbox.counts(system).logins - before;
  scenario('clear');
  const afterwards = await client.call(7);
  return { outcomes, logins, client, late: wire.lateRefusals(), afterwards };
}

describe.each(liveSystems)('$system: a thousand calls at once on an expired session', (target) => {
  it('log in once, and every call gets its own right answer', async () => {
    const { outcomes, logins, client, late } = await storm(target, () => {});
    expect(logins).toBe(1);
    expect(late).toBeGreaterThanOrEqual(CALLS / 2);
    const wrong = outcomes.filter(
      ({ result }, n) =>
        result.status === 'rejected' || JSON.stringify(result.value) !== JSON.stringify(client.expected(n)),
    );
    expect(wrong).toEqual([]);
    expect(Math.max(...outcomes.map(({ sends }) => sends))).toBeLessThanOrEqual(MOST_SENDS);
    expect(outcomes.every(({ sends }) => sends === 2)).toBe(true);
  }, 60_000);

  it('end with one typed error each, after at most 3 sends, when the new session is refused too', async () => {
    const { outcomes, logins, client, afterwards } = await storm(target, (scenario) =>
      scenario('refuse-every-session'),
    );
    expect(logins).toBe(1);
    for (const { result, sends } of outcomes) {
      expect(result.status === 'rejected' && result.reason).toBeInstanceOf(SessionRefusedError);
      expect(result.status === 'rejected' && result.reason).toMatchObject({ system: target.system, sends });
      expect(sends).toBeLessThanOrEqual(MOST_SENDS);
      expect(sends).toBeGreaterThanOrEqual(1);
    }
    expect(afterwards).toEqual(client.expected(7));
  }, 60_000);
});
