// An API on Fastify behind access tokens.

import { createVerifier, resourceMetadata } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/fastify';
import { fastify } from 'fastify';

const { ISSUER = '', PORT } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: 'https://api.example.com' });
const { path, document } = resourceMetadata(verifier, { scopes_supported: ['invoices.read'] });

const app = fastify();
app.get(path, () => document);
app.get('/invoices', { onRequest: requireToken(verifier, { scope: 'invoices.read' }) }, (request) => ({
  client_id: tokenOf(request).client_id,
}));
await app.listen({ host: '127.0.0.1', port: Number(PORT) });
