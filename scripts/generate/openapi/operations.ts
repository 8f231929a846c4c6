import type { Located, OpenApiDocument } from './document.ts';
import { isExtension } from './grammar.ts';
import { byCodeUnit, isObject, objectEntries, pointerTo } from './json.ts';
import { isIgnoredParameter, readParameters } from './parameters.ts';
import { checkMarks, hasMarks, readSession, type SessionField, type SessionMark } from './session-fields.ts';

/** What an operation does to a session; `call` uses one, or none. */
type OperationRole = 'login' | 'renew' | 'verify' | 'end' | 'call';

/** One operation of the document, with its references followed. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly role: OperationRole;
  readonly pointer: string;
  /** Those of the path and of the operation; header parameters that OpenAPI says to ignore are left out. */
  readonly parameters: readonly Located[];
  readonly requestBody: Located | undefined;
  /** Status (`200`, `4XX`, `default`) and response. */
  readonly responses: readonly (readonly [string, Located])[];
  /** What the client puts into the request. */
  readonly session: readonly SessionField[];
  /** Where the document says so in body schemas. */
  readonly marks: readonly SessionMark[];
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace', 'query'] as const;
const roles: readonly unknown[] = ['login', 'renew', 'verify', 'end'] satisfies OperationRole[];

/**
 * Lists the operations, by path and then method. One without an `operationId` is known by its method and path: `GET /things`.
 * @throws SpecError when two have the same id, when a mark is not understood, and when a document with marks has not exactly one login.
 */
export function readOperations(document: OpenApiDocument): Operation[] {
  const paths = objectEntries(document.root.paths).filter(([path]) => !isExtension(path));
  const operations = paths.flatMap(([path, entry]) => {
    const item = document.resolve(entry, pointerTo('#/paths', path));
    const listed = methods.flatMap((method) => {
      const value = item.value[method];
      return isObject(value) ? [readOperation(document, path, method.toUpperCase(), item, [method], value)] : [];
    });
    const others = objectEntries(item.value.additionalOperations).map(([method, value]) =>
      readOperation(document, path, method, item, ['additionalOperations', method], value),
    );
    return [...listed, ...others];
  });
  checkIds(document, operations);
  const marked = hasMarks(document.root);
  if (marked || operations.some(({ role }) => role !== 'call')) checkLogin(document, operations);
  if (marked) {
    checkMarks(
      document,
      operations.flatMap(({ marks }) => marks),
    );
  }
  return operations.sort((a, b) => byCodeUnit(a.path, b.path) || byCodeUnit(a.method, b.method));
}

function readOperation(
  document: OpenApiDocument,
  path: string,
  method: string,
  item: Located,
  keys: readonly string[],
  value: Located['value'],
): Operation {
  const pointer = pointerTo(item.pointer, ...keys);
  const id =
    typeof value.operationId === 'string' && value.operationId !== '' ? value.operationId : `${method} ${path}`;
  const operation = { value, pointer };
  const parameters = readParameters(document, [item, operation]);
  const requestBody =
    value.requestBody === undefined
      ? undefined
      : document.resolve(value.requestBody, pointerTo(pointer, 'requestBody'));
  const { fields, marks } = readSession(document, operation, parameters, requestBody);
  return {
    id,
    method,
    path,
    role: readRole(document, operation),
    pointer,
    parameters: parameters.filter((parameter) => !isIgnoredParameter(parameter.value)),
    requestBody,
    responses: readResponses(document, value.responses, pointerTo(pointer, 'responses')),
    session: fields,
    marks,
  };
}

/** Whether a key among responses is a status, rather than an extension or a mistake. */
export function isStatus(key: string): boolean {
  return key === 'default' || /^\d[\dx]{2}$/i.test(key);
}

function readResponses(document: OpenApiDocument, written: unknown, pointer: string): [string, Located][] {
  const responses = new Map<string, Located>();
  for (const [key, response] of objectEntries(written)) {
    if (!isStatus(key)) continue;
    const status = key === 'default' ? key : key.toUpperCase();
    const place = pointerTo(pointer, key);
    if (responses.has(status)) throw document.fault(`the status ${status} is described twice`, place);
    responses.set(status, document.resolve(response, place));
  }
  return [...responses];
}

function readRole(document: OpenApiDocument, operation: Located): OperationRole {
  const role = operation.value['x-latchkey-operation'];
  if (role === undefined) return 'call';
  if (roles.includes(role)) return role as OperationRole; // one of the listed roles, as just looked up
  throw document.fault(
    `x-latchkey-operation must be one of ${roles.join(', ')}`,
    pointerTo(operation.pointer, 'x-latchkey-operation'),
  );
}

function checkIds(document: OpenApiDocument, operations: readonly Operation[]): void {
  const first = new Map<string, Operation>();
  for (const operation of operations) {
    const { id, pointer } = operation;
    const other = first.get(id);
    if (other !== undefined) {
      const what = `operationId ${id} is already that of ${other.method} ${other.path}`;
      throw document.fault(what, pointerTo(pointer, 'operationId'));
    }
    first.set(id, operation);
  }
}

function checkLogin(document: OpenApiDocument, operations: readonly Operation[]): void {
  const [login, second] = operations.filter(({ role }) => role === 'login');
  if (login === undefined) {
    throw document.fault('no login operation: mark one with `x-latchkey-operation: login`', '#/paths');
  }
  if (second !== undefined) {
    throw document.fault(`a second login operation, after ${login.method} ${login.path}`, second.pointer);
  }
}
