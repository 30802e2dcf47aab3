import { expect, test } from 'vitest';
import { parseExposition } from '../../../../test/support/metrics.ts';
import { countersOf, mergeSnapshots, renderSnapshot } from './exposition.ts';
import { observe, Registry } from './registry.ts';

/** A process that has counted, and its snapshot as it comes from there. */
function snapshotOf(count: number, age: number, seconds: readonly number[], label = 'a') {
  const registry = new Registry();
  registry.counter('requests_total', 'Requests.', ['by'])(label).value += count;
  const histogram = registry.histogram('duration_seconds', 'Seconds.', [0.1, 1])();
  for (const each of seconds) observe(histogram, each);
  registry.read({ name: 'age', help: 'Age.', labels: [], merge: 'max' }, () => [[[], age]]);
  registry.read({ name: 'open', help: 'Open.', labels: [], merge: 'sum' }, () => [[[], count]]);
  return JSON.parse(JSON.stringify(registry.snapshot())) as ReturnType<Registry['snapshot']>;
}

const linesOf = (...snapshots: ReturnType<typeof snapshotOf>[]) =>
  renderSnapshot(mergeSnapshots(snapshots))
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

test('one process, as text', () => {
  const text = renderSnapshot(snapshotOf(2, 7, [0.05, 0.1, 5]));
  expect(text).toBe(`# HELP requests_total Requests.
# TYPE requests_total counter
requests_total{by="a"} 2
# HELP duration_seconds Seconds.
# TYPE duration_seconds histogram
duration_seconds_bucket{le="0.1"} 2
duration_seconds_bucket{le="1"} 2
duration_seconds_bucket{le="+Inf"} 3
duration_seconds_sum 5.15
duration_seconds_count 3
# HELP age Age.
# TYPE age gauge
age 7
# HELP open Open.
# TYPE open gauge
open 2
`);
  parseExposition(text);
});

test('several processes are added up, label by label; of ages the highest counts', () => {
  expect(linesOf(snapshotOf(2, 7, [0.05]), snapshotOf(3, 1, [0.5, 5]), snapshotOf(4, 2, [], 'b'))).toEqual([
    'requests_total{by="a"} 5',
    'requests_total{by="b"} 4',
    'duration_seconds_bucket{le="0.1"} 1',
    'duration_seconds_bucket{le="1"} 2',
    'duration_seconds_bucket{le="+Inf"} 3',
    'duration_seconds_sum 5.55',
    'duration_seconds_count 3',
    'age 7',
    'open 9',
  ]);
});

test('what a process that has ended counted stays, and what it had is gone', () => {
  const ended = countersOf(snapshotOf(2, 7, [0.05]));
  const lines = linesOf(ended, snapshotOf(3, 1, []));
  expect(lines).toContain('requests_total{by="a"} 5');
  expect(lines).toContain('duration_seconds_count 1');
  expect(lines).toContain('open 3');
  expect(lines).toContain('age 1');
});

test('a label may have any text', () => {
  const text = renderSnapshot(snapshotOf(1, 0, [], 'a "b" \\ c\nd'));
  expect(text).toContain('requests_total{by="a \\"b\\" \\\\ c\\nd"} 1');
  parseExposition(text);
});
