// Counters, gauges and histograms as Prometheus knows them. Code on the path of a request holds its counter and adds to
// a number; everything else happens when a snapshot is taken.

/** How the values of several processes become one: by adding them up, or by taking the highest. */
type Merge = 'sum' | 'max';

interface Described {
  readonly name: string;
  readonly help: string;
  /** The names of the labels, in the order of their values. */
  readonly labels: readonly string[];
}

export interface Sample {
  /** Values of the labels. */
  readonly labels: readonly string[];
  /** The value; for a histogram, the sum of what was observed. */
  readonly value: number;
  /** Histograms only: how many observations fell into each bucket, and one more for those above all bounds. */
  readonly counts?: readonly number[];
}

/** A metric with all of its samples: plain data, which can be sent to another process as JSON. */
export interface Family extends Described {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly merge: Merge;
  /** Histograms only: the upper bounds of the buckets, ascending. */
  readonly bounds?: readonly number[];
  readonly samples: readonly Sample[];
}

export type Snapshot = readonly Family[];

export interface Counter {
  value: number;
}

export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  value: number;
}

export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram;
  let bucket = 0;
  while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket += 1;
  counts[bucket] = (counts[bucket] as number) + 1;
  histogram.value += value;
}

export class Registry {
  readonly #families: (() => Family)[] = [];

  /** Gives the counter of these values of the labels. */
  counter(name: string, help: string, labels: readonly string[] = []): (...values: string[]) => Counter {
    const children = new Children((): Counter => ({ value: 0 }));
    this.#families.push(() => ({
      ...{ name, help, labels, type: 'counter', merge: 'sum' },
      samples: children.list().map(([values, { value }]) => ({ labels: values, value })),
    }));
    return children.of;
  }

  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    labels: readonly string[] = [],
  ): (...values: string[]) => Histogram {
    const children = new Children(
      (): Histogram => ({ bounds, counts: Array<number>(bounds.length + 1).fill(0), value: 0 }),
    );
    this.#families.push(() => ({
      ...{ name, help, labels, bounds, type: 'histogram', merge: 'sum' },
      samples: children.list().map(([values, { value, counts }]) => ({
        labels: values,
        value,
        counts: [...counts],
      })),
    }));
    return children.of;
  }

  /** A metric that is read when a snapshot is taken; `values` gives each value with those of its labels. */
  read(
    described: Described & { readonly type?: 'counter' | 'gauge'; readonly merge: Merge },
    values: () => Iterable<readonly [labels: readonly string[], value: number]>,
  ): void {
    this.#families.push(() => ({
      type: 'gauge',
      ...described,
      samples: [...values()].map(([labels, value]) => ({ labels, value })),
    }));
  }

  snapshot(): Snapshot {
    return this.#families.map((family) => family());
  }
}

/** The counters or histograms of a metric, one for each combination of label values. */
class Children<T> {
  readonly #known = new Map<string, readonly [values: readonly string[], child: T]>();
  readonly #make: () => T;

  constructor(make: () => T) {
    this.#make = make;
  }

  readonly of = (...values: string[]): T => {
    const key = values.join('\n');
    const known = this.#known.get(key);
    if (known !== undefined) return known[1];
    const child = this.#make();
    this.#known.set(key, [values, child]);
    return child;
  };

  list = () => [...this.#known.values()];
}
