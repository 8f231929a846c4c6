import { LatchkeyError } from '../errors.ts';
import type { ServiceTable } from '../transport/soap-table.ts';

type RecordOf<Output> = Output extends { readonly result: { readonly records?: readonly (infer R)[] } }
  ? NonNullable<R>
  : unknown;

/** A query under way: awaited, it gives its first page as the service answered; iterated, every record of every page. */
export type PagedQuery<Output> = Promise<Output> & AsyncIterable<RecordOf<Output>>;

interface Page {
  readonly done: boolean;
  readonly queryLocator: string | null;
  readonly records?: readonly unknown[];
}

/** Starts a query; further pages are asked for only as they are iterated. */
export function pagedQuery<Options>(
  service: ServiceTable,
  call: (operation: never, input: never, options: Options) => Promise<unknown>,
  input: unknown,
  options: Options,
): PagedQuery<unknown> {
  // Every Zuora WSDL names these operations so; where there is no queryMore, none is called.
  const ask = (operation: 'query' | 'queryMore', asked: unknown): Promise<unknown> =>
    call(operation as never, asked as never, options);
  const first = ask('query', input);
  // Whoever awaits or iterates sees the failure; a query that nobody looks at must not end the process.
  first.catch(() => {});
  async function* records(): AsyncGenerator<unknown> {
    let lastLocator: string | null = null;
    for (let output = await first; ; ) {
      const { done, queryLocator, records: page = [] } = pageOf(output);
      // An empty result holds one nil record.
      for (const record of page) if (record !== null) yield record;
      // Counts are not to be trusted: only the service knows when it is done.
      if (done) return;
      if (!Object.hasOwn(service.operations, 'queryMore'))
        throw cutOff('the WSDL has no queryMore to get the rest with');
      if (!queryLocator) throw cutOff('the service gave no locator for the rest');
      // Records bring the end nearer, or a new locator does; without either it would never come.
      if (queryLocator === lastLocator && page.every((record) => record === null))
        throw cutOff('the service repeats an empty page');
      lastLocator = queryLocator;
      output = await ask('queryMore', { queryLocator });
    }
  }
  return Object.assign(first, { [Symbol.asyncIterator]: records });
}

function pageOf(output: unknown): Page {
  const result = typeof output === 'object' && output !== null && 'result' in output ? output.result : undefined;
  if (typeof result === 'object' && result !== null && 'done' in result && typeof result.done === 'boolean') {
    const { done, queryLocator, records }: { done: boolean; queryLocator?: unknown; records?: unknown } = {
      ...result,
      done: result.done,
    };
    return {
      done,
      queryLocator: typeof queryLocator === 'string' ? queryLocator : null,
      records: Array.isArray(records) ? records : [],
    };
  }
  throw cutOff('the answer does not say whether it is done');
}

function cutOff(why: string): LatchkeyError {
  return new LatchkeyError('ERR_QUERY_CUT_OFF', false, `The query has more records, but ${why}`, {
    system: 'zuora-soap',
  });
}
