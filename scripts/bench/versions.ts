import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Versions of installed packages, each from its own package.json. @throws Error if one is not installed */
export function versionsOf(...packages: readonly string[]): Record<string, string> {
  return Object.fromEntries(packages.map((name) => [name, versionIn(require.resolve(`${name}/package.json`))]));
}

function versionIn(file: string): string {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (typeof found === 'object' && found !== null && 'version' in found && typeof found.version === 'string') {
    return found.version;
  }
  throw new Error(`${file} has no version`);
}
