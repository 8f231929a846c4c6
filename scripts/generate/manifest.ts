import { readFileSync } from 'node:fs';

/** What the generator needs to know of its own package. */
export interface Manifest {
  readonly version: string;
  /** The range of a package's versions that the generator works with, or `undefined` if it names none. */
  rangeOf(packageName: string): string | undefined;
}

/** Reads the nearest `package.json` of this package above this file: sources and build lie at different depths. */
export function readManifest(): Manifest {
  let folder = new URL('./', import.meta.url);
  for (;;) {
    const manifest = ownManifest(new URL('package.json', folder));
    if (manifest !== undefined) return manifest;
    const parent = new URL('../', folder);
    if (parent.href === folder.href) throw new Error('latchkey: package.json not found above the generator');
    folder = parent;
  }
}

function ownManifest(file: URL): Manifest | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const found: unknown = JSON.parse(text);
  const version = textAt(found, 'version');
  if (textAt(found, 'name') !== 'latchkey' || version === undefined) return undefined;
  const lists = ['peerDependencies', 'dependencies', 'devDependencies'].map((key) => valueAt(found, key));
  return {
    version,
    rangeOf: (name) => lists.map((list) => textAt(list, name)).find((range) => range !== undefined),
  };
}

function valueAt(value: unknown, key: string): unknown {
  return Object.entries(value ?? {}).find(([name]) => name === key)?.[1];
}

function textAt(value: unknown, key: string): string | undefined {
  const found = valueAt(value, key);
  return typeof found === 'string' ? found : undefined;
}
