// In which form the token endpoint answers: JSON (RFC 6749 §5.1), or a form where a dialect has it and the client wants it.

import type { Dialect } from '../dialects/dialect.ts';
import type { HttpRequest, HttpResponse } from '../model.ts';

const types = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;
type Media = keyof typeof types;

/** An answer with a JSON body as the request wants it: by its Accept, else as the dialect has it first (RFC 9110 §12.5.1). */
export function inWantedMedia(
  answer: HttpResponse,
  request: Pick<HttpRequest, 'headers'>,
  { answer_media }: Dialect,
): HttpResponse {
  if (answer_media === undefined || wanted(request, answer_media) === 'json') return answer;
  return {
    ...answer,
    headers: { 'Content-Type': `${types.form}; charset=utf-8`, ...withoutType(answer.headers) },
    body: toForm(answer.body),
  };
}

function wanted({ headers }: Pick<HttpRequest, 'headers'>, media: readonly Media[]): Media {
  const asked = String(headers.accept ?? '')
    .toLowerCase()
    .split(',', 20)
    .map((range) => range.split(';').map((part) => part.trim()))
    .map(([type, ...parameters]) => ({ type, weight: weightOf(parameters) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight);
  for (const { type } of asked) {
    const named = media.find((each) => types[each] === type);
    if (named !== undefined) return named;
  }
  return media[0] ?? 'json';
}

function weightOf(parameters: readonly string[]): number {
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const weight = q === undefined ? 1 : Number(q.slice(2));
  return Number.isNaN(weight) ? 0 : weight;
}

function toForm(json: string): string {
  const members = Object.entries(JSON.parse(json) as Readonly<Record<string, unknown>>);
  const pairs = members.map(([name, value]) => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : String(value),
  ]);
  return new URLSearchParams(pairs).toString();
}

const withoutType = (headers: HttpResponse['headers']): HttpResponse['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type'));
