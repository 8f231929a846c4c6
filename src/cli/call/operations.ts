import { operations as pulseCrm } from '../../../generated/pulse-crm/operations.ts';
import { operations as zatoSso } from '../../../generated/zato-sso/operations.ts';
import { operations as zuoraRest } from '../../../generated/zuora-rest/operations.ts';
import { service as zuoraSoap } from '../../../generated/zuora-soap/table.ts';
import { badArgument } from '../../errors.ts';
import type { SystemName } from '../../sandbox/systems.ts';
import { type OperationFacts, operationFinder } from '../../transport/operations.ts';

/** An operation of REST, as it was asked for. */
export interface RestOperation {
  readonly kind: 'rest';
  readonly facts: OperationFacts;
  /** The path that was asked for: the spec's, in which names stand in braces, or one with values in their places. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
}

/** An operation of SOAP, by its name in the WSDL. */
export interface SoapOperation {
  readonly kind: 'soap';
  readonly name: string;
}

/** An operation as lists show it. */
export interface ListedOperation {
  readonly system: SystemName;
  readonly operation: string;
  /** `null` for SOAP, where all go to one address. */
  readonly method: string | null;
  readonly path: string | null;
  /** What it does to the session; the command makes no calls that begin or end one. */
  readonly role: OperationFacts['role'];
}

const REST: Readonly<Record<Exclude<SystemName, 'zuora-soap'>, readonly OperationFacts[]>> = {
  'zuora-rest': zuoraRest,
  'zato-sso': zatoSso,
  'pulse-crm': pulseCrm,
};

/** The operations of a system's spec, in its order. */
export function listOperations(system: SystemName): readonly ListedOperation[] {
  if (system === 'zuora-soap') {
    return Object.keys(zuoraSoap.operations).map((operation) => {
      const role = operation === 'login' ? 'login' : 'call';
      return { system, operation, method: null, path: null, role };
    });
  }
  return REST[system].map(({ id, method, path, role }) => ({ system, operation: id, method, path, role }));
}

/**
 * Finds the operation that a person means: by its id, or by method and path, with values in the path or without.
 * @throws TypeError with code `ERR_USAGE` that names near ones
 */
export function findOperation(system: SystemName, asked: string): RestOperation | SoapOperation {
  if (system === 'zuora-soap') {
    if (Object.hasOwn(zuoraSoap.operations, asked)) return { kind: 'soap', name: asked };
    throw unknownOperation(system, asked);
  }
  const found = findRest(REST[system], asked);
  if (found === undefined) throw unknownOperation(system, asked);
  return found;
}

/** The same for a list of operations. */
export function findRest(operations: readonly OperationFacts[], asked: string): RestOperation | undefined {
  const byId = operations.find(({ id }) => id === asked);
  if (byId) return { kind: 'rest', facts: byId, path: byId.path, query: '' };
  const [, method = '', path = '', query = ''] = /^([a-z]+)\s+(\/[^?#\s]*)(\?[^#\s]*)?$/i.exec(asked) ?? [];
  const facts = operationFinder(operations)(method.toUpperCase(), path);
  return facts && { kind: 'rest', facts, path, query };
}

/** Whether a call may change something at the service. */
export function isUnsafe(operation: RestOperation | SoapOperation): boolean {
  if (operation.kind === 'soap') return !/^(?:query|get|describe|retrieve)/i.test(operation.name);
  const { method } = operation.facts;
  return method !== 'GET' && method !== 'HEAD';
}

function unknownOperation(system: SystemName, asked: string): Error {
  const near = nearest(asked, listOperations(system));
  const maybe = near.length === 0 ? '' : `; near it: ${near.join(', ')}`;
  return badArgument(
    'ERR_USAGE',
    `${system} has no operation "${asked}"${maybe} (latchkey call ${system} --list lists all)`,
  );
}

/** As many as fit into a message. */
const MOST_NEAR = 4;

function nearest(asked: string, operations: readonly ListedOperation[]): readonly string[] {
  const wanted = asked.toLowerCase();
  const [, method, path] = /^([a-z]+)\s+(\/\S*)$/.exec(wanted) ?? [];
  const scored = operations.map(({ operation, method: ofSpec, path: inSpec }) => {
    if (path !== undefined && inSpec !== null) {
      const name = `${ofSpec} ${inSpec}`;
      return { name, score: distance(path, inSpec.toLowerCase()) + (method === ofSpec?.toLowerCase() ? 0 : 1) };
    }
    const name = operation.toLowerCase();
    const isPart = wanted.length > 2 && (name.includes(wanted) || wanted.includes(name));
    return { name: operation, score: isPart ? 1 : distance(wanted, name) };
  });
  return scored
    .filter(({ name, score }) => score <= Math.max(2, name.length / 3))
    .sort((a, b) => a.score - b.score)
    .slice(0, MOST_NEAR)
    .map(({ name }) => name);
}

/** How many letters must be changed, put in or taken out to make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [at, letter] of [...a].entries()) {
    const next = [at + 1];
    for (let column = 0; column < b.length; column += 1) {
      const isSame = letter === b[column];
      const [left = 0, up = 0, before = 0] = [next[column], row[column + 1], row[column]];
      next.push(Math.min(left + 1, up + 1, before + (isSame ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
