import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The quick tests first: Stryker stops at the first that notices a change. Vitest begins with those that take longest. */
class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).reverse();
  }
}

/** The tests that hold the code which Stryker changes, all in one thread: there may be thousands of runs. */
export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts'],
    exclude: ['test/unit/{generate,sandbox,soap-generate}*.test.ts', 'test/unit/storm.test.ts'],
    isolate: false,
    fileParallelism: false,
    sequence: { sequencer: QuickFirst },
    testTimeout: 20_000,
    env: { LATCHKEY_KEYCHAIN: 'off', LATCHKEY_MODEL_RUNS: '30' },
  },
});
