import { badArgument } from '../errors.ts';
import { elementsOf, type OperationRow, type PartRow, type ServiceTable, typeOf } from '../transport/soap-table.ts';

/** Options that a tenant's WSDL may not declare. */
interface DeclaredOptions {
  readonly entityId?: string | undefined;
  readonly entityName?: string | undefined;
  readonly batchSize?: number | undefined;
  readonly undeclared?: 'refuse' | 'send' | undefined;
}

const QUERIES = ['query', 'queryMore'];

/**
 * The table to call with: the one given, or one that also declares what the caller insists on.
 * @throws TypeError `ERR_ENTITY` for two entities, `ERR_UNDECLARED` for an option that the service does not declare
 */
export function declaring<Ops>(service: ServiceTable<Ops>, options: DeclaredOptions): ServiceTable<Ops> {
  const { entityId, entityName, batchSize, undeclared = 'refuse' } = options;
  if (entityId !== undefined && entityName !== undefined) {
    throw badArgument('ERR_ENTITY', 'entityId and entityName exclude each other: Zuora refuses a login with both');
  }
  const entity = entityId !== undefined ? 'entityId' : entityName !== undefined ? 'entityName' : undefined;
  const lacksEntity = entity !== undefined && !takesInLogin(service, entity);
  const lacksPaging = batchSize !== undefined && !hasHeader(rowsOf(service).query, 'QueryOptions');
  if (undeclared === 'refuse') {
    if (lacksEntity) throw badArgument('ERR_UNDECLARED', `${entity}: the WSDL's login does not declare it`);
    if (lacksPaging) throw badArgument('ERR_UNDECLARED', 'batchSize: the WSDL does not declare QueryOptions for query');
  }
  const wider = lacksEntity ? withLoginElement(service, entity) : service;
  return lacksPaging ? withPaging(wider) : wider;
}

function takesInLogin<Ops>(service: ServiceTable<Ops>, name: string): boolean {
  const { login } = rowsOf(service);
  return login !== undefined && elementsOf(service, login.input[2]).some((element) => element.name === name);
}

function withLoginElement<Ops>(service: ServiceTable<Ops>, name: string): ServiceTable<Ops> {
  const key = rowsOf(service).login?.input[2];
  if (key === undefined) throw badArgument('ERR_UNDECLARED', `${name}: the WSDL has no login`);
  const row = typeOf(service, key);
  const type = { ...row, elements: [...(row.elements ?? []), [name, 'xs:string', '?'] as const] };
  return { ...service, types: { ...service.types, [key]: type } };
}

function withPaging<Ops>(service: ServiceTable<Ops>): ServiceTable<Ops> {
  const rows = rowsOf(service);
  const namespace = rows.query?.input[1] ?? 0;
  // A name that no schema can have.
  const key = '$QueryOptions';
  const part: PartRow = ['QueryOptions', namespace, key];
  const paged = QUERIES.flatMap((name): [string, OperationRow][] => {
    const row = rows[name];
    return row === undefined ? [] : [[name, { ...row, headers: [...(row.headers ?? []), part] }]];
  });
  const type = { namespace, name: '', elements: [['batchSize', 'xs:int', '?'] as const] };
  return {
    ...service,
    types: { ...service.types, [key]: type },
    // The same operations, two of them with one header more.
    operations: { ...service.operations, ...Object.fromEntries(paged) } as ServiceTable<Ops>['operations'],
  };
}

function rowsOf<Ops>(service: ServiceTable<Ops>): Partial<Record<string, OperationRow>> {
  return { ...service.operations };
}

function hasHeader(row: OperationRow | undefined, header: string): boolean {
  return row?.headers?.some(([name]) => name === header) ?? false;
}
