// A program of somebody who installed the server for its mock: prints the answer of the mock's token endpoint.

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
