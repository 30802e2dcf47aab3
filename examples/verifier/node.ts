// An API on plain node:http behind access tokens.

import { createServer, type ServerResponse } from 'node:http';
import { createVerifier, resourceMetadata } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/node';

const { ISSUER = '', PORT } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: 'https://api.example.com' });
const { path, document } = resourceMetadata(verifier, { scopes_supported: ['invoices.read'] });

const json = (response: ServerResponse, value: object) =>
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));

const invoices = requireToken(
  verifier,
  { scope: 'invoices.read' },
  (request: object, response: ServerResponse) => json(response, { client_id: tokenOf(request).client_id }),
);

createServer((request, response) => {
  if (request.url === path) json(response, document);
  else if (request.url === '/invoices') invoices(request, response);
  else response.writeHead(404).end();
}).listen(Number(PORT), '127.0.0.1');
