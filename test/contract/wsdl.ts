import { readFileSync } from 'node:fs';
import { SaxesParser } from 'saxes';

/** One element of the WSDL. */
export interface WsdlNode {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: WsdlNode[];
  text: string;
}

/** Reads the WSDL as a tree, without any code that the generator uses. */
export function readWsdl(): WsdlNode {
  const root: WsdlNode = { tag: '', attributes: {}, children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ local, attributes }) => {
    const named = Object.values(attributes).map((attribute): [string, string] => [attribute.name, attribute.value]);
    const node: WsdlNode = { tag: local, attributes: Object.fromEntries(named), children: [], text: '' };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('text', (text) => {
    const top = open.at(-1);
    if (top !== undefined) top.text += text;
  });
  parser.on('closetag', () => open.pop());
  parser.write(readFileSync(new URL('../../specs/zuora-soap.wsdl', import.meta.url), 'utf8')).close();
  return root;
}

/** All elements below one, in document order. */
export function below(node: WsdlNode): WsdlNode[] {
  return node.children.flatMap((child) => [child, ...below(child)]);
}

/** The first element with a tag and a name. @throws Error if there is none */
export function named(node: WsdlNode, tag: string, name: string): WsdlNode {
  const found = below(node).find((candidate) => candidate.tag === tag && candidate.attributes.name === name);
  if (found === undefined) throw new Error(`the WSDL has no ${tag} called ${name} there`);
  return found;
}

/** What an element's own documentation says, in one line. */
export function documentationOf(node: WsdlNode): string {
  const holders = node.children.flatMap((child) => (child.tag === 'annotation' ? child.children : [child]));
  const texts = holders.filter(({ tag }) => tag === 'documentation').map(({ text }) => text);
  return texts.join(' ').replace(/\s+/g, ' ').trim();
}
