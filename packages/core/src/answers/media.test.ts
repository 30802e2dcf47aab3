import { expect, test } from 'vitest';
import { standard } from '../dialects/standard.ts';
import { inWantedMedia } from './media.ts';

const json = {
  status: 200,
  headers: { 'content-type': 'application/json', 'Cache-Control': 'no-store' },
  body: '{"access_token":"a+b","n":3600,"ok":true,"none":null,"list":["x",{"y":1}],"text":"ä&="}',
};
const form =
  'access_token=a%2Bb&n=3600&ok=true&none=null&list=%5B%22x%22%2C%7B%22y%22%3A1%7D%5D&text=%C3%A4%26%3D';

type Media = 'json' | 'form';
const bodyFor = (answer_media: readonly Media[] | undefined, accept: string | string[] | undefined) =>
  inWantedMedia(json, { headers: { accept } }, { ...standard, answer_media } as typeof standard).body;

test.each<[media: readonly Media[] | undefined, accept: string | string[] | undefined, isForm: boolean]>([
  // What the client asks for counts only where the dialect has it.
  [undefined, 'application/x-www-form-urlencoded', false],
  [['json'], 'application/x-www-form-urlencoded', false],
  [['json', 'form'], 'application/x-www-form-urlencoded', true],
  [['json', 'form'], 'APPLICATION/X-WWW-Form-Urlencoded ; q=1', true],
  [['form', 'json'], 'application/json', false],
  [['form'], 'application/json', true],
  // The first where Accept does not choose.
  [['json', 'form'], undefined, false],
  [['form', 'json'], undefined, true],
  [['form', 'json'], '*/*', true],
  [['form', 'json'], 'text/html', true],
  // RFC 9110 §12.5.1: by weight, and never what has none.
  [['form', 'json'], 'application/x-www-form-urlencoded;q=0.1, application/json;q=0.2', false],
  [['form', 'json'], 'application/json;q=0, application/x-www-form-urlencoded', true],
  [['json', 'form'], 'application/json;q=0', false],
  [['json', 'form'], 'text/html, application/x-www-form-urlencoded;q=0.5, application/json', false],
  [['form', 'json'], 'application/json;q=oops', true],
  [['form', 'json'], ['text/html', 'application/json'], false],
  // Beyond twenty ranges nothing is read.
  [['json', 'form'], `${'text/html, '.repeat(20)}application/x-www-form-urlencoded`, false],
])('%j, Accept: %s: a form %j', (media, accept, isForm) => {
  expect(bodyFor(media, accept)).toBe(isForm ? form : json.body);
});

test('a form has its own type, and every other header', () => {
  const answer = inWantedMedia(json, { headers: {} }, { ...standard, answer_media: ['form'] });
  expect(answer).toEqual({
    status: 200,
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
      'Cache-Control': 'no-store',
    },
    body: form,
  });
});
