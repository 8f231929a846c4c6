import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScratchApp } from './scratch-app.ts';

/** What happened while a module was imported in a fresh process. */
export interface Loading {
  /** Paths below node_modules of all modules loaded, those that CommonJS modules required too. */
  readonly modules: readonly string[];
  /** Uses of disk, environment and child processes by the modules themselves. */
  readonly uses: readonly string[];
}

const recorder = join(import.meta.dirname, 'record-loading.mjs');

/** Imports one module in the app, in a process that notes what it loads. */
export async function recordLoading(app: ScratchApp, specifier: string): Promise<Loading> {
  const notes = join(app.folder, 'notes.jsonl');
  const probe = join(app.folder, 'probe.mjs');
  await rm(notes, { force: true });
  await writeFile(probe, `await import(${JSON.stringify(specifier)});\n`);
  const { code, stderr } = await app.node(['--import', recorder, probe, notes]);
  if (code !== 0) throw new Error(`importing ${specifier} failed:\n${stderr}`);
  const lines = (await readFile(notes, 'utf8')).trimEnd().split('\n');
  // The recorder wrote these lines.
  const events = lines.map((line) => JSON.parse(line) as { kind: string; what: string });
  const modules = events.flatMap(({ kind, what }) =>
    kind === 'module' ? what.split('/node_modules/').slice(1).slice(-1) : [],
  );
  const uses = events.flatMap(({ kind, what }) => (kind === 'module' ? [] : [`${kind}: ${what}`]));
  return { modules: [...new Set(modules)].sort(), uses };
}
