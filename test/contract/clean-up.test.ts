import { describe, expect, it } from 'vitest';
import { openSandboxTarget } from '../../src/cli/contract-target.ts';
import { type ContractReport, type RunContractOptions, runContract, scenarios } from '../../src/contract/index.ts';

/** Runs scenarios of Zato against a service whose answers are changed; with the sessions that are still open afterwards. */
async function openAfter(
  only: readonly string[] | undefined,
  change: (answer: Response, path: string, body: string) => Promise<Response> | Response = (answer) => answer,
  options: Partial<RunContractOptions> = {},
) {
  await using opened = await openSandboxTarget('zato-sso', 'process');
  const sessions = new Set<string>();
  let isOver = false;
  const fetch = async (request: Request): Promise<Response> => {
    const sent = await request.clone().text();
    const answer = await opened.target.fetch(request);
    const path = new URL(request.url).pathname;
    const { ust } = JSON.parse((await answer.clone().text()) || '{}');
    if (path.endsWith('/login') && typeof ust === 'string') sessions.add(ust);
    if (path.endsWith('/logout') && answer.ok) sessions.delete(JSON.parse(sent).ust);
    if (isOver) throw new Error('a request after the end');
    return change(answer, path, sent);
  };
  const run = runContract({
    system: 'zato-sso',
    values: opened.values,
    target: { kind: 'live', baseUrl: opened.target.baseUrl, fetch },
    only,
    ...options,
  });
  const report = await run.catch((error: unknown) => error);
  isOver = true;
  return { report: report as ContractReport, error: report, open: [...sessions] };
}

const denied = (): Response =>
  new Response('{"status":"error"}', { status: 500, headers: { 'content-type': 'application/json' } });

describe('sessions that a run opened', () => {
  it('are logged out at the end of each scenario, the super-user’s too', async () => {
    const { report, open } = await openAfter(undefined);
    expect(report.outcome).toBe('conforms');
    const ran = report.results.filter(({ calls }) => calls > 0).map(({ name }) => name);
    expect(ran).toEqual(expect.arrayContaining(['login', 'verify', 'one-time-code']));
    expect(open).toEqual([]);
  });

  it.each(['use', 'renew', 'verify', 'verify-by-others', 'logout'])(
    'are logged out where a scenario ends early: %s',
    async (name) => {
      const { report, open } = await openAfter([name], (answer, path) =>
        /\/(login|logout)$/.test(path) ? answer : denied(),
      );
      expect(report.results).toMatchObject([{ name, outcome: 'violated' }]);
      expect(open).toEqual([]);
    },
  );

  it('are logged out where the login’s answer was not as expected', async () => {
    const { report, open } = await openAfter(['login'], async (answer, path) =>
      path.endsWith('/login')
        ? new Response((await answer.text()).replace('"ok"', '"fine"'), { status: 200, headers: answer.headers })
        : answer,
    );
    expect(report.outcome).toBe('violated');
    expect(open).toEqual([]);
  });

  it('are logged out where the run is interrupted', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { error, open } = await openAfter(
      ['use'],
      (answer, path) => {
        if (!path.endsWith('/login') && !controller.signal.aborted) controller.abort(reason);
        return answer;
      },
      { signal: controller.signal },
    );
    expect(error).toBe(reason);
    expect(open).toEqual([]);
  });

  it('are told of where they cannot be logged out', async () => {
    const { report, open } = await openAfter(['login'], (answer, path) =>
      path.endsWith('/logout') ? denied() : answer,
    );
    expect(report.results).toMatchObject([
      { outcome: 'violated', reason: 'logout was not answered as expected', findings: expect.arrayContaining([]) },
    ]);
    expect(report.results[0]?.findings.map(({ operation, step }) => `${operation} ${step}`)).toContain('logout 2');
    expect(open).toEqual([]);
  });

  it('count against the budget before anything is sent', async () => {
    const { report } = await openAfter(['login'], undefined, { maxCalls: 1 });
    expect(report).toMatchObject({ calls: 0, results: [{ outcome: 'skipped', reason: 'would go beyond 1 calls' }] });
  });

  it('cannot stay open: every scenario that logs in logs out', () => {
    for (const { name, steps, needs = [], finally: last = [] } of scenarios['zato-sso'].scenarios) {
      if (needs.includes('steering')) continue;
      const kept = steps.flatMap((step) => ('keep' in step ? Object.keys(step.keep ?? {}) : []));
      const closed = JSON.stringify(last);
      expect({ name, open: kept.filter((session) => !closed.includes(`{${session}}`)) }).toEqual({ name, open: [] });
    }
  });
});
