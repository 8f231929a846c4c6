import { XSD } from '../../generate/wsdl/documents.ts';
import { tell, type Wsdls } from './compared.ts';
import type { Wsdl } from './read-wsdl.ts';

/**
 * Finds namespaces that have another name now: one that is gone and one that is new, which declare mostly the same names.
 * A renamed namespace is one change, not one for each element in it.
 */
export function renamedNamespaces(old: Wsdl, next: Wsdl): ReadonlyMap<string, string> {
  const [before, after] = [namesIn(old), namesIn(next)];
  const fresh = new Map([...after].filter(([uri]) => !before.has(uri)));
  const renamed = new Map<string, string>();
  for (const [uri, names] of before) {
    if (after.has(uri)) continue;
    const shared = (others: ReadonlySet<string>) => [...names].filter((name) => others.has(name)).length;
    const [best] = [...fresh].sort(([, a], [, b]) => shared(b) - shared(a));
    if (best === undefined || shared(best[1]) * 2 < Math.max(names.size, best[1].size) || names.size === 0) continue;
    renamed.set(uri, best[0]);
    fresh.delete(best[0]);
  }
  return renamed;
}

/** Tells about renamed namespaces. */
export function compareNamespaces(wsdls: Wsdls, renamed: ReadonlyMap<string, string>): void {
  for (const [was, is] of renamed) {
    const node = ({ schemas, definitions }: Wsdl, uri: string) =>
      schemas.find((schema) => schema.uri === uri)?.node ?? definitions[0];
    for (const direction of ['requests', 'answers'] as const) {
      const nodes = { old: node(wsdls.old, was), new: node(wsdls.new, is) };
      tell(
        wsdls,
        'namespace-changed',
        direction,
        nodes,
        `In ${direction}, the namespace ${word(was)} is now ${word(is)}.`,
      );
    }
  }
}

function word(uri: string): string {
  return uri === '' ? 'of no name' : `\`${uri}\``;
}

function namesIn({ schemas }: Wsdl): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const { node, uri } of schemas) {
    const names = found.get(uri) ?? new Set();
    found.set(uri, names);
    for (const child of node.children) {
      const name = child.attributes.get('name');
      if (child.uri === XSD && name !== undefined) names.add(`${child.local} ${name}`);
    }
  }
  return found;
}
