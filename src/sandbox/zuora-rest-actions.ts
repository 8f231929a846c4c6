import { jsonValue } from './json.ts';
import { isRecord } from './scenario-args.ts';
import { MalformedQueryError, parseZuoraQuery } from './zuora-query.ts';
import type { ZuoraTenant } from './zuora-tenant.ts';

/** The routes that stand for SOAP calls fail in the words of SOAP. */
export function actionFault(code: string, message: string): object {
  return { faultcode: `fns:${code}`, faultstring: message };
}

/** `POST /v1/action/query`: the SOAP query by way of REST, without paging. */
export function actionQuery(
  { objects, records }: Pick<ZuoraTenant, 'objects' | 'records'>,
  body: Buffer,
): [body: object, status?: number] {
  const given = jsonValue(body);
  const text = isRecord(given) && typeof given.queryString === 'string' ? given.queryString : '';
  try {
    const { type, fields, matches } = parseZuoraQuery(objects, text);
    const found = records.list(type.name).filter(({ values }) => matches(values));
    const rows = found.map(({ values }) =>
      Object.fromEntries(
        fields.flatMap((field) => {
          const value = values.get(field);
          return value === undefined ? [] : [[field, value] as const];
        }),
      ),
    );
    return [{ records: rows, size: rows.length, done: true }];
  } catch (error) {
    if (!(error instanceof MalformedQueryError)) throw error;
    return [actionFault(error.code, error.message), 400];
  }
}
