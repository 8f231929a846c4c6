import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox } from '../../src/sandbox/index.ts';
import type { BenchContext, Findings } from './bench.ts';
import { builtPath } from './built-code.ts';
import { gateAtMost, pick, ratiosOf, rowsOf } from './frame.ts';
import { measureInRounds } from './rounds.ts';

const LIMIT_MS = 30_000;
/** A start takes a tenth of a second: more pairs cost little, and single starts differ much. */
const PAIRS_MORE = 2;
const WARM_UPS = 3;
const BARE = 'node -e 0';

/**
 * Times of whole processes, started alike: `latchkey auth token` with a live session and the key file, the version, the help, and a Node that does
 * nothing.
 */
export async function start({ children, pairs, tell }: BenchContext): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-start-'));
  const listening = await createSandbox().listen();
  try {
    const env = {
      HOME: folder,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      LATCHKEY_KEYCHAIN: 'off',
      LATCHKEY_KEY: '',
      LATCHKEY_STORE: '',
      LATCHKEY_PROFILE: '',
      LATCHKEY_PULSE_CRM_BASE_URL: listening.url,
      LATCHKEY_PULSE_CRM_API_KEY: 'apiKey-000000000001',
    };
    const command = join(builtPath('src/index.ts'), '../../cli/main.cjs');
    const latchkey = (...args: readonly string[]) => ({ args: [command, ...args], env });
    const login = latchkey('auth', 'token', 'pulse-crm');
    const commands = {
      login: { ...login, env: { ...env, LATCHKEY_PULSE_CRM_API_SECRET: 'secret-000000000001' } },
      'auth token': login,
      '--version': latchkey('--version'),
      '--help': latchkey('--help'),
      [BARE]: { args: ['-e', '0'], env },
    };
    const runner = children.start(builtPath('scripts/bench/start-client.ts'), [JSON.stringify(commands)]);
    await runner.ask({ about: 'login' }, LIMIT_MS);
    const measured = [];
    for (const variant of ['auth token', '--version', '--help']) {
      tell(`${variant}: warming up`);
      await runner.ask({ about: variant, calls: WARM_UPS }, LIMIT_MS);
      const plan = {
        name: `start of ${variant}`,
        variants: [variant, BARE],
        calls: 1,
        unit: 'ms',
        pairs: pairs * PAIRS_MORE - 1,
        time: (about: string) => runner.ask({ about }, LIMIT_MS),
      } as const;
      measured.push(await measureInRounds(plan, () => {}));
    }
    await runner.end();
    const ratios = measured.flatMap(ratiosOf);
    return {
      versions: {},
      rows: measured.flatMap(rowsOf),
      ratios,
      gates: [gateAtMost('start.token', 1.8, pick(ratios, BARE, 'start of auth token'))],
    };
  } finally {
    await listening.close();
    await rm(folder, { recursive: true, force: true });
  }
}
