// A mock of a dialect with other names, JSON and defaults: what it shows of a request follows the dialect, too.

import { afterEach, expect, test } from 'vitest';
import { type Mock, startMock } from '../../packages/server/src/mock/index.ts';

let mock: Mock;
afterEach(() => mock.close());

const dialect = {
  name: 'spelled',
  extends: 'standard',
  requests: {
    media: ['form', 'json'],
    names: { api_key: 'client_secret', pin: 'code' },
    otherwise: { grant_type: 'client_credentials' },
  },
};

const post = (type: string, body: string) =>
  fetch(mock.token_endpoint, { method: 'POST', headers: { 'content-type': type }, body });

test('secrets are masked by whichever name, in a form and in JSON, texts and numbers', async () => {
  mock = await startMock({ dialect });
  await post('application/x-www-form-urlencoded', 'client_id=a&api_key=a-secret-of-mine&pin=a-code-of-mine');
  await post('application/json', '{"client_id":"a","client_secret":1234567890123,"pin":"a-code-of-mine"}');
  const shown = JSON.stringify(mock.requests());
  expect(shown).toContain('"api_key":"masked:');
  expect(shown).toContain('"client_secret":"masked:');
  for (const secret of ['a-secret-of-mine', 'a-code-of-mine', '1234567890123'])
    expect(shown).not.toContain(secret);
});

test('a default grant is named by no request but those for a token', async () => {
  mock = await startMock({ dialect });
  await post('application/x-www-form-urlencoded', 'client_id=a&client_secret=b');
  await fetch(mock.jwks_uri);
  const grants = mock.requests().map(({ grant_type }) => grant_type);
  expect(grants).toEqual(['client_credentials', undefined]);
});
