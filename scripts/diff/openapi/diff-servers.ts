import { type At, child, entriesUnder, faultAt, listUnder, textUnder } from './document.ts';
import type { Operation } from './operations.ts';
import { areEqual, compareRest, say, under, type Walk } from './walk.ts';

/** Compares the servers of the documents. */
export function compareServers(walk: Walk): void {
  compareLists(walk, walk.old.root, walk.new.root, '');
}

/** Compares the servers of an operation, where it or its path has some of its own. */
export function compareOperationServers(walk: Walk, old: Operation, next: Operation): void {
  const before = holder(old, walk.old.root);
  const after = holder(next, walk.new.root);
  if (before === walk.old.root && after === walk.new.root) return;
  compareLists(walk, before, after, ` of ${next.title}`);
}

function holder({ at, item }: Operation, root: At): At {
  return [at, item].find((place) => child(place, 'servers') !== undefined) ?? root;
}

function compareLists(walk: Walk, old: At, next: At, ofWhat: string): void {
  const before = serversOf(old);
  const after = serversOf(next);
  for (const [url, server] of before) {
    const same = after.get(url);
    const subject = `the server \`${url}\`${ofWhat}`;
    if (same === undefined) {
      say(walk, 'address-removed', 'requests', { old: server }, `${subject} is gone.`);
      continue;
    }
    const both = { old: server, new: same };
    const variables = under(both, 'variables');
    if (!areEqual(variables) && meaningOf(server) !== meaningOf(same)) {
      say(walk, 'address-changed', 'requests', variables, `the variables of ${subject} changed.`);
    } else if (!areEqual(variables)) {
      say(
        walk,
        'documentation-changed',
        'requests',
        variables,
        `the description of the variables of ${subject} changed.`,
      );
    }
    compareRest(walk, both, ['url', 'variables', 'servers'], subject);
  }
  const [[firstOld], [firstNew]] = [[...before.keys()], [...after.keys()]];
  if (firstOld !== firstNew && before.has(firstNew ?? '') && after.has(firstOld ?? ''))
    say(
      walk,
      'documentation-changed',
      'requests',
      { old: before.get(firstOld ?? ''), new: after.get(firstNew ?? '') },
      `the first server${ofWhat} is now \`${firstNew}\`; it was \`${firstOld}\`.`,
    );
  for (const [url, server] of after) {
    if (!before.has(url))
      say(walk, 'address-added', 'requests', { new: server }, `the server \`${url}\`${ofWhat} is new.`);
  }
}

/** Without any, the specification says, there is one at `/`. */
function serversOf(at: At): ReadonlyMap<string, At> {
  const servers = listUnder(at, 'servers').map((server): [string, At] => {
    const url = textUnder(server, 'url');
    if (url === undefined) throw faultAt(server, 'a server needs a `url`');
    return [url, server];
  });
  return new Map(servers.length === 0 ? [['/', { ...at, value: {} }]] : servers);
}

function meaningOf(server: At): string {
  const variables = entriesUnder(server, 'variables').map(([name, at]) => [
    name,
    child(at, 'default')?.value,
    child(at, 'enum')?.value,
  ]);
  return JSON.stringify(variables.sort());
}
