import { WSDL, XSD } from '../../generate/wsdl/documents.ts';
import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import { canonicalNode } from './canonical.ts';
import { quoted, tell, type Wsdls } from './compared.ts';
import { foreignAttributes, isRequiredExtension } from './foreign-attributes.ts';

const SOAP = /^http:\/\/schemas\.xmlsoap\.org\/wsdl\/soap(?:12)?\/$/;
const WRITTEN = /^http:\/\/schemas\.xmlsoap\.org\/wsdl\/(?:soap(?:12)?|http|mime)\/$/;
/** What is compared elsewhere of the elements that SOAP adds to a WSDL. */
const COMPARED: Readonly<Record<string, readonly string[]>> = {
  binding: ['style', 'transport'],
  operation: ['soapAction', 'style'],
  body: ['use', 'encodingStyle', 'namespace', 'parts'],
  header: ['message', 'part', 'use', 'encodingStyle', 'namespace', `{${WSDL}}required`],
  fault: ['name', 'use', 'encodingStyle', 'namespace'],
  address: ['location'],
};

/**
 * Compares what other specifications add to a node of a WSDL (addresses, policies, MIME parts), as far as nothing else does. What it does
 * is not known here, so each change is taken for harm; `wsdl:required` says that clients must understand it.
 */
export function compareExtensions(
  wsdls: Wsdls,
  nodes: { old: XmlNode; new: XmlNode },
  direction: Direction,
  subject: string,
): void {
  const [before, after] = [extensionsOf(nodes.old), extensionsOf(nodes.new)];
  for (const name of new Set([...before.keys(), ...after.keys()])) {
    const [old, next] = [before.get(name) ?? [], after.get(name) ?? []];
    const texts = (list: readonly Extension[]) =>
      list
        .map(({ text }) => text)
        .sort()
        .join();
    if (texts(old) === texts(next)) continue;
    const at = { old: old[0]?.node, new: next[0]?.node };
    const node = at.new ?? at.old;
    if (node === undefined) continue; // one side has it, or the name would not be among these
    const isThere = ({ children }: XmlNode) =>
      children.some(({ uri, local }) => uri === node.uri && local === node.local);
    const what = !isThere(nodes.old) ? 'is new' : !isThere(nodes.new) ? 'is gone' : 'changed';
    const isRequired = next.some((one) => isRequiredExtension(one.node));
    const rule = WRITTEN.test(node.uri) && !isRequired ? 'encoding-changed' : 'constraint-changed';
    const more = isRequired ? ', and clients must understand it' : '';
    tell(wsdls, rule, direction, at, `${quoted(node.local)} (${node.uri}) of ${subject} ${what}${more}.`);
  }
}

interface Extension {
  readonly node: XmlNode;
  readonly text: string;
}

function extensionsOf({ children }: XmlNode): ReadonlyMap<string, readonly Extension[]> {
  const found = new Map<string, Extension[]>();
  for (const node of children) {
    if (node.uri === WSDL || node.uri === XSD) continue;
    const text = restOf(node);
    if (text === undefined) continue;
    const key = `{${node.uri}}${node.local}`;
    found.set(key, [...(found.get(key) ?? []), { node, text }]);
  }
  return found;
}

/** What is compared nowhere else, as text. */
function restOf(node: XmlNode): string | undefined {
  const compared = SOAP.test(node.uri) && Object.hasOwn(COMPARED, node.local) ? COMPARED[node.local] : undefined;
  if (compared === undefined) return canonicalNode(node);
  const rest = [...node.attributes, ...foreignAttributes(node)].filter(([key]) => !compared.includes(key)).sort();
  const children = node.children.map(canonicalNode).sort();
  // Whether there is a body or fault at all is seen nowhere else.
  const isTold = rest.length + children.length > 0 || node.local === 'body' || node.local === 'fault';
  return isTold ? JSON.stringify([rest, children]) : undefined;
}
