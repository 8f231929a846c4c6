import { SaxesParser } from 'saxes';

/**
 * An XML document in a form that does not depend on prefixes, unused declarations, comments, or the white space between elements:
 * one line per element and text, names with their namespaces, attributes sorted. `xsi:type` is resolved, as it names a name.
 */
export function canonical(xml: string): string {
  const parser = new SaxesParser({ xmlns: true });
  const lines: string[] = [];
  const open: { text: string; hasElements: boolean }[] = [];
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const parent = open.at(-1);
    if (parent !== undefined) parent.hasElements = true;
    const attributes = Object.values(tag.attributes)
      .filter(({ uri }) => uri !== 'http://www.w3.org/2000/xmlns/')
      .map(({ uri, local, value }) => `${nameOf(uri, local)}=${local === 'type' ? resolved(value) : value}`);
    lines.push(`${'  '.repeat(open.length)}<${[nameOf(tag.uri, tag.local), ...attributes.sort()].join(' ')}>`);
    open.push({ text: '', hasElements: false });
  });
  const addText = (text: string) => {
    const top = open.at(-1);
    if (top !== undefined) top.text += text;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    const { text = '', hasElements = false } = open.pop() ?? {};
    if (!hasElements && text !== '') lines.push(`${'  '.repeat(open.length + 1)}${JSON.stringify(text)}`);
    else if (hasElements && text.trim() !== '') throw new Error(`mixed content: ${text}`);
  });
  parser.write(xml).close();
  return lines.join('\n');

  function resolved(value: string): string {
    const [prefix, local] = value.includes(':') ? value.split(':') : ['', value];
    return nameOf(parser.resolve(prefix ?? '') ?? '', local ?? '');
  }
}

function nameOf(uri: string, local: string): string {
  return uri === '' ? local : `{${uri}}${local}`;
}
