import {
  type ComplexModel,
  isTagged,
  type MemberModel,
  type PartModel,
  type ServiceModel,
  type TypeModel,
} from './model.ts';
import { literalKey, quote } from './ts-names.ts';

const SERVICE = `/** A member: name, type (\`xs:\` and a simple type, \`[]\` for a list in one text; or a key of \`types\`), marks (\`?\` optional, \`*\` repeated, \`~\` may be nil, \`#\` rounds of elements that repeat together, \`|\` the same with one element each), number of its namespace if not its type's (-1 for none). */
export type Member = readonly [name: string, type: string, marks?: string, namespace?: number];

/** An element that stands in an envelope: name, number of its namespace, type, marks. Without a name, the body is of the type. */
export type Part = readonly [name: string, namespace: number, type: string, marks?: string];

export interface Type {
  readonly namespace: number;
  /** Name in the schema where that is not the key; empty for a type without a name. */
  readonly name?: string;
  /** The type it extends, whose members come first, or restricts, whose members it repeats. */
  readonly extends?: string;
  readonly restricts?: string;
  /** Whether values say which type they are in \`$type\`. */
  readonly tagged?: true;
  readonly elements?: readonly Member[];
  readonly attributes?: readonly Member[];
  /** Type of the text, held in \`$value\`. */
  readonly text?: string;
  /** Before which own element \`$any\` stands. */
  readonly anyAt?: number;
  /** Whether \`$attributes\` may hold others. */
  readonly anyAttributes?: true;
}

export interface Operation {
  /** SOAPAction. */
  readonly action: string;
  readonly input: Part;
  readonly output: Part;
  readonly headers?: readonly Part[];
  readonly outputHeaders?: readonly Part[];
  readonly faults?: readonly Part[];
}

export interface Service<Operations> {
  readonly name: string;
  readonly port: string;
  /** The endpoint that the WSDL names. */
  readonly location: string;
  /** Version of SOAP to write. @default '1.1' */
  readonly soap?: '1.2';
  /** Prefix and URI; elsewhere a namespace is its number in this list. */
  readonly namespaces: readonly (readonly [prefix: string, uri: string])[];
  readonly types: Readonly<Record<string, Type>>;
  readonly operations: { readonly [Name in keyof Operations]: Operation };
  /** For types only: never present. */
  readonly '~operations'?: Operations;
}
`;

/** The text of `table.ts`, without its header. */
export function emitTable(service: ServiceModel): string {
  const numbers = new Map(service.namespaces.map(({ uri }, number) => [uri, number]));
  const numberOf = (uri: string) => numbers.get(uri) ?? -1;
  const lines = [
    "import type { Operations } from './types.ts';",
    '',
    SERVICE,
    'export const service: Service<Operations> = {',
    `  name: ${quote(service.name)},`,
    `  port: ${quote(service.port)},`,
    `  location: ${quote(service.location)},`,
    ...(service.soap === '1.1' ? [] : [`  soap: ${quote(service.soap)},`]),
    '  namespaces: [',
    ...service.namespaces.map(({ prefix, uri }) => `    [${quote(prefix)}, ${quote(uri)}],`),
    '  ],',
    '  types: {',
    ...service.complexTypes.flatMap(typeLines),
    '  },',
    '  operations: {',
    ...service.operations.flatMap((operation) => [
      `    ${literalKey(operation.name)}: {`,
      `      action: ${quote(operation.action)},`,
      `      input: ${part(operation.input)},`,
      `      output: ${part(operation.output)},`,
      ...list('headers', operation.headers.map(part), '      '),
      ...list('outputHeaders', operation.outputHeaders.map(part), '      '),
      ...list('faults', operation.faults.map(part), '      '),
      '    },',
    ]),
    '  },',
    '};',
    '',
  ];
  return lines.join('\n');

  function typeLines(type: ComplexModel): string[] {
    const name = type.local ?? '';
    return [
      `    ${literalKey(type.name)}: {`,
      `      namespace: ${numberOf(type.uri)},`,
      ...(name === type.name ? [] : [`      name: ${quote(name)},`]),
      ...(type.base === undefined
        ? []
        : [`      ${type.inherits ? 'extends' : 'restricts'}: ${quote(type.base.name)},`]),
      ...(isTagged(type) ? ['      tagged: true,'] : []),
      ...list(
        'attributes',
        type.attributes.map((attribute) => member(attribute, -1)),
        '      ',
      ),
      ...(type.text === undefined ? [] : [`      text: ${typeKey(type.text)},`]),
      ...(type.anyAt === undefined ? [] : [`      anyAt: ${type.anyAt},`]),
      ...(type.anyAttributes ? ['      anyAttributes: true,'] : []),
      ...list(
        'elements',
        type.elements.map((element) => member(element, numberOf(type.uri))),
        '      ',
      ),
      '    },',
    ];
  }

  function member({ name, type, isOptional, isArray, isNillable, rounds, uri }: MemberModel, usual: number): string {
    const kind = rounds === undefined ? '' : rounds === 'choice' ? '|' : '#';
    const marks = `${isOptional ? '?' : ''}${isArray ? '*' : ''}${isNillable ? '~' : ''}${kind}`;
    const number = numberOf(uri);
    const ending = number === usual ? (marks === '' ? '' : `, ${quote(marks)}`) : `, ${quote(marks)}, ${number}`;
    return `[${quote(name)}, ${typeKey(type)}${ending}]`;
  }

  function part({ name, uri, type, isNillable }: PartModel): string {
    return `[${quote(name)}, ${numberOf(uri)}, ${typeKey(type)}${isNillable ? ", '~'" : ''}]`;
  }
}

function typeKey(type: TypeModel): string {
  return quote(type.kind === 'simple' ? `xs:${type.primitive}${type.isList ? '[]' : ''}` : type.name);
}

function list(key: string, items: readonly string[], indent: string): string[] {
  if (items.length === 0) return [];
  const line = `${indent}${key}: [${items.join(', ')}],`;
  if (line.length <= 120) return [line];
  return [`${indent}${key}: [`, ...items.map((item) => `${indent}  ${item},`), `${indent}],`];
}
