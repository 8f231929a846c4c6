import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    testTimeout: 20_000,
    // Most of what they take is spent in programs that they start: one worker fewer than cores would leave a core idle.
    maxWorkers: '100%',
    // What waits for the end of a lease can wait beside others.
    maxConcurrency: 10,
    // Stores that are given no key are not to put one into the keychain of whoever runs the tests.
    env: { LATCHKEY_KEYCHAIN: 'off' },
    coverage: {
      provider: 'v8',
      include: ['src/**', 'scripts/generate/**'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
