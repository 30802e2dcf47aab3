// What an answer is, however it came, and what every refusal must be.

import { expect } from 'vitest';

export interface Answer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const answerOf = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text(),
});

export interface ExpectedRefusal {
  readonly status?: number;
  readonly error?: string;
  /** What the request presented and no answer may repeat. */
  readonly presented?: readonly string[];
}

/** A refusal blames the client (never 5xx), is JSON with an `error`, is not to be stored, and repeats no secret. */
export function expectRefusal(answer: Answer, expected: ExpectedRefusal = {}): void {
  const { status, headers, body } = answer;
  expect(status, body).toBeGreaterThanOrEqual(400);
  expect(status, body).toBeLessThan(500);
  if (expected.status !== undefined) expect(status, body).toBe(expected.status);
  expect(headers['content-type']).toMatch(/^application\/json\b/);
  expect(headers['cache-control']).toMatch(/\bno-store\b/);
  const parsed = JSON.parse(body) as { error?: unknown };
  expect(parsed.error).toBeTypeOf('string');
  if (expected.error !== undefined) expect(parsed.error, body).toBe(expected.error);
  const whole = JSON.stringify([headers, parsed]);
  for (const value of expected.presented ?? []) expect(whole).not.toContain(value);
}

/** As `expectRefusal`, for what fetch gives. */
export async function expectRefused(
  response: Response | Promise<Response>,
  expected: ExpectedRefusal = {},
): Promise<Answer> {
  const answer = await answerOf(await response);
  expectRefusal(answer, expected);
  return answer;
}
