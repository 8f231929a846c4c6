import { dirname, resolve, sep } from 'node:path';
import { type InputOptions, settleInputs } from './inputs.ts';
import { asMissingPackage } from './missing-package.ts';

/** Editors write a file in several steps. */
const QUIET_MS = 100;

/** What is asked of a watch. */
export interface WatchOptions extends InputOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Runs a task now, and again whenever a file changes in a folder that holds a spec or the configuration, until the signal fires. Changes
 * during a run lead to one more run after it. The output folder is not watched, nor what lies in `node_modules` or `.git`.
 * @throws Error when the package `chokidar` is missing, UsageError when there is nothing to watch
 */
export async function watchSpecs(options: WatchOptions, task: () => Promise<void>): Promise<void> {
  const { signal } = options;
  const { found, out, configFile } = await settleInputs(options);
  const { watch } = await import('chokidar').catch((error: unknown) => {
    throw asMissingPackage(error) ?? error;
  });
  const folders = new Set(
    found.files.flatMap(({ path, overlays = [] }) => [path, ...overlays]).map((path) => resolve(dirname(path))),
  );
  if (configFile !== undefined) folders.add(resolve(configFile));
  const left = [
    resolve(out),
    ...[...folders].flatMap((folder) => [resolve(folder, 'node_modules'), resolve(folder, '.git')]),
  ];
  const watcher = watch([...folders], {
    ignoreInitial: true,
    ignored: (path) => left.some((folder) => path === folder || path.startsWith(folder + sep)),
    awaitWriteFinish: { stabilityThreshold: QUIET_MS, pollInterval: 20 },
  });
  let wake = (): void => {};
  let isStale = true;
  const alarm = (): void => {
    isStale = true;
    wake();
  };
  const asleep = (): Promise<void> => new Promise((done) => (wake = done));
  signal.addEventListener('abort', alarm, { once: true });
  try {
    watcher.on('all', alarm);
    while (!signal.aborted) {
      if (!isStale) await asleep();
      else {
        isStale = false;
        await task();
      }
    }
  } finally {
    signal.removeEventListener('abort', alarm);
    await watcher.close();
  }
}
