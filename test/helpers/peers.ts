import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LONGEST_RUN_MS = 30_000;
const LONGEST_OUTPUT_BYTES = 64 * 2 ** 20;

/** Debian's own, which have Debian's modules: the first on the PATH may be others. */
export const python = '/usr/bin/python3';
export const perl = '/usr/bin/perl';

/** Programs that nobody here wrote, the Debian package of each, and what runs well where it is there. */
const peers = {
  curl: { package: 'curl', probe: ['curl', '--version'] },
  gsoap: { package: 'gsoap', probe: ['wsdl2h', '-V'] },
  'JSON::Validator': { package: 'libjson-validator-perl', probe: [perl, '-MJSON::Validator', '-e', '1'] },
  oathtool: { package: 'oathtool', probe: ['oathtool', '--version'] },
  php: { package: 'php-cli', probe: ['php', '--version'] },
  'php-soap': { package: 'php-soap', probe: ['php', '-r', 'exit(extension_loaded("soap") ? 0 : 1);'] },
  python3: { package: 'python3', probe: [python, '--version'] },
  xmllint: { package: 'libxml2-utils', probe: ['xmllint', '--version'] },
  zeep: {
    package: 'python3-zeep',
    probe: [python, '-c', 'import importlib.util, sys; sys.exit(importlib.util.find_spec("zeep") is None)'],
  },
} as const satisfies Record<string, { package: string; probe: readonly [string, ...string[]] }>;

/**
 * Whether all of these are on this machine; says what is missing and how to get it. Tests that need them: `describe.skipIf(!hasPeers(…))`.
 * @param what what is not tested without them
 * @throws Error in CI, where nothing may be skipped
 */
export function hasPeers(what: string, ...names: readonly (keyof typeof peers)[]): boolean {
  const missing = names.filter((name) => {
    const [program, ...args] = peers[name].probe;
    return spawnSync(program, args, { timeout: LONGEST_RUN_MS }).status !== 0;
  });
  if (missing.length === 0) return true;
  const packages = missing.map((name) => peers[name].package).join(' ');
  const message = `${what}: there is no ${missing.join(' and no ')} here: apt-get install ${packages}`;
  if (process.env.CI === 'true') throw new Error(message);
  process.stderr.write(`Skipped: ${message}\n`);
  return false;
}

/** What a program printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, for half a minute at most; proxies and settings of whoever runs the tests do not reach it. */
export function runPeer(program: string, args: readonly string[], input = ''): Promise<Ran> {
  const options = { env: bareEnv(), timeout: LONGEST_RUN_MS, maxBuffer: LONGEST_OUTPUT_BYTES };
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { ...options, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === 'number') resolve({ code: error.code, stdout, stderr });
      else reject(new Error(`${program} did not end by itself: ${stderr.slice(-2000)}`, { cause: error }));
    });
    // Whoever ends without reading all of it is judged by how it ends.
    child.stdin?.on('error', () => {}).end(input);
  });
}

/** A program that serves over HTTP until it is disposed of. */
export interface PeerServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts a PHP script on a free loopback port; resolves when it listens. */
export async function servePhp(script: string, env: Record<string, string>): Promise<PeerServer> {
  const [php] = peers.php.probe;
  const child = spawn(php, ['-S', '127.0.0.1:0', script], {
    env: { ...bareEnv(), ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  // Whoever ends this process in the middle of a test leaves no server behind.
  process.once('exit', kill);
  const isOver = once(child, 'exit');
  const end = async (): Promise<void> => {
    kill();
    await isOver;
    process.off('exit', kill);
  };
  const timer = setTimeout(kill, LONGEST_RUN_MS);
  let printed = '';
  for await (const text of child.stderr.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    printed += text;
    const [, url] = /Development Server \((http:\/\/127\.0\.0\.1:[1-9]\d*)\) started/.exec(printed) ?? [];
    if (url === undefined) continue;
    clearTimeout(timer);
    child.stderr.resume();
    return { url, [Symbol.asyncDispose]: end };
  }
  clearTimeout(timer);
  await end();
  throw new Error(`php does not serve: ${printed}`);
}

/** A folder of the test's own, removed when it is disposed of. */
export async function scratchFolder(): Promise<{ readonly path: string } & Disposable> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-peers-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

function bareEnv(): Record<string, string> {
  return { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', NO_PROXY: '*', no_proxy: '*' };
}
