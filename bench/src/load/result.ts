// What every load generator is given, and what it measures.

import type { Target } from '../subjects/subjects.ts';

export type Run = { tokensPerSecond: number; p50: number; p99: number };
export type LoadResult = Run & { problems: Record<string, number> };
export type LoadName = 'wrk' | 'autocannon';
export type Load = { name: LoadName; run: (target: Target, seconds: number) => Promise<LoadResult> };
