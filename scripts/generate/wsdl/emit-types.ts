import { SpecError } from '../spec-error.ts';
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

/** A few hostile kilobytes can come to more text than any memory has; no service has types as large as this. */
const MOST_CHARACTERS = 64 * 1024 * 1024;

/**
 * The text of `types.ts`, without its header.
 * @throws SpecError for more than 64 Mi characters
 */
export function emitTypes(service: ServiceModel, specFile: string): string {
  let characters = 0;
  const counted = (text: string): string => {
    characters += text.length;
    if (characters <= MOST_CHARACTERS) return text;
    throw new SpecError(`the types come to more than ${MOST_CHARACTERS} characters`, { file: specFile });
  };
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
    ...service.simpleTypes.map((type) =>
      counted(`${doc(join(type.doc, ...limitsOf(type)))}export type ${type.name} = ${simpleExpression(type)};\n`),
    ),
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
      `${doc(input.doc, '    ')}    input: ${expression(input.type, 'write')}${input.isNillable ? ' | null' : ''};`,
      `${doc(output.doc, '    ')}    output: ${expression(output.type, 'read')}${output.isNillable ? ' | null' : ''};`,
      `    headers: ${partsExpression(headers, 'write', '?')};`,
      ...(outputHeaders.length === 0 ? [] : [`    outputHeaders: ${partsExpression(outputHeaders, 'read', '?')};`]),
      `    faults: ${partsExpression(faults, 'read', '')};`,
      '  };\n',
    ].join('\n');
  }

  function partsExpression(parts: readonly PartModel[], direction: Direction, mark: string): string {
    if (parts.length === 0) return 'Record<string, never>';
    const orUndefined = direction === 'write' ? ' | undefined' : '';
    const members = parts.map(({ name, type, isNillable, doc: said }) => {
      const value = `${expression(type, direction)}${isNillable ? ' | null' : ''}${orUndefined}`;
      return { said: doc(said, '      '), text: `${propertyKey(name)}${mark}: ${value}` };
    });
    if (members.every(({ said }) => said === '')) return counted(`{ ${members.map(({ text }) => text).join('; ')} }`);
    return counted(`{\n${members.map(({ said, text }) => `${said}      ${text};\n`).join('')}    }`);
  }

  function complexBlocks(type: ComplexModel, direction: Direction): string[] {
    const name = nameOf(type, direction);
    const base = type.base !== undefined && type.inherits ? ` extends ${partName(type.base, 'Base', direction)}` : '';
    const members = memberLines(type, direction);
    const tag = `  $type: ${quote(type.name)};\n`;
    if (!isSplit(type)) {
      const own = isTagged(type) ? tag + members : members;
      if (type.isChoice) return [`${doc(type.doc)}export type ${name} =\n  | ${choiceOf(type, direction)};\n`];
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
            `/** A \`${type.name}\` of no further kind. */\nexport interface ${itself} extends ${partName(type, 'Base', direction)} {\n${isTagged(type) ? tag : ''}}\n`,
          ]),
      `${doc(join(type.doc, type.derived.length === 0 ? undefined : '`$type` says which kind it is.'))}export type ${name} =${variants.length === 0 ? ' never' : variants.map((variant) => `\n  | ${variant}`).join('')};\n`,
    ];
  }

  /** One variant for each element, in which the others cannot be. */
  function choiceOf(type: ComplexModel, direction: Direction): string {
    const variants = type.elements.map((chosen) => {
      // Each variant would have them all, which for many is more than a compiler can take.
      const others = type.elements.length > 30 ? [] : type.elements.filter((element) => element !== chosen);
      const keys = [
        memberText(chosen.name, { ...chosen, isOptional: false }, direction),
        ...others.map(({ name }) => `${propertyKey(name)}?: never;`),
      ];
      const said = doc(join(chosen.doc, ...notesOf(chosen.type, direction)), '      ');
      return counted(said === '' ? `{ ${keys.join(' ')} }` : `{\n${said}      ${keys.join(' ')}\n    }`);
    });
    return variants.length === 0 ? 'Record<string, never>' : variants.join('\n  | ');
  }

  function memberLines(type: ComplexModel, direction: Direction): string {
    const lines = [
      ...(type.text === undefined || (type.base !== undefined && type.inherits)
        ? []
        : [`${doc(join(...notesOf(type.text, direction)), '  ')}  $value: ${expression(type.text, direction)};\n`]),
      ...type.attributes.map((attribute) => memberLine(`@${attribute.name}`, attribute, direction)),
      ...type.elements.map((element) => memberLine(element.name, element, direction)),
    ];
    if (type.anyAt !== undefined) {
      lines.push(
        `  /** Elements that the schema leaves open. */\n  $any?: ${direction === 'write' ? 'readonly ' : ''}AnyElement[];\n`,
      );
    }
    if (type.anyAttributes) {
      lines.push(
        `  /** Attributes that the schema leaves open, by local name, or \`{namespace}name\` where there is a namespace. */\n  $attributes?: ${direction === 'write' ? 'Readonly<Record<string, string>> | undefined' : 'Record<string, string>'};\n`,
      );
    }
    return lines.join('');
  }

  function memberLine(key: string, member: MemberModel, direction: Direction): string {
    const said = doc(join(member.doc, ...notesOf(member.type, direction)), '  ');
    return counted(`${said}  ${memberText(key, member, direction)}\n`);
  }

  function memberText(key: string, member: MemberModel, direction: Direction): string {
    const isWritten = direction === 'write';
    const item = `${expression(member.type, direction)}${member.isNillable ? ' | null' : ''}`;
    const list = `${isWritten ? 'readonly ' : ''}${item.includes(' ') ? `(${item})` : item}[]`;
    const value = `${member.isArray ? list : item}${isWritten && member.isOptional ? ' | undefined' : ''}`;
    return `${propertyKey(key)}${member.isOptional ? '?' : ''}: ${value};`;
  }

  function expression(type: TypeModel, direction: Direction): string {
    if (type.kind === 'complex') {
      const name = nameOf(type, direction);
      return direction === 'write' && isTagged(type) && type.derived.length === 0 ? `Untagged<${name}>` : name;
    }
    const { write } = TYPESCRIPT[type.primitive];
    if (direction === 'write' && write !== undefined) return type.isList ? `readonly (${write})[]` : write;
    if (type.isList && direction === 'write') return `readonly ${simpleExpression(type)}`;
    return type.name ?? simpleExpression(type);
  }
}

/** Whether other types extend it, so that what it hands down stands apart from what it is itself. */
function isSplit(type: ComplexModel): boolean {
  return type.derived.length > 0 || type.hasNamelessHeirs;
}

/** What the documentation of a member says of its type. A named type says its limits itself, where it stands there by name. */
function notesOf(type: TypeModel, direction: Direction): (string | undefined)[] {
  if (type.kind === 'complex') return [];
  const { note, write } = TYPESCRIPT[type.primitive];
  const isWider = direction === 'write' && write !== undefined;
  return [note, ...(type.name === undefined || isWider ? limitsOf(type, isWider) : [])];
}

/** What a type says besides its TypeScript type: limits, and of listed values what they mean, or all where that type has none. */
function limitsOf(type: SimpleModel, isWider = false): (string | undefined)[] {
  const { limits, values = [], valueDocs } = type;
  const isListed = values.length > 0 && (isWider || itemExpression(type) === TYPESCRIPT[type.primitive].read);
  const docs = [...(valueDocs ?? [])].map(([value, text]) => `- ${inCode(value)}: ${text}`);
  return [
    limits?.join(' '),
    isListed ? `One of ${values.map(inCode).join(', ')}.` : undefined,
    docs.length > 0 ? docs.join('\n') : undefined,
  ];
}

function inCode(value: string): string {
  return `\`${value.replaceAll(/\s+/g, ' ')}\``;
}

/** The listed values stay open: a service may send one that a newer schema lists. */
function simpleExpression(type: SimpleModel): string {
  const item = itemExpression(type);
  if (!type.isList) return item;
  return item.includes(' ') ? `(${item})[]` : `${item}[]`;
}

function itemExpression(type: SimpleModel): string {
  const { read } = TYPESCRIPT[type.primitive];
  const { values = [] } = type;
  if (read === 'string' && values.length > 0) return openUnion(values);
  const isNumbers =
    read === 'number' && values.length > 0 && values.every((value) => /^-?(?:0|[1-9]\d{0,14})$/.test(value));
  return isNumbers ? `${[...new Set(values)].join(' | ')} | (number & {})` : read;
}

const openUnions = new WeakMap<readonly string[], string>();

/** Types that are restricted otherwise share the values of their base, which may be many. */
function openUnion(values: readonly string[]): string {
  let union = openUnions.get(values);
  if (union === undefined) {
    union = `${[...new Set(values)].map(quote).join(' | ')} | (string & {})`;
    openUnions.set(values, union);
  }
  return union;
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
