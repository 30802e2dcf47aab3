// An API behind access tokens, for what calls a `fetch` handler: Bun, Deno, Cloudflare Workers and others.

import { createVerifier, resourceMetadata } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/fetch';

const { ISSUER = '' } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: 'https://api.example.com' });
const { path, document } = resourceMetadata(verifier, { scopes_supported: ['invoices.read'] });

const invoices = requireToken(verifier, { scope: 'invoices.read' }, (request) =>
  Response.json({ client_id: tokenOf(request).client_id }),
);

export default {
  fetch(request: Request): Response | Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === path) return Response.json(document);
    if (pathname === '/invoices') return invoices(request);
    return new Response('Not found', { status: 404 });
  },
};
