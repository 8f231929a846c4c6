import { createReporter, type SpecDiff } from '../change.ts';
import type { SpecInput } from '../spec-input.ts';
import { compareDocumentation, quoted, tell, type Walk, type Wsdls } from './compared.ts';
import { complexView } from './content.ts';
import { comparePorts } from './diff-operations.ts';
import { compareRest, topPairs } from './diff-rest.ts';
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
  const reporter = createReporter();
  const wsdls: Wsdls = { old, new: next, reporter, namespaceNow, documented: new Set(), paired: new Map() };
  const walk: Walk = { ...wsdls, types: createTypeComparison(wsdls) };
  compareNamespaces(wsdls, renamed);
  compareHeads(walk);
  comparePorts(walk);
  walk.types.finish();
  const told = compareUnused(walk);
  const pairs = [...walk.paired].map(([is, was]) => ({ old: was, new: is }));
  compareRest(walk, [...topPairs(walk), ...pairs], told);
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
  const [namespace, namespaceIs] = [old, next].map((root) => root.attributes.get('targetNamespace') ?? '');
  if (walk.namespaceNow(namespace ?? '') !== namespaceIs) {
    const sentence = `The namespace of the definitions is now ${quoted(namespaceIs)}; it was ${quoted(namespace)}.`;
    tell(walk, 'name-changed', 'requests', { old, new: next }, sentence);
  }
  compareDocumentation(walk, { old, new: next }, 'the service');
}
