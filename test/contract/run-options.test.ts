import { describe, expect, it } from 'vitest';
import { openSandboxTarget } from '../../src/cli/contract-target.ts';
import { type ContractSystem, type RunContractOptions, runContract, scenarios } from '../../src/contract/index.ts';
import { rejection } from '../helpers/waiting.ts';

const systems = Object.keys(scenarios) as ContractSystem[]; // the keys of the table that the type is made from

/** What a run with these options is refused with, and how many requests were sent before. */
async function refusalOf(system: ContractSystem, options: object): Promise<{ error: unknown; calls: number }> {
  await using opened = await openSandboxTarget(system, 'process');
  let calls = 0;
  const fetch = (request: Request): Promise<Response> => {
    calls += 1;
    return opened.target.fetch(request);
  };
  const { target = {}, values = {}, ...rest }: { target?: object; values?: object } = options;
  const given = {
    system,
    ...rest,
    target: { ...opened.target, fetch, ...target },
    values: { ...opened.values, ...values },
  };
  return { error: await rejection(runContract(given as RunContractOptions)), calls };
}

describe('options of a run', () => {
  it.each([
    ['maxCalls', Number.NaN],
    ['maxCalls', 0],
    ['maxCalls', 1.5],
    ['maxCalls', 1_000_001],
    ['maxCalls', '60'],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', 0],
    ['timeoutMs', 2 ** 31],
    ['timeoutMs', 99_999_999_999],
    ['maxCall', 3],
  ])('refuses %s: %j', async (name, value) => {
    const { error, calls } = await refusalOf('pulse-crm', { [name]: value });
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_OPTION', message: expect.stringContaining(name) });
    expect(calls).toBe(0);
  });

  it('takes their largest values', async () => {
    await using opened = await openSandboxTarget('pulse-crm', 'process');
    const most = { maxCalls: 1_000_000, timeoutMs: 2 ** 31 - 1 };
    expect(await runContract({ system: 'pulse-crm', ...opened, ...most })).toMatchObject({ outcome: 'conforms' });
  });

  it.each([
    ['ERR_INSECURE_URL', { kind: 'live', baseUrl: 'http://crm.example.test' }],
    ['ERR_BASE_URL', { kind: 'live', baseUrl: 'nowhere' }],
    ['ERR_BASE_URL', { kind: 'sandbox', baseUrl: 'https://crm.example.test/?a=b' }],
    ['ERR_OPTION', { kind: 'Live' }],
  ])('refuses with %s the target %j', async (code, target) => {
    const { error, calls } = await refusalOf('pulse-crm', { target });
    expect(error).toMatchObject({ name: 'TypeError', code });
    expect(calls).toBe(0);
  });

  it('takes plain http on this machine', async () => {
    await using opened = await openSandboxTarget('pulse-crm', 'http');
    const target = { kind: 'live', baseUrl: opened.target.baseUrl, fetch: opened.target.fetch } as const;
    const report = await runContract({ system: 'pulse-crm', values: opened.values, target });
    expect(report.outcome).toBe('conforms');
  });
});

describe('values that cannot be sent', () => {
  const header = 'apiSecretAccessKey';
  it.each<readonly [string, ContractSystem, string, unknown]>([
    ['a line break in a header', 'zuora-rest', header, 'Xq\nXq-Tail'],
    ['a NUL in a header', 'zuora-rest', header, 'Xq\0Xq-Tail'],
    ['what is not Latin-1 in a header', 'zuora-rest', header, 'Xq€Xq-Tail'],
    ['a line break at the end of a header', 'zuora-rest', header, 'Xq-Tail\n'],
    ['a blank at the start of a header', 'zuora-rest', 'apiAccessKeyId', ' Xq-Tail'],
    ['a line break in a header of a later scenario', 'zuora-rest', 'entityId', 'Xq\nXq-Tail'],
    ['a NUL in an envelope', 'zuora-soap', 'password', 'Xq\0Xq-Tail'],
    ['half a character in an envelope', 'zuora-soap', 'username', 'Xq\ud800Xq-Tail'],
    ['an empty text', 'pulse-crm', 'apiSecret', ''],
    ['a number', 'pulse-crm', 'apiSecret', 7],
  ])('are refused by name before anything is sent: %s', async (_, system, name, value) => {
    const { error, calls } = await refusalOf(system, { values: { [name]: value } });
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_CREDENTIALS' });
    expect(String(error)).toContain(name);
    expect(String(error)).not.toMatch(/Xq|Tail/);
    expect(calls).toBe(0);
  });

  it.each<readonly [ContractSystem, string]>([
    ['zuora-rest', header],
    ['zuora-soap', 'password'],
  ])('are refused by name where a function gives them: %s', async (system, name) => {
    const { error } = await refusalOf(system, { values: { [name]: () => 'Xq\0Xq-Tail' } });
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_CREDENTIALS' });
    expect(String(error)).toContain(name);
    expect(String(error)).not.toMatch(/Xq|Tail/);
  });

  it('are the service’s doing where it gave them', async () => {
    await using opened = await openSandboxTarget('pulse-crm', 'process');
    const bad = async (request: Request): Promise<Response> => {
      const answer = await opened.target.fetch(request);
      const body = (await answer.text()).replace(/"token": ?"[^"]*"/, '"token":"tok\\nen-Tail"');
      return new Response(body, { status: answer.status, headers: answer.headers });
    };
    const target = { ...opened.target, fetch: bad };
    const report = await runContract({
      system: 'pulse-crm',
      values: opened.values,
      target,
      only: ['use', 'no-session'],
    });
    expect(report.results).toMatchObject([
      { outcome: 'violated', reason: 'the session that the service gave cannot be sent back to it', calls: 1 },
      { outcome: 'conforms' },
    ]);
    expect(JSON.stringify(report)).not.toContain('Tail');
  });
});

describe.each(systems)('the needs of %s', (system) => {
  it('are those of its scenarios', () => {
    const { needs, scenarios: all } = scenarios[system];
    const used = new Set(all.flatMap((scenario) => scenario.needs ?? []));
    used.delete('steering');
    expect([...used].sort()).toEqual(Object.keys(needs).sort());
  });

  it('name every value that is sent', () => {
    const { needs, values, scenarios: all } = scenarios[system];
    for (const scenario of all) {
      const { steps, finally: last = [] } = scenario;
      const sent = [...JSON.stringify([...steps, ...last]).matchAll(/\{([a-z]\w*)\}/g)].map(([, name = '']) => name);
      const kept = [...steps, ...last].flatMap((step) => ('keep' in step ? Object.keys(step.keep ?? {}) : []));
      const known = [...values, ...(scenario.needs ?? []).flatMap((need) => needs[need] ?? []), ...kept];
      expect(known).toEqual(expect.arrayContaining(sent));
    }
  });
});
