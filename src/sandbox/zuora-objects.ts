import { type Member, service, type Type } from '../../generated/zuora-soap/table.ts';
import type { zObject } from '../../generated/zuora-soap/types.ts';

/** One kind of business object: its name and its fields, in the order in which they stand in XML. */
export interface ZuoraObjectType {
  readonly name: string;
  readonly fields: readonly string[];
  readonly members: readonly Member[];
}

const base: zObject['$type'] = 'zObject';

const objectTypes = new Map<string, ZuoraObjectType>();
for (const [name, type] of Object.entries(service.types)) {
  if (type.extends === base) {
    const members = membersOf(type);
    objectTypes.set(name.toLowerCase(), { name, fields: members.map(([field]) => field), members });
  }
}

function membersOf(type: Type): Member[] {
  const inherited = type.extends === undefined ? undefined : service.types[type.extends];
  return [...(inherited === undefined ? [] : membersOf(inherited)), ...(type.elements ?? [])];
}

/** By name, in any case, as queries write it. */
export function objectType(name: string): ZuoraObjectType | undefined {
  return objectTypes.get(name.toLowerCase());
}

/** The children an operation takes, in their order, from its WSDL; undefined for no such operation. */
export function operationArguments(operation: string): readonly Member[] | undefined {
  const operations: Readonly<Record<string, { readonly input: readonly [string, number, string] }>> =
    service.operations;
  const input = Object.hasOwn(operations, operation) ? operations[operation]?.input : undefined;
  return input && (service.types[input[2]]?.elements ?? []);
}

/** The first name that is not in the order of the members, or stands twice though its member may not; or undefined. */
export function firstOutOfPlace(names: readonly string[], members: readonly Member[]): string | undefined {
  let from = 0;
  return names.find((name) => {
    // A tenant's own fields are in no WSDL but the tenant's; they may stand anywhere.
    if (name.endsWith('__c')) return false;
    const found = members.findIndex(([member], index) => index >= from && member === name);
    const [, , marks = ''] = members[found] ?? [];
    from = marks.includes('*') ? found : found + 1;
    return found < 0;
  });
}
