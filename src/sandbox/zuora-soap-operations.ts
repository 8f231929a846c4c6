import type {
  DeleteResult,
  ErrorCode,
  GetUserInfoResponse,
  QueryOptions,
  QueryResult,
  Error as RowError,
  SaveResult,
} from '../../generated/zuora-soap/types.ts';
import type { SeededRandom } from './seeded-random.ts';
import { schemaInstance, type XmlElement } from './soap-reader.ts';
import { element, escapeXml, nilElement, objectsNamespace, payload, type SoapFault } from './soap-writer.ts';
import { firstOutOfPlace, type ZuoraObjects, type ZuoraObjectType } from './zuora-objects.ts';
import { MalformedQueryError, parseZuoraQuery } from './zuora-query.ts';
import type { ZuoraRecord, ZuoraRecords } from './zuora-records.ts';
import type { ZuoraSession } from './zuora-tenant.ts';

/** A fault on its way out of an operation. */
export class SoapFaultRaised extends Error {
  readonly fault: SoapFault;
  constructor(fault: SoapFault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** What the operations need besides their arguments. */
interface SoapCall {
  readonly session: ZuoraSession;
  readonly payload: XmlElement;
  /** Undefined where this version of the API has no such header. */
  readonly batchSize: QueryOptions['batchSize'];
  /** Whether one failed row undoes the others. */
  readonly isAllOrNothing: boolean;
  /** Whether this row is to be turned away because of the session, as a scenario asked. */
  isRowRefused(index: number): boolean;
  readonly invalidSessionMessage: string;
}

/** The operations on records, each from the request's payload to the answer's. */
export interface ZuoraSoapOperations {
  readonly [operation: string]: (call: SoapCall) => string;
}

const maxBatch = 2000;
const maxCursors = 1000;
const maxHeldRecords = 100_000;

interface Cursor {
  readonly records: readonly ZuoraRecord[];
  readonly fields: readonly string[];
}

export function createZuoraSoapOperations(
  records: ZuoraRecords,
  random: SeededRandom,
  objects: ZuoraObjects,
): ZuoraSoapOperations {
  const cursors = new Map<string, Cursor>();

  let heldRecords = 0;

  const page = (cursorId: string, cursor: Cursor, from: number, size: number): string => {
    const until = Math.min(from + size, cursor.records.length);
    const isDone = until >= cursor.records.length;
    const result: Pick<QueryResult, 'done' | 'queryLocator' | 'size'> = {
      done: isDone,
      queryLocator: isDone ? null : `${cursorId}-${until}`,
      size: cursor.records.length,
    };
    return queryResultXml(result, cursor.records.slice(from, until), cursor.fields);
  };
  const remember = (cursor: Cursor): string => {
    const id = random.hex(16);
    for (const [oldest, { records: rows }] of cursors) {
      if (cursors.size < maxCursors && heldRecords + cursor.records.length <= maxHeldRecords) break;
      cursors.delete(oldest);
      heldRecords -= rows.length;
    }
    cursors.set(id, cursor);
    heldRecords += cursor.records.length;
    return id;
  };

  return {
    query({ payload: request, batchSize }) {
      const query = parsed(objects, textOf(request, 'queryString'));
      const found = records.list(query.type.name).filter(({ values }) => query.matches(values));
      const cursor = { records: found, fields: query.fields };
      const size = pageSize(batchSize);
      return payload('queryResponse', page(found.length > size ? remember(cursor) : '', cursor, 0, size));
    },
    queryMore({ payload: request, batchSize }) {
      const [, id = '', from = ''] = /^([0-9a-f]{32})-(\d+)$/.exec(textOf(request, 'queryLocator')) ?? [];
      const cursor = cursors.get(id);
      if (cursor === undefined) {
        const message = 'The query locator is not valid.';
        throw new SoapFaultRaised({ kind: 'InvalidQueryLocatorFault', code: 'INVALID_VALUE', message });
      }
      return payload('queryMoreResponse', page(id, cursor, Number(from), pageSize(batchSize)));
    },
    getUserInfo({ session }) {
      const info: GetUserInfoResponse = {
        TenantId: '10000',
        TenantName: 'Latchkey sandbox',
        UserEmail: session.username,
        UserFullName: 'Sandbox User',
        UserId: '2c92c0f8000000000000000000000001',
        Username: session.username,
      };
      const fields = Object.entries(info).map(([name, value]) => element(name, value));
      return payload('getUserInfoResponse', fields.join(''));
    },
    create({ payload: request, isAllOrNothing, isRowRefused, invalidSessionMessage }) {
      const given = objectsOf(objects, request);
      const failures = given.map(({ type, values }, index): SaveResult | undefined => {
        if (isRowRefused(index)) return failedSave('INVALID_SESSION', invalidSessionMessage);
        const isNameless = type.name === 'Account' && !values.get('Name');
        return isNameless ? failedSave('MISSING_REQUIRED_VALUE', 'Missing required value: Name') : undefined;
      });
      const isUndone = isAllOrNothing && failures.some((failure) => failure !== undefined);
      const rows = given.map(({ type, values }, index): SaveResult => {
        const undone = isUndone ? failedSave('TRANSACTION_FAILED', 'Transaction failed') : undefined;
        return failures[index] ?? undone ?? { Id: records.create(type.name, values).id, Success: true };
      });
      return payload('createResponse', rows.map(saveResultXml).join(''));
    },
    update({ payload: request, isRowRefused, invalidSessionMessage }) {
      const rows = objectsOf(objects, request).map(({ type, values, emptied }, index): SaveResult => {
        if (isRowRefused(index)) return failedSave('INVALID_SESSION', invalidSessionMessage);
        const id = values.get('Id') ?? '';
        const record = records.find(type.name, id);
        if (record === undefined) return failedSave('INVALID_ID', `invalid id: ${id}`);
        for (const [name, value] of values) record.values.set(name, value);
        for (const name of emptied) record.values.delete(name);
        records.touch(record);
        return { Id: id, Success: true };
      });
      return payload('updateResponse', rows.map(saveResultXml).join(''));
    },
    delete({ payload: request, isRowRefused, invalidSessionMessage }) {
      const type = knownType(objects, textOf(request, 'type'));
      const ids = request.children.filter(({ name }) => name === 'ids').map(({ text }) => text);
      const rows = ids.map((id, index): DeleteResult => {
        if (isRowRefused(index)) {
          return { errors: [{ Code: 'INVALID_SESSION', Message: invalidSessionMessage }], success: false };
        }
        if (records.remove(type.name, id)) return { id, success: true };
        return { errors: [{ Code: 'INVALID_ID', Message: `invalid id: ${id}` }], id, success: false };
      });
      return payload('deleteResponse', rows.map(deleteResultXml).join(''));
    },
  };
}

function pageSize(batchSize = maxBatch): number {
  return Math.min(Math.max(Math.trunc(batchSize), 1), maxBatch);
}

function textOf({ children }: XmlElement, name: string): string {
  return children.find((child) => child.name === name)?.text ?? '';
}

function parsed(objects: ZuoraObjects, text: string) {
  try {
    return parseZuoraQuery(objects, text);
  } catch (error) {
    if (!(error instanceof MalformedQueryError)) throw error;
    throw new SoapFaultRaised({ kind: 'MalformedQueryFault', code: error.code, message: error.message });
  }
}

function knownType(objects: ZuoraObjects, name: string): ZuoraObjectType {
  const type = objects.typeOf(name);
  if (type?.name === name) return type;
  throw new SoapFaultRaised({ kind: 'InvalidTypeFault', code: 'INVALID_TYPE', message: `invalid type: ${name}` });
}

interface GivenObject {
  readonly type: ZuoraObjectType;
  readonly values: Map<string, string>;
  /** Names of the fields to empty. */
  readonly emptied: readonly string[];
}

function objectsOf(objects: ZuoraObjects, request: XmlElement): GivenObject[] {
  return request.children.map((row) => {
    const type = knownType(objects, row.type?.namespace === objectsNamespace ? row.type.name : 'zObject');
    const stranger = row.children.find(({ namespace }) => namespace !== objectsNamespace)?.name;
    const names = row.children.map(({ name }) => name);
    const misplaced = stranger ?? firstOutOfPlace(names, type.members);
    if (misplaced !== undefined) throw unexpectedSubelement(misplaced);
    const given = row.children.filter(({ name }) => name !== 'fieldsToNull');
    const emptied = row.children.filter(({ name }) => name === 'fieldsToNull').map(({ text }) => text);
    return {
      type,
      values: new Map(given.filter(({ isNil }) => !isNil).map(({ name, text }) => [name, text])),
      emptied: [...emptied, ...given.filter(({ isNil }) => isNil).map(({ name }) => name)],
    };
  });
}

/** The complaint of the service's data binding about a child in the wrong place. */
export function unexpectedSubelement(name: string): SoapFaultRaised {
  return new SoapFaultRaised({ code: 'UNKNOWN_ERROR', message: `Unexpected subelement ${name}` });
}

/** Its complaint about a value that is not of the type wanted. */
export function conversionFault(value: string, type: string): SoapFaultRaised {
  return new SoapFaultRaised({ code: 'UNKNOWN_ERROR', message: `Invalid value "${value}" for type ${type}` });
}

function failedSave(Code: ErrorCode, Message: string): SaveResult {
  return { Errors: [{ Code, Message }], Success: false };
}

function queryResultXml(
  { done, queryLocator, size }: Pick<QueryResult, 'done' | 'queryLocator' | 'size'>,
  records: readonly ZuoraRecord[],
  fields: readonly string[],
): string {
  const name: keyof QueryResult = 'records';
  const rows = records.map((record) => {
    const values = fields.flatMap((field) => {
      const value = record.values.get(field);
      return value === undefined ? [] : [`<ns2:${field}>${escapeXml(value)}</ns2:${field}>`];
    });
    return `<ns1:${name} xmlns:xsi="${schemaInstance}" xmlns:ns2="${objectsNamespace}" xsi:type="ns2:${record.type}">${values.join('')}</ns1:${name}>`;
  });
  const locator = queryLocator === null ? nilElement('queryLocator') : element('queryLocator', queryLocator);
  // An empty result is one nil record, not none.
  const list = rows.length === 0 ? nilElement(name) : rows.join('');
  return `<ns1:result>${element('done', done)}${locator}${list}${element('size', size)}</ns1:result>`;
}

function rowErrorXml(name: string, errors: readonly (RowError | null)[] | undefined): string {
  const one = (error: RowError | null): string => {
    if (error === null) return nilElement(name);
    const parts = Object.entries(error).map(([part, value]) => element(part, value ?? ''));
    return `<ns1:${name}>${parts.join('')}</ns1:${name}>`;
  };
  return (errors ?? []).map(one).join('');
}

function saveResultXml({ Errors, Id, Success }: SaveResult): string {
  const id = Id ? element('Id', Id) : '';
  return `<ns1:result>${rowErrorXml('Errors', Errors)}${id}${element('Success', Success ?? false)}</ns1:result>`;
}

function deleteResultXml({ errors, id, success }: DeleteResult): string {
  const row = `${rowErrorXml('errors', errors)}${id ? element('id', id) : ''}${element('success', success ?? false)}`;
  return `<ns1:result>${row}</ns1:result>`;
}
