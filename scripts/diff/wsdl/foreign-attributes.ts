import { WSDL } from '../../generate/wsdl/documents.ts';
import { qnameOf, type XmlNode } from '../../generate/wsdl/xml-tree.ts';

const TAG = /<[^\s/>]+/y;
const ATTRIBUTE = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
const XML = 'http://www.w3.org/XML/1998/namespace';

/**
 * Attributes of a node that have a namespace, such as `wsdl:required`, by `{namespace}name`. The tree leaves them out, so they are read
 * from the text, which is known to be well-formed. Those of XML itself mean nothing to a service.
 */
export function foreignAttributes(node: XmlNode): ReadonlyMap<string, string> {
  const { text } = node.document;
  const found = new Map<string, string>();
  TAG.lastIndex = node.offset;
  if (!TAG.test(text)) return found;
  ATTRIBUTE.lastIndex = TAG.lastIndex;
  for (let next = ATTRIBUTE.exec(text); next !== null; next = ATTRIBUTE.exec(text)) {
    const [, name = '', double, single] = next;
    if (!name.includes(':') || name.startsWith('xmlns:')) continue;
    const { uri, local } = qnameOf(node, name);
    if (uri !== XML) found.set(`{${uri}}${local}`, (double ?? single ?? '').trim());
  }
  return found;
}

/** Whether a client must understand an extension: `wsdl:required`. */
export function isRequiredExtension(node: XmlNode): boolean {
  return /^(?:true|1)$/.test(foreignAttributes(node).get(`{${WSDL}}required`) ?? '');
}
