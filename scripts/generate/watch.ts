import { dirname, relative, resolve, sep } from 'node:path';
import { type InputOptions, type Inputs, settleInputs } from './inputs.ts';
import { asMissingPackage } from './missing-package.ts';
import { STAGING } from './output.ts';
import { reasonOf } from './spec-error.ts';

/** Editors write a file in several steps. */
const QUIET_MS = 100;

/** What is asked of a watch. */
export interface WatchOptions extends InputOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Runs a task now, and again whenever a file changes in a folder that holds a spec or the configuration, until the signal fires. Changes
 * during a run lead to one more run after it. What is generated is not watched, nor what lies in folders called `node_modules` or `.git`.
 * Where a changed configuration names other folders, these are watched from then on.
 * @throws Error when the package `chokidar` is missing or files cannot be watched, UsageError when there is nothing to watch
 */
export async function watchSpecs(options: WatchOptions, task: () => Promise<void>): Promise<void> {
  const { signal } = options;
  const inputs = await settleInputs(options);
  const folders = new Set(foldersOf(inputs));
  let isLeftOut = leftOutBy(inputs);
  const { watch } = await import('chokidar').catch((error: unknown) => {
    throw asMissingPackage(error, 'watching') ?? error;
  });
  const watcher = watch([...folders], {
    ignoreInitial: true,
    ignored: (path) => isLeftOut(path),
    awaitWriteFinish: { stabilityThreshold: QUIET_MS, pollInterval: 20 },
  });
  let wake = (): void => {};
  let isStale = true;
  let failure: unknown;
  const alarm = (): void => {
    isStale = true;
    wake();
  };
  const asleep = (): Promise<void> => new Promise((done) => (wake = done));
  signal.addEventListener('abort', alarm, { once: true });
  try {
    watcher.on('error', (error) => {
      failure = new Error(`files cannot be watched: ${reasonOf(error)}`, { cause: error });
      alarm();
    });
    // What changes before everything is watched would be taken for what was there.
    const ready = new Promise<void>((done) => void watcher.once('ready', () => done()));
    await Promise.race([ready, asleep()]);
    watcher.on('all', alarm);
    while (!signal.aborted && failure === undefined) {
      if (!isStale) await asleep();
      else {
        isStale = false;
        await task();
        // One that cannot be read is told by the task, and looked at again when it has changed.
        const next = await settleInputs(options).catch(() => inputs);
        isLeftOut = leftOutBy(next);
        for (const folder of foldersOf(next)) if (!folders.has(folder)) watcher.add(folder);
        for (const folder of foldersOf(next)) folders.add(folder);
      }
    }
    if (failure !== undefined) throw failure;
  } finally {
    signal.removeEventListener('abort', alarm);
    await watcher.close();
  }
}

/** What is watched: folders of specs and overlays, and the configuration. */
function foldersOf({ found, configFile }: Inputs): string[] {
  const files = found.files.flatMap(({ path, overlays = [] }) => [path, ...overlays]);
  const folders = files.map((path) => dirname(resolve(path)));
  return [...new Set(configFile === undefined ? folders : [...folders, resolve(configFile)])];
}

/** A folder of specs may hold the output folder, and the other way round. */
function leftOutBy(inputs: Inputs): (path: string) => boolean {
  const out = resolve(inputs.out);
  const generated = inputs.found.files.map(({ system }) => resolve(out, system));
  const folders = foldersOf(inputs);
  return (path) => {
    if (path.startsWith(resolve(out, STAGING))) return true;
    if (generated.some((folder) => path === folder || path.startsWith(folder + sep))) return true;
    const ways = folders.map((folder) => relative(folder, path).split(sep)).filter(([first]) => first !== '..');
    return ways.length > 0 && ways.every((steps) => steps.some((step) => step === 'node_modules' || step === '.git'));
  };
}
