// An API on Express behind access tokens.

import { createVerifier, resourceMetadata } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/express';
import express from 'express';

const { ISSUER = '', PORT } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: 'https://api.example.com' });
const { path, document } = resourceMetadata(verifier, { scopes_supported: ['invoices.read'] });

const app = express();
app.get(path, (_req, res) => void res.json(document));
app.get('/invoices', requireToken(verifier, { scope: 'invoices.read' }), (req, res) => {
  res.json({ client_id: tokenOf(req).client_id });
});
app.listen(Number(PORT), '127.0.0.1');
