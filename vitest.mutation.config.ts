import { defineConfig } from 'vitest/config';

/** The tests that hold the code which Stryker changes: quick ones, in this process, without servers of other makes. */
export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    exclude: ['test/unit/{generate,sandbox,soap-generate}*.test.ts', 'test/unit/storm.test.ts'],
    testTimeout: 20_000,
    env: { LATCHKEY_KEYCHAIN: 'off', LATCHKEY_MODEL_RUNS: '30' },
  },
});
