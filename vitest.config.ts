import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    typecheck: { enabled: true, include: ['test/types/**/*.test-d.ts'], tsconfig: './tsconfig.json' },
    testTimeout: 20_000,
    coverage: {
      provider: 'v8',
      include: ['src/**', 'scripts/generate/**'],
      reporter: ['text-summary', 'json-summary'],
    },
  },
});
