import type { ComplexModel, PartModel, ServiceModel, TypeModel } from './model.ts';

export type Direction = 'read' | 'write';

/** Which complex types can stand in a request, and which in an answer. A value of a type may be of any type that extends it. */
export function reachableTypes(service: ServiceModel): Readonly<Record<Direction, ReadonlySet<ComplexModel>>> {
  const written = service.operations.flatMap(({ input, headers }) => [input, ...headers]);
  const read = service.operations.flatMap(({ output, outputHeaders, faults }) => [output, ...outputHeaders, ...faults]);
  return { write: closure(written), read: closure(read) };
}

function closure(parts: readonly PartModel[]): ReadonlySet<ComplexModel> {
  const seen = new Set<ComplexModel>();
  const waiting: (TypeModel | undefined)[] = parts.map(({ type }) => type);
  while (waiting.length > 0) {
    const type = waiting.pop();
    if (type?.kind !== 'complex' || seen.has(type)) continue;
    seen.add(type);
    waiting.push(type.base);
    for (const derived of type.derived) waiting.push(derived);
    for (const element of type.elements) waiting.push(element.type);
  }
  return seen;
}
