import { type Member, service as ownService, type Type } from '../../generated/zuora-soap/table.ts';
import type { zObject } from '../../generated/zuora-soap/types.ts';

/** What the twin takes from a generated table: objects with their fields, and the arguments of operations. */
export interface ZuoraServiceTable {
  readonly types: Readonly<Record<string, Pick<Type, 'extends' | 'elements'>>>;
  readonly operations: Readonly<
    Record<string, { readonly input: readonly [name: string, namespace: number, type: string, marks?: string] }>
  >;
}

/** One kind of business object: its name and its fields, in the order in which they stand in XML. */
export interface ZuoraObjectType {
  readonly name: string;
  readonly fields: readonly string[];
  readonly members: readonly Member[];
}

/** What a WSDL says of a tenant. */
export interface ZuoraObjects {
  /** By name, in any case, as queries write it. */
  typeOf(name: string): ZuoraObjectType | undefined;
  /** The children an operation takes, in their order; undefined for no such operation. */
  argumentsOf(operation: string): readonly Member[] | undefined;
}

const base: zObject['$type'] = 'zObject';

/** @param service the table made from a tenant's own WSDL. @default the package's own */
export function createZuoraObjects({ types, operations }: ZuoraServiceTable = ownService): ZuoraObjects {
  const objectTypes = new Map<string, ZuoraObjectType>();
  for (const [name, type] of Object.entries(types)) {
    if (type.extends !== base) continue;
    const members = membersOf(type);
    objectTypes.set(name.toLowerCase(), { name, fields: members.map(([field]) => field), members });
  }
  return {
    typeOf: (name) => objectTypes.get(name.toLowerCase()),
    argumentsOf(operation) {
      const input = Object.hasOwn(operations, operation) ? operations[operation]?.input : undefined;
      return input && (types[input[2]]?.elements ?? []);
    },
  };

  function membersOf(type: Pick<Type, 'extends' | 'elements'>): Member[] {
    const inherited = type.extends === undefined ? undefined : types[type.extends];
    return [...(inherited === undefined ? [] : membersOf(inherited)), ...(type.elements ?? [])];
  }
}

/** The first name that is not in the order of the members, or stands twice though its member may not; or undefined. */
export function firstOutOfPlace(names: readonly string[], members: readonly Member[]): string | undefined {
  let from = 0;
  return names.find((name) => {
    const found = members.findIndex(([member], index) => index >= from && member === name);
    // A tenant's own fields are in no WSDL but the tenant's; where this is another, they may stand anywhere.
    if (found < 0 && name.endsWith('__c')) return members.some(([member]) => member === name);
    const [, , marks = ''] = members[found] ?? [];
    from = marks.includes('*') ? found : found + 1;
    return found < 0;
  });
}
