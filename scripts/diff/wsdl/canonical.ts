import { WSDL, XSD } from '../../generate/wsdl/documents.ts';
import { type QName, qnameOf, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { foreignAttributes } from './foreign-attributes.ts';

const NAMES = new Set([
  'type',
  'base',
  'ref',
  'itemType',
  'memberTypes',
  'substitutionGroup',
  'refer',
  'element',
  'message',
  'binding',
]);
const DEFAULTS: Readonly<Record<string, string>> = {
  minOccurs: '1',
  maxOccurs: '1',
  nillable: 'false',
  use: 'optional',
  abstract: 'false',
  mixed: 'false',
};

/** A node as text that does not depend on prefixes, blank space, or the order of attributes. What means the same has the same text. */
export function canonicalNode(node: XmlNode): string {
  const attributes = [...node.attributes, ...foreignAttributes(node)]
    .filter(([key, value]) => key !== 'id' && DEFAULTS[key] !== value)
    .map(([key, value]) => [
      key,
      NAMES.has(key) && (node.uri === XSD || node.uri === WSDL) ? namesIn(node, value) : value.trim(),
    ])
    .sort();
  const children = node.children.map(canonicalNode);
  const text = node.text.replaceAll(/\s+/g, ' ').trim();
  return JSON.stringify([node.uri, node.local, attributes, text, children]);
}

function namesIn(node: XmlNode, value: string): string {
  const words = value.split(/\s+/).filter((word) => word !== '');
  return words.map((word) => text(qnameOf(node, word))).join(' ');
}

function text({ uri, local }: QName): string {
  return `{${uri}}${local}`;
}
