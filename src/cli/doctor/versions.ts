import { createRequire } from 'node:module';
import { readManifest } from '../../../scripts/generate/manifest.ts';
import { type Check, ok, warning } from './check.ts';

/** Packages that only some need, and what for. */
const OPTIONAL = {
  '@napi-rs/keyring': 'the OS keychain',
  ioredis: 'a store in Redis',
  msw: 'the sandbox in tests',
  selfsigned: 'the sandbox over HTTPS',
  'openapi-typescript': 'generating from OpenAPI',
  chokidar: 'generate --watch',
} as const;

/** Versions of what runs, and which optional packages are there. */
export function checkVersions(): Check[] {
  const { version } = readManifest();
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const isOld = major < 20 || (major === 20 && minor < 19);
  const running = `latchkey ${version} on Node.js ${process.versions.node} (${process.platform} ${process.arch})`;
  const { resolve } = createRequire(import.meta.url);
  const isThere = (name: string): boolean => {
    try {
      resolve(name);
      return true;
    } catch (error) {
      // One that only modules may import is there, too.
      return error instanceof Error && 'code' in error && error.code === 'ERR_PACKAGE_PATH_NOT_EXPORTED';
    }
  };
  const listed = Object.entries(OPTIONAL).map(([name, use]) => ({ text: `${name} (${use})`, isHere: isThere(name) }));
  const texts = (isHere: boolean): string =>
    listed
      .filter((each) => each.isHere === isHere)
      .map(({ text }) => text)
      .join(', ') || 'none';
  return [
    isOld
      ? warning('versions', `${running} is older than what it is made for`, 'Take Node.js 20.19 or later.')
      : ok('versions', `${running}.`),
    ok('optional-packages', `Installed: ${texts(true)}. Not installed: ${texts(false)}.`),
  ];
}
