import { WSDL } from '../../generate/wsdl/documents.ts';
import { childrenNamed } from '../../generate/wsdl/xml-tree.ts';
import { createReporter, type SpecDiff } from '../change.ts';
import type { SpecInput } from '../spec-input.ts';
import { compareDocumentation, quoted, tell, type Walk, type Wsdls } from './compared.ts';
import { complexView } from './content.ts';
import { comparePorts } from './diff-operations.ts';
import { createTypeComparison } from './diff-types.ts';
import { compareNamespaces, renamedNamespaces } from './namespaces.ts';
import { readWsdl, type Wsdl } from './read-wsdl.ts';
import { simpleView } from './simple.ts';
import { compareUnused } from './unused.ts';

/**
 * Compares two WSDLs of version 1.1 with their schemas.
 * @throws SpecError for a WSDL that cannot be compared
 */
export async function diffWsdl(input: { old: SpecInput; new: SpecInput }): Promise<SpecDiff> {
  const [old, next] = [await readWsdl(input.old), await readWsdl(input.new)];
  for (const wsdl of [old, next]) readEveryType(wsdl);
  const renamed = renamedNamespaces(old, next);
  const namespaceNow = (uri: string) => renamed.get(uri) ?? uri;
  const wsdls: Wsdls = { old, new: next, reporter: createReporter(), namespaceNow };
  const walk: Walk = { ...wsdls, types: createTypeComparison(wsdls) };
  compareNamespaces(wsdls, renamed);
  compareHeads(walk);
  comparePorts(walk);
  walk.types.finish();
  compareUnused(walk);
  return walk.reporter.result();
}

/** What is new or gone is never looked into otherwise. */
function readEveryType(wsdl: Wsdl): void {
  for (const { node } of wsdl.index.types) {
    if (node.local === 'complexType') complexView(wsdl, node);
    else simpleView(wsdl, { kind: 'declared', node });
  }
}

function compareHeads(walk: Walk): void {
  const [old, next] = [walk.old.definitions[0], walk.new.definitions[0]];
  if (old === undefined || next === undefined) return;
  const [was, is] = [old, next].map((root) => root.attributes.get('name'));
  if (was !== is) {
    tell(
      walk,
      'name-changed',
      'requests',
      { old, new: next },
      `The definitions are now called ${quoted(is)}; it was ${quoted(was)}.`,
    );
  }
  compareDocumentation(walk, { old, new: next }, 'the service');
  const [before, after] = [old, next].map((root) => childrenNamed(root, WSDL, 'service')[0]);
  if (before !== undefined && after !== undefined)
    compareDocumentation(walk, { old: before, new: after }, 'the service');
}
