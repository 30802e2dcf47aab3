// A program that uses an installed verifier: prints what it says of the access token in `TOKEN`, of the issuer `ISSUER`.

import { createGuard, createVerifier, resourceMetadata, VerifierError } from '@tessera-oauth/verifier';
import * as express from '@tessera-oauth/verifier/express';
import * as fastify from '@tessera-oauth/verifier/fastify';
import * as fetch from '@tessera-oauth/verifier/fetch';
import * as hono from '@tessera-oauth/verifier/hono';
import * as node from '@tessera-oauth/verifier/node';

const { ISSUER = '', TOKEN = '' } = process.env;
const verifier = createVerifier({ issuer: ISSUER, audience: 'https://api.example.com' });
const { client_id, scope } = await verifier.verify(TOKEN, { scope: 'invoices.read' });

const refusal: unknown = await verifier.verify(`${TOKEN}A`).catch((error: unknown) => error);
if (!(refusal instanceof VerifierError)) throw new Error('a token that was changed has been taken');

for (const { requireToken } of [express, fastify, fetch, hono, node])
  if (typeof requireToken !== 'function') throw new Error('an adapter has no requireToken');
createGuard(verifier, {});
const { path } = resourceMetadata(verifier, {});

console.log(JSON.stringify({ client_id, scope, refused: refusal.code, path }));
