/** Where an operation takes a part of the session. */
interface SessionField {
  readonly in: 'header' | 'query' | 'cookie' | 'body';
  readonly name: string;
  /** What goes there: the session's secret, Zato's application, Pulse's account, or what only a login sends. */
  readonly fills: 'secret' | 'app' | 'account' | 'credentials';
  readonly scheme?: string;
}

/** What the spec says of one operation that the transport needs to know; generated. */
export interface OperationFacts {
  readonly id: string;
  readonly method: string;
  /** Path template below the base URL, such as `/v1/accounts/{key}`. */
  readonly path: string;
  readonly role: 'login' | 'renew' | 'verify' | 'end' | 'call';
  /** Empty with role `call`: the operation takes no session. */
  readonly session: readonly SessionField[];
}

/** Finds an operation by method and path; `undefined` for calls that the spec does not have. */
export type FindOperation = (method: string, path: string) => OperationFacts | undefined;

/** The generated lists never change, and all clients of a system share one look-up. */
const finders = new WeakMap<readonly OperationFacts[], FindOperation>();

/** Prepares the look-up, once for each list; literal paths win over templates. */
export function operationFinder(operations: readonly OperationFacts[]): FindOperation {
  const known = finders.get(operations);
  if (known) return known;
  const literal = new Map<string, OperationFacts>();
  const templates: { readonly method: string; readonly pattern: RegExp; readonly facts: OperationFacts }[] = [];
  for (const facts of operations) {
    if (!facts.path.includes('{')) literal.set(`${facts.method} ${facts.path}`, facts);
    else templates.push({ method: facts.method, pattern: patternOf(facts.path), facts });
  }
  const find: FindOperation = (method, path) =>
    literal.get(`${method} ${path}`) ??
    templates.find((template) => template.method === method && template.pattern.test(path))?.facts;
  finders.set(operations, find);
  return find;
}

function patternOf(path: string): RegExp {
  const parts = path.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^/]+')}$`);
}
