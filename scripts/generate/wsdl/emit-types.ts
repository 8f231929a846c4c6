import type {
  ComplexModel,
  MemberModel,
  OperationModel,
  PartModel,
  Primitive,
  ServiceModel,
  SimpleModel,
  TypeModel,
} from './model.ts';
import { isTagged } from './model.ts';
import { type Direction, reachableTypes } from './reachable.ts';
import { propertyKey, quote } from './ts-names.ts';

/** What reading gives, and what writing takes where that is more. */
const TYPESCRIPT: Readonly<
  Record<Primitive, { readonly read: string; readonly write?: string; readonly note?: string }>
> = {
  string: { read: 'string' },
  boolean: { read: 'boolean' },
  int: { read: 'number' },
  short: { read: 'number' },
  byte: { read: 'number' },
  unsignedInt: { read: 'number' },
  unsignedShort: { read: 'number' },
  unsignedByte: { read: 'number' },
  long: { read: 'string', write: 'string | number | bigint', note: 'A whole number of any size, as text.' },
  decimal: { read: 'string', write: 'string | number | bigint', note: 'A decimal number, as text.' },
  double: { read: 'number' },
  date: { read: 'string', write: 'string | Date', note: 'A day, `YYYY-MM-DD`, perhaps with an offset.' },
  dateTime: { read: 'string', write: 'string | Date', note: 'A time in ISO 8601.' },
  base64Binary: { read: 'string', note: 'Bytes in base64.' },
  anyType: { read: 'AnyElement' },
};

const ANY_ELEMENT = `/** An element of which no schema says what it holds. */
export interface AnyElement {
  name: string;
  /** Empty for none. */
  namespace: string;
  /** By local name, or \`{namespace}name\` where there is a namespace. */
  attributes: Record<string, string>;
  children: AnyElement[];
  /** Text directly inside, joined. */
  text: string;
}
`;

const UNTAGGED = `/** A value whose place already says its type, so that \`$type\` may be left out. */
export type Untagged<T extends { $type: string }> = Omit<T, '$type'> & Partial<Pick<T, '$type'>>;
`;

/** The text of `types.ts`, without its header. */
export function emitTypes(service: ServiceModel): string {
  const reachable = reachableTypes(service);
  const writeName = (type: ComplexModel) => (reachable.read.has(type) ? `${type.name}Input` : type.name);
  const nameOf = (type: ComplexModel, direction: Direction) => (direction === 'read' ? type.name : writeName(type));
  const partName = (type: ComplexModel, part: 'Base' | 'Itself', direction: Direction) =>
    `${type.name}${part}${nameOf(type, direction).slice(type.name.length)}`;

  const blocks = [
    operationsBlock(),
    ...service.complexTypes.flatMap((type) => {
      const read = reachable.read.has(type) || !reachable.write.has(type) ? complexBlocks(type, 'read') : [];
      return [...read, ...(reachable.write.has(type) ? complexBlocks(type, 'write') : [])];
    }),
    ...service.simpleTypes.map((type) => `${doc(type.doc)}export type ${type.name} = ${simpleExpression(type)};\n`),
  ];
  const body = blocks.join('\n');
  const helpers = [/\bAnyElement\b/.test(body) ? ANY_ELEMENT : [], /\bUntagged</.test(body) ? UNTAGGED : []].flat();
  return [body, ...helpers].join('\n');

  function operationsBlock(): string {
    const members = service.operations.map((operation) => `${doc(operation.doc, '  ')}  ${operationMember(operation)}`);
    return `${doc(service.doc)}export interface Operations {\n${members.join('')}}\n`;
  }

  function operationMember({ name, input, output, headers, outputHeaders, faults }: OperationModel): string {
    return [
      `${propertyKey(name)}: {`,
      `    input: ${expression(input.type, 'write')};`,
      `    output: ${expression(output.type, 'read')};`,
      `    headers: ${partsExpression(headers, 'write', '?')};`,
      ...(outputHeaders.length === 0 ? [] : [`    outputHeaders: ${partsExpression(outputHeaders, 'read', '?')};`]),
      `    faults: ${partsExpression(faults, 'read', '')};`,
      '  };\n',
    ].join('\n');
  }

  function partsExpression(parts: readonly PartModel[], direction: Direction, mark: string): string {
    if (parts.length === 0) return 'Record<string, never>';
    const orUndefined = direction === 'write' ? ' | undefined' : '';
    return `{ ${parts.map(({ name, type }) => `${propertyKey(name)}${mark}: ${expression(type, direction)}${orUndefined}`).join('; ')} }`;
  }

  function complexBlocks(type: ComplexModel, direction: Direction): string[] {
    const name = nameOf(type, direction);
    const base = type.base !== undefined && type.inherits ? ` extends ${partName(type.base, 'Base', direction)}` : '';
    const members = memberLines(type, direction);
    const tag = `  $type: ${quote(type.name)};\n`;
    if (type.derived.length === 0) {
      const own = isTagged(type) ? tag + members : members;
      if (own === '' && base === '') return [`${doc(type.doc)}export type ${name} = Record<string, never>;\n`];
      return [`${doc(type.doc)}export interface ${name}${base} {\n${own}}\n`];
    }
    const itself = partName(type, 'Itself', direction);
    const variants = [
      ...(type.isAbstract ? [] : [itself]),
      ...type.derived.map((derived) => nameOf(derived, direction)),
    ];
    return [
      `/** What every kind of \`${type.name}\` has. */\nexport interface ${partName(type, 'Base', direction)}${base} {\n${members}}\n`,
      ...(type.isAbstract
        ? []
        : [
            `/** A \`${type.name}\` of no further kind. */\nexport interface ${itself} extends ${partName(type, 'Base', direction)} {\n${tag}}\n`,
          ]),
      `${doc(join(type.doc, '`$type` says which kind it is.'))}export type ${name} =\n  | ${variants.join('\n  | ')};\n`,
    ];
  }

  function memberLines(type: ComplexModel, direction: Direction): string {
    const lines = [
      ...(type.text === undefined || (type.base !== undefined && type.inherits)
        ? []
        : [`  $value: ${expression(type.text, direction)};\n`]),
      ...type.attributes.map((attribute) => memberLine(`@${attribute.name}`, attribute, direction)),
      ...type.elements.map((element) => memberLine(element.name, element, direction)),
    ];
    if (type.anyAt !== undefined) {
      lines.push(
        `  /** Elements that the schema leaves open. */\n  $any?: ${direction === 'write' ? 'readonly ' : ''}AnyElement[];\n`,
      );
    }
    return lines.join('');
  }

  function memberLine(key: string, member: MemberModel, direction: Direction): string {
    const isWritten = direction === 'write';
    const item = `${expression(member.type, direction)}${member.isNillable ? ' | null' : ''}`;
    const list = `${isWritten ? 'readonly ' : ''}${item.includes(' ') ? `(${item})` : item}[]`;
    const value = `${member.isArray ? list : item}${isWritten && member.isOptional ? ' | undefined' : ''}`;
    const note = member.type.kind === 'simple' ? TYPESCRIPT[member.type.primitive].note : undefined;
    return `${doc(join(member.doc, note), '  ')}  ${propertyKey(key)}${member.isOptional ? '?' : ''}: ${value};\n`;
  }

  function expression(type: TypeModel, direction: Direction): string {
    if (type.kind === 'complex') {
      const name = nameOf(type, direction);
      return direction === 'write' && isTagged(type) && type.derived.length === 0 ? `Untagged<${name}>` : name;
    }
    const { write } = TYPESCRIPT[type.primitive];
    if (direction === 'write' && write !== undefined) return write;
    return type.name ?? simpleExpression(type);
  }
}

/** The listed values stay open: a service may send one that a newer schema lists. */
function simpleExpression(type: SimpleModel): string {
  const { read } = TYPESCRIPT[type.primitive];
  if (type.values === undefined || read !== 'string') return read;
  return `${type.values.map(quote).join(' | ')} | (string & {})`;
}

function join(...paragraphs: readonly (string | undefined)[]): string | undefined {
  const kept = paragraphs.filter((paragraph) => paragraph !== undefined);
  return kept.length === 0 ? undefined : kept.join('\n\n');
}

function doc(text: string | undefined, indent = ''): string {
  if (text === undefined) return '';
  const lines = text
    .replaceAll('*/', '*\\/')
    .split('\n')
    .flatMap((line) => wrap(line, 116 - indent.length));
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
