import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/**/src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: './test/support/start-postgres.ts',
    maxWorkers: 2,
    // For what hangs, not for what is slow: the machine may have much else to do.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // No test may need what another has left behind.
    sequence: { shuffle: { tests: true } },
    // A test that asserts nothing, since its loop had nothing to go through or its callback was never called, has failed.
    expect: { requireAssertions: true, poll: { timeout: 20_000 } },
    reporters: ['default', './test/support/closing-line.ts'],
  },
});
