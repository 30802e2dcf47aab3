// An API on Hono behind access tokens, for any runtime that Hono runs on.

import { createVerifier, resourceMetadata } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/hono';
import { Hono } from 'hono';

const { ISSUER = '' } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: 'https://api.example.com' });
const { path, document } = resourceMetadata(verifier, { scopes_supported: ['invoices.read'] });

const app = new Hono();
app.get(path, (c) => c.json(document));
app.get('/invoices', requireToken(verifier, { scope: 'invoices.read' }), (c) =>
  c.json({ client_id: tokenOf(c).client_id }),
);

export default app;
