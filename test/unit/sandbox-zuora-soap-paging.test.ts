import { describe, expect, it } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { create, logIn, soap, zuoraSoap } from './sandbox-ways.support.ts';

interface Page {
  readonly rows: number;
  readonly size: string | undefined;
  readonly isDone: boolean;
  readonly locator: string | undefined;
  readonly fault: string | undefined;
}

async function paging(accounts: number) {
  const sandbox: Sandbox = create({ settings: { zuora: { accountCount: accounts } }, journalSize: 0 });
  const session = await logIn(sandbox, zuoraSoap);
  const send = async (payload: string, batchSize?: number): Promise<Page> => {
    const options = batchSize === undefined ? '' : `<QueryOptions><batchSize>${batchSize}</batchSize></QueryOptions>`;
    const header = `<SessionHeader><session>${session}</session></SessionHeader>${options}`;
    const text = await (await soap(sandbox, header, payload)).text();
    return {
      rows: text.match(/xsi:type="ns2:Account"/g)?.length ?? 0,
      size: /<ns1:size>(\d+)</.exec(text)?.[1],
      isDone: text.includes('<ns1:done>true<'),
      locator: /<ns1:queryLocator>([^<]+)</.exec(text)?.[1],
      fault: /<faultcode>([^<]+)</.exec(text)?.[1],
    };
  };
  const query = (where: string, batchSize?: number) =>
    send(`<query><queryString>select Id from Account${where}</queryString></query>`, batchSize);
  const more = (locator = '', batchSize?: number) =>
    send(`<queryMore><queryLocator>${locator}</queryLocator></queryMore>`, batchSize);
  return { query, more };
}

describe('the Zuora SOAP twin: pages', () => {
  it('are no larger than 2,000 whatever batch size is asked for, and lead to the end', async () => {
    const { query, more } = await paging(3000);
    for (const batchSize of [2001, 5000, undefined]) {
      const first = await query('', batchSize);
      expect(first).toMatchObject({ rows: 2000, size: '3000', isDone: false });
      expect(first.locator).toMatch(/^[0-9a-f]{32}-2000$/);
      expect(await more(first.locator, batchSize)).toMatchObject({ rows: 1000, isDone: true, locator: undefined });
    }
  });

  it.each([0, -1, -5000])(
    'are of one record where the batch size is %d, and none is kept for what is whole',
    async (batchSize) => {
      const { query, more } = await paging(2);
      const first = await query('', batchSize);
      expect(first).toMatchObject({ rows: 1, size: '2', isDone: false, locator: expect.stringMatching(/-1$/) });
      expect(await more(first.locator, batchSize)).toMatchObject({ rows: 1, isDone: true });
      const only = await query(" where AccountNumber = 'A00000001'", batchSize);
      expect(only).toMatchObject({ rows: 1, isDone: true, locator: undefined });
      expect(await query(" where Name = 'nobody'", batchSize)).toMatchObject({
        rows: 0,
        isDone: true,
        locator: undefined,
      });
    },
  );

  it('are forgotten, the oldest query first, where 100,000 records are waiting to be fetched', async () => {
    const { query, more } = await paging(60_000);
    const [first, second] = [await query('', 1), await query('', 1)];
    expect(await more(first.locator, 1)).toMatchObject({ rows: 0, fault: 'fns:INVALID_VALUE' });
    expect(await more(second.locator, 1)).toMatchObject({ rows: 1, size: '60000' });
    const small = await query(" where AccountNumber = 'A00000001' or AccountNumber = 'A00000002'", 1);
    expect(await more(second.locator, 1)).toMatchObject({ rows: 1 });
    expect(await more(small.locator, 1)).toMatchObject({ rows: 1, isDone: true });
  });

  it('of one query are kept however many records it has', async () => {
    const { query, more } = await paging(100_001);
    const first = await query('', 1);
    expect(await more(first.locator, 1)).toMatchObject({ rows: 1, size: '100001' });
  });
});
