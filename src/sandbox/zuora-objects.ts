import { service, type Type } from '../../generated/zuora-soap/table.ts';
import type { zObject } from '../../generated/zuora-soap/types.ts';

/** One kind of business object: its name and its fields, in the order in which they stand in XML. */
export interface ZuoraObjectType {
  readonly name: string;
  readonly fields: readonly string[];
}

const base: zObject['$type'] = 'zObject';

const objectTypes = new Map<string, ZuoraObjectType>();
for (const [name, type] of Object.entries(service.types)) {
  if (type.extends === base) objectTypes.set(name.toLowerCase(), { name, fields: fieldsOf(type) });
}

function fieldsOf(type: Type): string[] {
  const inherited = type.extends === undefined ? undefined : service.types[type.extends];
  const own = (type.elements ?? []).map(([name]) => name);
  return [...(inherited === undefined ? [] : fieldsOf(inherited)), ...own];
}

/** By name, in any case, as queries write it. */
export function objectType(name: string): ZuoraObjectType | undefined {
  return objectTypes.get(name.toLowerCase());
}

/** The children an operation takes, in their order, from its WSDL; undefined for no such operation. */
export function operationArguments(operation: string): readonly string[] | undefined {
  const operations: Readonly<Record<string, { readonly input: readonly [string, number, string] }>> =
    service.operations;
  const input = Object.hasOwn(operations, operation) ? operations[operation]?.input : undefined;
  return input && (service.types[input[2]]?.elements ?? []).map(([name]) => name);
}

/** Whether names stand in the order of the allowed ones; the first that does not, or undefined. Repeats may follow each other. */
export function firstOutOfPlace(names: readonly string[], allowed: readonly string[]): string | undefined {
  let at = 0;
  return names.find((name) => {
    // A tenant's own fields are in no WSDL but the tenant's; they may stand anywhere.
    if (name.endsWith('__c')) return false;
    const found = allowed.indexOf(name, at);
    if (found < 0) return true;
    at = found;
    return false;
  });
}
