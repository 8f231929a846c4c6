import { normalizeTypes, Oas2Types, Oas3_1Types, Oas3Types } from '@redocly/openapi-core';
import { isObject, type JsonObject } from './json.ts';

/** What a kind of node says about a plain value in it. */
export interface PlainRule {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: PlainRule;
}

/** What stands in one place: a kind of node, a plain value, anything (`null`), or what depends on the value. */
type Slot = NodeKind | PlainRule | null | ((value: unknown, key: string) => NodeKind | PlainRule | undefined);

/** A kind of node of an OpenAPI document, such as `Operation` or `Schema`. */
export interface NodeKind {
  readonly name: string;
  readonly properties: Readonly<Record<string, Slot | undefined>>;
  /** Of a list. */
  readonly items?: NodeKind;
  /** Of names that are not listed. */
  readonly additionalProperties?: Slot;
  readonly required?: readonly string[] | ((node: JsonObject) => readonly string[]);
}

/** Editions of OpenAPI; the first was called Swagger. */
export type Edition = '2.0' | '3.0' | '3.1' | '3.2';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const named = (kind: string) => ({ properties: {}, additionalProperties: () => kind });
const listOf = (kind: string) => ({ properties: {}, items: kind });

/** What OpenAPI 3.2 has beyond 3.1, by kind. @see https://spec.openapis.org/oas/v3.2.0.html */
const added: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  Root: { $self: text },
  Tag: { summary: text, parent: text, kind: text },
  Server: { name: text },
  Components: { mediaTypes: 'NamedMediaTypes' },
  PathItem: { query: 'Operation', additionalOperations: 'AdditionalOperations' },
  Parameter: {
    in: { enum: ['query', 'header', 'path', 'cookie', 'querystring'] },
    style: {
      enum: ['form', 'simple', 'label', 'matrix', 'spaceDelimited', 'pipeDelimited', 'deepObject', 'cookie'],
    },
  },
  MediaType: {
    description: text,
    itemSchema: 'Schema',
    itemEncoding: 'Encoding',
    prefixEncoding: 'PrefixEncodings',
  },
  Encoding: { encoding: 'EncodingMap', itemEncoding: 'Encoding', prefixEncoding: 'PrefixEncodings' },
  Response: { summary: text },
  Example: { dataValue: { isExample: true }, serializedValue: text },
  Discriminator: { defaultMapping: text },
  Xml: { nodeType: text },
  SecurityScheme: { deprecated: flag, oauth2MetadataUrl: text },
  OAuth2Flows: { deviceAuthorization: 'DeviceAuthorization' },
};

function kindsOf32() {
  const kinds: Record<string, object> = {
    ...Oas3_1Types,
    NamedMediaTypes: named('MediaType'),
    AdditionalOperations: named('Operation'),
    PrefixEncodings: listOf('Encoding'),
    DeviceAuthorization: {
      properties: { deviceAuthorizationUrl: text, tokenUrl: text, refreshUrl: text, scopes: { type: 'object' } },
    },
  };
  for (const [name, properties] of Object.entries(added)) {
    const kind = kinds[name];
    const known = kind !== undefined && 'properties' in kind && isObject(kind.properties) ? kind.properties : {};
    kinds[name] = { ...kind, properties: { ...known, ...properties } };
  }
  // There, an answer needs no description.
  kinds.Response = { ...kinds.Response, required: [] };
  return kinds;
}

/** Extensions stand among paths too; a path that lacks its slash is one all the same. */
const Paths = {
  properties: {},
  additionalProperties: (_: unknown, key: string) => (isExtension(key) ? null : 'PathItem'),
};
const Callback = { ...Paths };

function tablesOf(edition: Edition): object {
  if (edition === '2.0') return { ...Oas2Types, Paths };
  if (edition === '3.0') return { ...Oas3Types, Paths, Callback };
  return { ...(edition === '3.1' ? Oas3_1Types : kindsOf32()), Paths, Callback };
}

const rootOf = new Map<Edition, NodeKind>();

/** The kind of a whole document. The tables are those of Redocly's linter. */
export function rootKind(edition: Edition): NodeKind {
  const known = rootOf.get(edition);
  if (known !== undefined) return known;
  const tables = tablesOf(edition);
  // Their own type is looser by what other kinds of documents need.
  const { Root } = normalizeTypes(tables as typeof Oas3_1Types) as unknown as { Root: NodeKind };
  rootOf.set(edition, Root);
  return Root;
}

/** Whether a key is one of those that everybody may add. */
export function isExtension(key: string): boolean {
  return key.startsWith('x-');
}

/** What stands under a key of a node; `undefined` where nothing is expected. */
export function slotOf(kind: NodeKind, key: string, value: unknown): NodeKind | PlainRule | null | undefined {
  const listed = Object.hasOwn(kind.properties, key) ? kind.properties[key] : kind.additionalProperties;
  return typeof listed === 'function' ? listed(value, key) : listed;
}

/** Whether something is a kind of node rather than a rule for a plain value. */
export function isKind(slot: NodeKind | PlainRule | null | undefined): slot is NodeKind {
  return typeof slot === 'object' && slot !== null && 'name' in slot;
}

/** The nodes right below a node, with their keys. */
export function* childrenOf(node: unknown, kind: NodeKind): Generator<readonly [string, unknown, NodeKind]> {
  if (Array.isArray(node)) {
    if (kind.items !== undefined) for (const [index, child] of node.entries()) yield [String(index), child, kind.items];
    return;
  }
  if (!isObject(node)) return;
  for (const [key, child] of Object.entries(node)) {
    if (typeof child !== 'object' || child === null) continue;
    const slot = slotOf(kind, key, child);
    if (isKind(slot)) yield [key, child, slot];
  }
}

/** All nodes from one on, itself first, each with its kind; data such as examples and extensions holds none. */
export function* nodesFrom(root: JsonObject, kind: NodeKind): Generator<readonly [JsonObject, NodeKind]> {
  const waiting: (readonly [unknown, NodeKind])[] = [[root, kind]];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [node, kindOfNode] = next;
    if (isObject(node)) yield [node, kindOfNode];
    const below = [...childrenOf(node, kindOfNode)];
    for (const [, child, childKind] of below.reverse()) waiting.push([child, childKind]);
  }
}
