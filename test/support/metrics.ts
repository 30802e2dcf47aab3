// Reads /metrics, strictly: what is not the text format 0.0.4 of Prometheus fails the test.

import type { TestServer } from './server.ts';

export interface Metric {
  readonly type: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

export class Scraped {
  readonly text: string;
  readonly metrics: ReadonlyMap<string, Metric>;

  constructor(text: string) {
    this.text = text;
    this.metrics = parseExposition(text);
  }

  /** The sum of the samples of `name` that have all of these labels; 0 where there is none. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    const family = name.replace(/_(count|sum|bucket)$/, '');
    const metric = this.metrics.get(this.metrics.get(name) === undefined ? family : name);
    if (metric === undefined) throw new Error(`no metric ${name}`);
    return metric.samples
      .filter((sample) => sample.labels.__name__ === name)
      .filter((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }
}

export const managementUrl = ({ management }: TestServer, path: string): string =>
  `http://127.0.0.1:${management?.port}${path}`;

export async function scrape(server: TestServer): Promise<Scraped> {
  const response = await fetch(managementUrl(server, '/metrics'));
  const type = response.headers.get('content-type');
  if (response.status !== 200 || type !== 'text/plain; version=0.0.4; charset=utf-8')
    throw new Error(`/metrics answered ${response.status} ${type}`);
  return new Scraped(await response.text());
}

const pair = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const sampleLine = new RegExp(
  `^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(${pair}(?:,${pair})*)\\})? (\\+Inf|-?[0-9.e+-]+)$`,
);

/** Each metric: HELP, TYPE, then its samples, no two alike. */
export function parseExposition(text: string): ReadonlyMap<string, Metric> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const metrics = new Map<string, Metric>();
  for (const block of text.slice(0, -1).split(/\n(?=# HELP )/)) {
    const [help = '', type = '', ...lines] = block.split('\n');
    const [, name = ''] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/.exec(help) ?? [];
    const [, typed, kind = ''] = /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(type) ?? [];
    if (name === '' || typed !== name || metrics.has(name))
      throw new Error(`not a metric: ${help} / ${type}`);
    const samples = lines.map((line) => parseSample(line, name, kind));
    if (new Set(samples.map(({ labels }) => JSON.stringify(labels))).size !== samples.length)
      throw new Error(`${name} has two samples of the same labels`);
    if (kind === 'histogram') checkBuckets(name, samples);
    metrics.set(name, { type: kind, samples });
  }
  return metrics;
}

function parseSample(line: string, family: string, kind: string) {
  const [, name = '', pairs = '', value = ''] = sampleLine.exec(line) ?? [];
  const names = kind === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => family + end) : [family];
  if (!names.includes(name)) throw new Error(`not a sample of ${family}: ${line}`);
  const labels = [...pairs.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(
    ([, label = '', text = '']) => [label, text] as const,
  );
  if (new Set(labels.map(([label]) => label)).size !== labels.length)
    throw new Error(`a label twice: ${line}`);
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  if (Number.isNaN(number) || (kind === 'counter' && number < 0)) throw new Error(`not a value: ${line}`);
  return {
    labels: { __name__: name, ...Object.fromEntries(labels) } as Record<string, string>,
    value: number,
  };
}

/** Buckets ascend, and the last one, +Inf, holds as many as there are. */
function checkBuckets(name: string, samples: Metric['samples']): void {
  const series = Map.groupBy(samples, ({ labels: { __name__, le, ...rest } }) => JSON.stringify(rest));
  for (const own of series.values()) {
    const buckets = own.filter(({ labels }) => labels.le !== undefined);
    const counts = buckets.map(({ value }) => value);
    const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')));
    const count = own.find(({ labels }) => labels.__name__ === `${name}_count`)?.value;
    const sums = own.filter(({ labels }) => labels.__name__ === `${name}_sum`);
    const ascending = (list: number[]) =>
      list.every((each, index) => index === 0 || each >= (list[index - 1] ?? 0));
    if (!ascending(counts) || !ascending(bounds) || bounds.at(-1) !== Number.POSITIVE_INFINITY)
      throw new Error(`the buckets of ${name} do not ascend to +Inf`);
    if (counts.at(-1) !== count || sums.length !== 1)
      throw new Error(`${name} has no count or no sum that fits`);
  }
}
