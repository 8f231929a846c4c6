import { realpath } from 'node:fs/promises';
import { SpecError } from '../spec-error.ts';
import { findImport, type ImportOptions, type MainFile, MOST_CHARACTERS, type Origin } from './imported-files.ts';
import { childrenNamed, readXmlTree, specErrorAt, type XmlNode } from './xml-tree.ts';

export const XSD = 'http://www.w3.org/2001/XMLSchema';
export const WSDL = 'http://schemas.xmlsoap.org/wsdl/';
export const XML = 'http://www.w3.org/XML/1998/namespace';

/** A schema, wherever it stands. */
export interface Schema {
  readonly node: XmlNode;
  /** Its target namespace, or that of the schema that includes it. */
  readonly uri: string;
}

/** All that a WSDL consists of. */
export interface Documents {
  /** The WSDL itself first. */
  readonly definitions: readonly XmlNode[];
  readonly schemas: readonly Schema[];
  /** Every imported file with its text, in the order in which they were first referred to. */
  readonly imported: readonly { readonly file: string; readonly text: string }[];
}

interface Reference {
  readonly from: Origin;
  readonly node: XmlNode;
  readonly location: string;
  /** For an include: the namespace that the schema must have, or takes over. For an import: the one that it must have. */
  readonly uri: string;
  readonly kind: 'wsdl' | 'include' | 'import';
}

/**
 * Reads a WSDL and every file that it imports or includes, each once; files that refer to each other in a circle are fine.
 * @throws SpecError
 */
export async function readDocuments(
  main: MainFile & { readonly text: string },
  options: ImportOptions,
): Promise<Documents> {
  const { specFile, path, text } = main;
  if (text.length > MOST_CHARACTERS) {
    throw new SpecError(`the WSDL is larger than ${MOST_CHARACTERS} characters`, { file: specFile });
  }
  const definitions: XmlNode[] = [];
  const schemas: Schema[] = [];
  const imported: { file: string; text: string }[] = [];
  const texts = new Map<string, string>();
  const seen = new Set<string>();
  const followed = new Set<string>();
  const waiting: Reference[] = [];
  let total = text.length;

  const root = readXmlTree(specFile, text);
  if (root.local !== 'definitions' || root.uri !== WSDL) {
    throw specErrorAt(root, 'not a WSDL 1.1 file: its root is not wsdl:definitions');
  }
  const id = await realpath(path).catch(() => '');
  // Files that it imports may refer back to it.
  seen.add(`${root.attributes.get('targetNamespace') ?? ''} ${id}`);
  addDefinitions(root, { id, file: specFile, at: { path } });
  for (let reference = waiting.shift(); reference !== undefined; reference = waiting.shift()) await follow(reference);
  checkImports();
  return { definitions, schemas, imported };

  function addDefinitions(node: XmlNode, origin: Origin): void {
    definitions.push(node);
    for (const reference of childrenNamed(node, WSDL, 'import')) {
      const location = reference.attributes.get('location');
      if (location === undefined) throw specErrorAt(reference, 'the import names no location');
      waiting.push({ from: origin, node: reference, location, uri: '', kind: 'wsdl' });
    }
    const inside = childrenNamed(node, WSDL, 'types').flatMap((types) => childrenNamed(types, XSD, 'schema'));
    const own = new Set(inside.map((schema) => schema.attributes.get('targetNamespace') ?? ''));
    for (const schema of inside) addSchema(schema, origin, own);
  }

  /** @param own namespaces whose schemas stand in the same file, so that no location of theirs is read */
  function addSchema(node: XmlNode, origin: Origin, own: ReadonlySet<string>): void {
    const uri = node.attributes.get('targetNamespace') ?? node.document.adoptedUri;
    schemas.push({ node, uri });
    for (const child of node.children) {
      if (child.uri !== XSD) continue;
      if (child.local === 'redefine' || child.local === 'override') {
        throw specErrorAt(child, `${child.local} is not supported: include the schema, and change it there`);
      }
      if (child.local !== 'include' && child.local !== 'import') continue;
      const location = child.attributes.get('schemaLocation');
      const wanted = child.local === 'include' ? uri : (child.attributes.get('namespace') ?? '');
      if (location === undefined) {
        if (child.local === 'include') throw specErrorAt(child, 'the include names no schemaLocation');
      } else if (child.local === 'include' || !(own.has(wanted) || wanted === XML || wanted === XSD)) {
        waiting.push({ from: origin, node: child, location, uri: wanted, kind: child.local });
      }
    }
  }

  async function follow({ from, node, location, uri, kind }: Reference): Promise<void> {
    const { origin, read } = await findImport(main, from, location, node, options);
    const way = `${kind} ${uri} ${origin.id}`;
    if (followed.has(way)) return;
    followed.add(way);
    let content = texts.get(origin.id);
    if (content === undefined) {
      content = await read();
      texts.set(origin.id, content);
      imported.push({ file: origin.file, text: content });
    }
    // Each reading counts: a schema without a namespace is read anew for each that includes it.
    total += content.length;
    if (total > MOST_CHARACTERS)
      throw specErrorAt(node, `all files together are larger than ${MOST_CHARACTERS} characters`);
    // Looked at before it is known whether it was read already: a schema without a namespace is another one in each that includes it.
    const adopted = kind === 'include' ? uri : '';
    const tree = readXmlTree(origin.file, content, adopted);
    const target = tree.attributes.get('targetNamespace');
    const isDefinitions = kind === 'wsdl' && tree.uri === WSDL && tree.local === 'definitions';
    if (!isDefinitions) checkSchema(tree, { node, uri, kind }, origin.file);
    const key = `${target ?? adopted} ${origin.id}`;
    if (seen.has(key)) return;
    seen.add(key);
    if (isDefinitions) addDefinitions(tree, origin);
    else addSchema(tree, origin, new Set());
  }

  function checkImports(): void {
    const known = new Set([...schemas.map(({ uri }) => uri), XSD, XML]);
    for (const schema of schemas) {
      for (const child of childrenNamed(schema.node, XSD, 'import')) {
        const wanted = child.attributes.get('namespace') ?? '';
        if (known.has(wanted)) continue;
        throw specErrorAt(
          child,
          `imports the namespace "${wanted}", for which there is no schema, and names no location`,
        );
      }
    }
  }
}

/** @throws SpecError where a reference leads to something else than what it says */
function checkSchema(tree: XmlNode, { node, uri, kind }: Pick<Reference, 'node' | 'uri' | 'kind'>, file: string): void {
  if (tree.uri !== XSD || tree.local !== 'schema') {
    throw specErrorAt(node, `${file} is no ${kind === 'wsdl' ? 'WSDL 1.1 file and no ' : ''}XML schema`);
  }
  const target = tree.attributes.get('targetNamespace');
  if (kind === 'wsdl' || target === uri) return;
  if (kind === 'include' ? target === undefined : uri === '' && target === undefined) return;
  throw specErrorAt(node, `${file} has the namespace "${target ?? ''}", not "${uri}"`);
}
