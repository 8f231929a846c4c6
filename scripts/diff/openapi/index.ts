import { createReporter, type SpecDiff } from '../change.ts';
import type { SpecInput } from '../spec-input.ts';
import { compareOperations } from './diff-operations.ts';
import { createSchemaComparison } from './diff-schema.ts';
import { compareSecurity } from './diff-security.ts';
import { compareServers } from './diff-servers.ts';
import { type At, child, entriesUnder, type OpenApiDocument, objectUnder, readDocument } from './document.ts';
import { isObject, pointerKeys } from './json.ts';
import { areEqual, type Both, compareExtensions, compareRest, say, under, type Walk } from './walk.ts';

const ROOT_KEYS = ['openapi', 'info', 'servers', 'paths', 'webhooks', 'components', 'security', 'externalDocs'];

/**
 * Compares two OpenAPI documents of version 3.x.
 * @throws SpecError for a document that cannot be compared
 */
export async function diffOpenApi(input: { old: SpecInput; new: SpecInput }): Promise<SpecDiff> {
  const documents = {
    old: await readDocument(input.old),
    new: await readDocument(input.new),
    reporter: createReporter(),
  };
  const walk: Walk = { ...documents, schemas: createSchemaComparison(documents) };
  const both: Both = { old: walk.old.root, new: walk.new.root };
  compareHead(walk, both);
  compareServers(walk);
  compareSecurity(walk);
  compareOperations(walk);
  walk.schemas.finish();
  compareUnused(walk);
  return walk.reporter.result();
}

function compareHead(walk: Walk, both: Both): void {
  const version = under(both, 'openapi');
  if (!areEqual(version)) {
    const [is, was] = [String(version.new?.value), String(version.old?.value)];
    say(
      walk,
      'documentation-changed',
      'requests',
      version,
      `the document is now written in OpenAPI ${is}; it was ${was}.`,
    );
  }
  const info = { old: child(both.old, 'info') ?? both.old, new: child(both.new, 'info') ?? both.new };
  for (const key of new Set([info.old, info.new].flatMap(({ value }) => (isObject(value) ? Object.keys(value) : [])))) {
    const at = {
      old: info.old === both.old ? undefined : child(info.old, key),
      new: info.new === both.new ? undefined : child(info.new, key),
    };
    if (!areEqual(at) && !ROOT_KEYS.includes(key))
      say(walk, 'documentation-changed', 'requests', at, `the ${key} of the service changed.`);
  }
  const links = under(both, 'externalDocs');
  if (!areEqual(links))
    say(walk, 'documentation-changed', 'requests', links, 'the link to more documentation of the service changed.');
  compareRest(walk, both, ROOT_KEYS, 'the service');
  for (const key of ['paths', 'webhooks', 'components']) compareExtensions(walk, under(both, key), `the ${key}`);
}

/** Definitions that no operation leads to mean nothing on the wire, but someone may read them. */
function compareUnused(walk: Walk): void {
  const [used, usedNow] = [walk.old.used(), walk.new.used()];
  const [old, next] = [definitionsOf(walk.old), definitionsOf(walk.new)];
  for (const key of new Set([...old.keys(), ...next.keys()])) {
    const at = { old: old.get(key), new: next.get(key) };
    const isExample = key.startsWith('#/components/examples/');
    // What operations lead to on each side where it stands is compared with what stands in its place.
    const isCompared = (at.old === undefined || used.has(key)) && (at.new === undefined || usedNow.has(key));
    if ((!isExample && isCompared) || areEqual(at)) continue;
    const what = at.old === undefined ? 'is new' : at.new === undefined ? 'is gone' : 'changed';
    const name = pointerKeys(key).at(-1) ?? '';
    if (isExample) say(walk, 'documentation-changed', 'requests', at, `the example \`${name}\` ${what}.`);
    else say(walk, 'unused-changed', 'requests', at, `\`${name}\`, which no operation uses, ${what}.`);
  }
}

function definitionsOf({ root }: OpenApiDocument): ReadonlyMap<string, At> {
  const components = objectUnder(root, 'components');
  if (components === undefined) return new Map();
  const kinds = Object.keys(components.value).filter((kind) => !kind.startsWith('x-') && kind !== 'securitySchemes');
  return new Map(kinds.flatMap((kind) => entriesUnder(components, kind)).map(([, at]) => [at.pointer, at]));
}
