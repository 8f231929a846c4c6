import { escapeAttribute, escapeText, WriteProblem, withStep, wrongType } from './soap-scalars.ts';
import { XML, XML_NAME, XMLNS, XSI } from './soap-table.ts';

/**
 * Writes an element that no schema describes. Each one declares its own namespaces, so it may stand anywhere.
 * @throws WriteProblem
 */
export function writeAnyElement(value: unknown): string {
  return writeNested(value, undefined);
}

function writeNested(value: unknown, around: string | undefined): string {
  const fields = fieldsOf(value);
  const { name, namespace = '' } = fields;
  if (typeof name !== 'string' || !XML_NAME.test(name)) throw wrongType('an element with a name', value);
  try {
    if (typeof namespace !== 'string') throw wrongType('a namespace', namespace);
    const declaration = namespace === around ? '' : ` xmlns="${escapeAttribute(namespace)}"`;
    const attributes = Object.entries(fieldsOf(fields.attributes ?? {}))
      .map(writeAttribute)
      .join('');
    const text = fields.text === undefined ? '' : textOf(fields.text);
    const children = listOf(fields.children ?? []).map((child) => writeNested(child, namespace));
    return `<${name}${declaration}${attributes}>${escapeText(text)}${children.join('')}</${name}>`;
  } catch (problem) {
    throw withStep(problem, `.${name}`);
  }
}

/**
 * Writes attributes that no schema describes, each with a declaration of its namespace.
 * @param taken names that stand on the element anyway
 * @throws WriteProblem
 */
export function writeOpenAttributes(attributes: Readonly<Record<string, unknown>>, taken: ReadonlySet<string>): string {
  return Object.entries(attributes)
    .map(([key, value], number) => {
      if (taken.has(key)) throw new WriteProblem('ERR_UNKNOWN_ELEMENT', `the schema has the attribute "@${key}"`);
      if (!key.startsWith(`{${XSI}}`)) return writeAttribute([key, value], number);
      throw new WriteProblem(
        'ERR_UNKNOWN_ELEMENT',
        "attributes of XML Schema's instance namespace are written by the codec",
      );
    })
    .join('');
}

function writeAttribute([key, value]: [string, unknown], number: number): string {
  const [, uri = '', local = ''] = /(?:\{(.*)\})?(.*)/s.exec(key) ?? [];
  if (!XML_NAME.test(local)) throw new WriteProblem('ERR_WRONG_TYPE', 'an attribute has no proper name');
  if (uri === XMLNS || (uri === '' && local === 'xmlns')) {
    throw new WriteProblem('ERR_WRONG_TYPE', 'namespaces are declared by the codec, not by attributes');
  }
  const written = `"${escapeAttribute(textOf(value))}"`;
  if (uri === '') return ` ${local}=${written}`;
  // This namespace may have no other prefix, and needs no declaration.
  if (uri === XML) return ` xml:${local}=${written}`;
  // The prefixes of a table begin with a letter, so that these hide none of them.
  return ` xmlns:_${number}="${escapeAttribute(uri)}" _${number}:${local}=${written}`;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  // Any object may be looked at by key; what comes out is unknown again.
  if (typeof value === 'object' && value !== null) return value as Readonly<Record<string, unknown>>;
  throw wrongType('an element: an object with name, namespace, attributes, children and text', value);
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw wrongType('a string', value);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw wrongType('an array of elements', value);
}
