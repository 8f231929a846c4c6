import { childrenNamed, type QName, specErrorAt, type XmlNode } from './xml-tree.ts';

export const XSD = 'http://www.w3.org/2001/XMLSchema';
export const WSDL = 'http://schemas.xmlsoap.org/wsdl/';

type ComponentKind = 'type' | 'element' | 'group' | 'attributeGroup' | 'attribute';

const KIND_OF: Readonly<Record<string, ComponentKind>> = {
  complexType: 'type',
  simpleType: 'type',
  element: 'element',
  group: 'group',
  attributeGroup: 'attributeGroup',
  attribute: 'attribute',
};

/** A global declaration of a schema. */
export interface Component {
  readonly node: XmlNode;
  readonly schema: XmlNode;
  readonly uri: string;
}

export interface SchemaIndex {
  /** All named types in document order. */
  readonly types: readonly Component[];
  /** @throws SpecError at `from` when nothing of that name is declared. */
  find(kind: ComponentKind, name: QName, from: XmlNode): Component;
}

/**
 * Finds the global declarations of all schemas in a WSDL.
 * @throws SpecError for what the file itself does not hold: an import or include of another document, or of a namespace that has no schema here.
 */
export function indexSchemas(file: string, definitions: XmlNode): SchemaIndex {
  for (const outside of childrenNamed(definitions, WSDL, 'import')) {
    throw specErrorAt(file, outside, `another WSDL is imported; put everything in one file`);
  }
  const schemas = childrenNamed(definitions, WSDL, 'types').flatMap((types) => childrenNamed(types, XSD, 'schema'));
  const namespaces = new Set(schemas.map(targetNamespaceOf));
  const components = new Map<string, Component>();
  const types: Component[] = [];
  for (const schema of schemas) {
    const uri = targetNamespaceOf(schema);
    for (const node of schema.children) {
      if (node.uri !== XSD) continue;
      refuseOutside(file, node, namespaces);
      const kind = KIND_OF[node.local];
      const name = node.attributes.get('name');
      if (kind === undefined || name === undefined) continue;
      const key = keyOf(kind, { uri, local: name });
      if (components.has(key))
        throw specErrorAt(file, node, `${describe(kind, { uri, local: name })} is declared twice`);
      const component = { node, schema, uri };
      components.set(key, component);
      if (kind === 'type') types.push(component);
    }
  }
  return {
    types,
    find(kind, name, from) {
      const component = components.get(keyOf(kind, name));
      if (component !== undefined) return component;
      const hint = namespaces.has(name.uri) ? '' : `; this file has no schema for that namespace`;
      throw specErrorAt(file, from, `${describe(kind, name)} is not declared${hint}`);
    },
  };
}

function refuseOutside(file: string, node: XmlNode, namespaces: ReadonlySet<string>): void {
  if (node.local === 'include' || node.local === 'redefine') {
    throw specErrorAt(file, node, `${node.local} of another schema is not supported; put everything in one file`);
  }
  if (node.local !== 'import') return;
  const wanted = node.attributes.get('namespace') ?? '';
  if (namespaces.has(wanted)) return;
  const where = node.attributes.get('schemaLocation');
  const hint = where === undefined ? '' : ` (it is said to be at ${where}, which is not read)`;
  throw specErrorAt(file, node, `imports the namespace "${wanted}", for which this file has no schema${hint}`);
}

function targetNamespaceOf(schema: XmlNode): string {
  return schema.attributes.get('targetNamespace') ?? '';
}

function keyOf(kind: ComponentKind, name: QName): string {
  return `${kind} {${name.uri}}${name.local}`;
}

function describe(kind: ComponentKind, name: QName): string {
  return `${kind === 'attributeGroup' ? 'attribute group' : kind} "${name.local}" of namespace "${name.uri}"`;
}

/** Text of the documentation of a schema or WSDL node, with its paragraphs kept. */
export function docOf(node: XmlNode): string | undefined {
  const holders = [node, ...childrenNamed(node, XSD, 'annotation')];
  const text = holders
    .flatMap((holder) => holder.children)
    .filter((child) => child.local === 'documentation' && (child.uri === XSD || child.uri === WSDL))
    .map(textOf)
    .join('\n\n');
  const paragraphs = text.split(/\n\s*\n/).map((paragraph) => paragraph.replaceAll(/\s+/g, ' ').trim());
  const kept = paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
  return kept === '' ? undefined : kept;
}

function textOf(node: XmlNode): string {
  return node.text + node.children.map(textOf).join(' ');
}
