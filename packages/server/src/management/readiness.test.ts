import { expect, test } from 'vitest';
import { combineReadiness } from './readiness.ts';

const ready = { ready: true, checks: {} };

test('many are ready when all are', () => {
  expect(combineReadiness({ 'worker 1': ready, 'worker 2': ready })).toEqual(ready);
});

test('else it says which are not, and why', () => {
  const stale = {
    ready: false,
    checks: { database: 'gives no answer', feed: 'changes were last read long ago' },
  };
  expect(combineReadiness({ 'worker 1': ready, 'worker 2': stale, 'worker 3': undefined })).toEqual({
    ready: false,
    checks: {
      'worker 2: database': 'gives no answer',
      'worker 2: feed': 'changes were last read long ago',
      'worker 3': 'gives no answer',
    },
  });
});
