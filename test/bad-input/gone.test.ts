// Clients that hang up before they are answered: no fault of the server's, and none in its log.

import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { urlOf } from '../support/endpoints.ts';
import { rawRequest } from '../support/raw-http.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer();

/** Sends the request, and breaks the connection `ms` after that. */
const sendAndGo = (port: number, request: Buffer, ms: number) =>
  new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(request, () => setTimeout(() => socket.resetAndDestroy(), ms)),
    );
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });

test('a request whose connection breaks', async () => {
  const { port, log } = steadfast.server;
  const { client_id, client_secret } = steadfast.client('standard');
  const form = { grant_type: 'client_credentials', client_id, client_secret };
  const { pathname } = new URL(urlOf(steadfast.server, 'standard', 'token'));
  const request = rawRequest(pathname, { body: new URLSearchParams(form).toString() });
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => sendAndGo(port, request, index % 3)));
  }
  expect(log.filter(({ reason }) => reason === 'fault')).toEqual([]);
});
