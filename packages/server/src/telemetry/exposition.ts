// Merges the snapshots of several processes, and writes a snapshot as text (Prometheus exposition format 0.0.4).

import type { Family, Sample, Snapshot } from './registry.ts';

export const expositionType = 'text/plain; version=0.0.4; charset=utf-8';

/** One snapshot for all processes. */
export function mergeSnapshots(snapshots: readonly Snapshot[]): Snapshot {
  const families = Map.groupBy(snapshots.flat(), ({ name }) => name);
  return [...families.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const samples = Map.groupBy(
      same.flatMap((family) => family.samples),
      ({ labels }) => JSON.stringify(labels),
    );
    return [{ ...first, samples: [...samples.values()].map((equal) => mergeSamples(equal, first)) }];
  });
}

function mergeSamples(samples: readonly Sample[], { merge, type }: Family): Sample {
  return samples.reduce((one, other) => ({
    labels: one.labels,
    value: merge === 'sum' ? one.value + other.value : Math.max(one.value, other.value),
    ...(type === 'histogram' && {
      counts: one.counts?.map((count, index) => count + (other.counts?.[index] ?? 0)) ?? [],
    }),
  }));
}

/** What still counts of a process that has ended: its counters, so that no total goes back. */
export const countersOf = (snapshot: Snapshot): Snapshot => snapshot.filter(({ type }) => type !== 'gauge');

export function renderSnapshot(snapshot: Snapshot): string {
  return snapshot.map(renderFamily).join('');
}

function renderFamily(family: Family): string {
  const { name, help, type, samples } = family;
  const lines = samples.flatMap((sample) =>
    type === 'histogram'
      ? histogramLines(family, sample)
      : [line(name, family.labels, sample.labels, sample.value)],
  );
  const about = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `${[`# HELP ${name} ${about}`, `# TYPE ${name} ${type}`, ...lines].join('\n')}\n`;
}

/** A bucket counts every observation up to its bound, the smaller buckets included. */
function histogramLines(
  { name, labels, bounds = [] }: Family,
  { labels: values, value, counts = [] }: Sample,
) {
  let count = 0;
  const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index) => {
    count += counts[index] ?? 0;
    return line(`${name}_bucket`, [...labels, 'le'], [...values, spell(bound)], count);
  });
  return [
    ...buckets,
    line(`${name}_sum`, labels, values, value),
    line(`${name}_count`, labels, values, count),
  ];
}

function line(name: string, labels: readonly string[], values: readonly string[], value: number): string {
  const pairs = labels.map((label, index) => `${label}="${escapeLabel(values[index] ?? '')}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${spell(value)}`;
}

const escapeLabel = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

const spell = (value: number): string => (value === Number.POSITIVE_INFINITY ? '+Inf' : String(value));
