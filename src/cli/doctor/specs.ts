import { stat } from 'node:fs/promises';
import { generate, SpecError, UsageError } from '../../../scripts/generate/index.ts';
import { type Check, failed, ok, reasonOf, warning } from './check.ts';

/** Whether generated files are what the specs of the working folder give; nothing where there is neither a configuration nor a folder of both. */
export async function checkSpecs(signal: AbortSignal): Promise<Check[]> {
  const [config, specs, generated] = await Promise.all(['latchkey.config.json', 'specs', 'generated'].map(isThere));
  if (!config && !(specs && generated)) return [];
  try {
    const { ok: isFresh, files } = await generate({ check: true, signal });
    if (isFresh) return [ok('specs', `${files.length} generated files are what the specs give.`)];
    const stale = files.filter(({ state }) => state !== 'same').map(({ file }) => file);
    const text = `${stale.length} of ${files.length} generated files are not what the specs give (${stale.slice(0, 3).join(', ')}${stale.length > 3 ? ', …' : ''}).`;
    return [failed('specs', text, 'latchkey generate')];
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SpecError)
      return [failed('specs', reasonOf(error), 'Mend the spec, or lay an overlay over it.')];
    if (error instanceof UsageError) return [warning('specs', reasonOf(error), 'latchkey generate --help')];
    return [
      warning(
        'specs',
        `It cannot be seen whether generated files are fresh: ${reasonOf(error)}.`,
        'latchkey generate --check',
      ),
    ];
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
