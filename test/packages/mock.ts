// A program that uses the mock of an installed server: prints the answer of its token endpoint.

import { type MockOptions, startMock } from '@tessera-oauth/server/mock';

const options: MockOptions = { dialect: 'tilia' };
const mock = await startMock(options);
const response = await fetch(mock.token_endpoint, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'a',
    client_secret: 'b',
    scope: 'read_wallet',
  }),
});
console.log(JSON.stringify({ status: response.status, body: await response.json() }));
await mock.close();
