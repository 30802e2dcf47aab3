import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** In a fresh clone Vitest knows no durations and begins with large files. The one that takes longest is a small one. */
class ContractFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isContract = ({ moduleId }: TestSpecification) => moduleId.endsWith('/contract.test.ts');
    return (await super.sort(files)).toSorted((a, b) => Number(isContract(b)) - Number(isContract(a)));
  }
}

// Each process loads the same packages: they are compiled once for all of them.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/vitest');

/** What all tests have in common. */
const common = {
  setupFiles: ['./test/support/rsa-keys.ts', './test/support/own-process.ts'],
  // Files share processes: most would take longer to load the server than to use it.
  isolate: false,
  // For what hangs, not for what is slow: the machine may have much else to do.
  testTimeout: 60_000,
  hookTimeout: 60_000,
  // No test may need what another has left behind.
  sequence: { shuffle: { tests: true } },
  // A test that asserts nothing, since its loop had nothing to go through or its callback was never called, has failed.
  expect: { requireAssertions: true, poll: { timeout: 20_000 } },
};

export default defineConfig({
  test: {
    globalSetup: './test/support/start-postgres.ts',
    // One more than the cores of a small machine: tests wait for servers and databases a quarter of their time.
    maxWorkers: 3,
    sequence: { sequencer: ContractFirst },
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      { test: { ...common, name: 'unit', include: ['packages/**/src/**/*.test.ts'] } },
      { test: { ...common, name: 'whole', include: ['test/**/*.test.ts'] } },
    ],
  },
});
