import { SaxesParser } from 'saxes';

/** One attribute as it is written. Offsets count in the text of the document. */
export interface WrittenAttribute {
  /** Where the white space before it begins. */
  readonly start: number;
  readonly end: number;
  /** What stands between the quotes. */
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly quote: string;
}

/** One element as it is written. */
export interface WrittenElement {
  /** Name with its prefix. */
  readonly name: string;
  readonly local: string;
  /** Attributes' values by their name with prefix. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: WrittenElement | undefined;
  readonly children: readonly WrittenElement[];
  readonly start: number;
  /** Behind its start tag. */
  readonly startTagEnd: number;
  readonly isSelfClosing: boolean;
  readonly end: number;
}

type Open = { -readonly [Key in keyof WrittenElement]: WrittenElement[Key] } & { children: WrittenElement[] };

/**
 * Reads where each element of an XML document is written.
 * @throws Error with the parser's message, `line` and `column` for what is not well-formed
 */
export function readPlaces(text: string): WrittenElement {
  const parser = new SaxesParser({ xmlns: true, position: true });
  let root: Open | undefined;
  let current: Open | undefined;
  let start = 0;
  parser.on('error', (error) => {
    const message = error.message.replace(/^(?:[^:]*:)?\d+:\d+: /, '');
    throw Object.assign(new Error(message), { line: parser.line, column: parser.column + 1 });
  });
  parser.on('opentagstart', ({ name }) => {
    // The name and the character after it have been read.
    start = parser.position - name.length - 2;
  });
  parser.on('opentag', (tag) => {
    const attributes = new Map(Object.values(tag.attributes).map(({ name, value }) => [name, value]));
    const element: Open = {
      name: tag.name,
      local: tag.local,
      attributes,
      parent: current,
      children: [],
      start,
      startTagEnd: parser.position,
      isSelfClosing: tag.isSelfClosing,
      end: parser.position,
    };
    current?.children.push(element);
    root ??= element;
    current = element;
  });
  parser.on('closetag', () => {
    if (current === undefined) return;
    current.end = parser.position;
    current = current.parent as Open | undefined; // elements above are still open
  });
  parser.write(text).close();
  if (root === undefined) throw new Error('no root element');
  return root;
}

/** Where an attribute of an element is written. */
export function findAttribute(text: string, element: WrittenElement, name: string): WrittenAttribute | undefined {
  const offset = element.start + 1 + element.name.length;
  const written = /\s+([^\s=]+)\s*=\s*("[^"]*"|'[^']*')/gy;
  const tag = text.slice(offset, element.startTagEnd);
  for (let match = written.exec(tag); match !== null; match = written.exec(tag)) {
    if (match[1] !== name) continue;
    const end = offset + match.index + match[0].length;
    const value = match[2] ?? '';
    return {
      start: offset + match.index,
      end,
      valueStart: end - value.length + 1,
      valueEnd: end - 1,
      quote: value.charAt(0),
    };
  }
  return undefined;
}
