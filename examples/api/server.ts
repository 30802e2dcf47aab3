// A small API for invoices, behind the tokens of the quickstart's first issuer: `npm start`, then `npm run example`.

import { createVerifier, resourceMetadata } from '@tessera-oauth/verifier';
import { requireToken, tokenOf } from '@tessera-oauth/verifier/fastify';
import { fastify } from 'fastify';

const { ISSUER = 'http://127.0.0.1:8080', PORT = '3000' } = process.env;

const verifier = createVerifier({
  issuer: ISSUER,
  audience: 'https://api.example.com',
  revocation: { by: 'deny_list', interval: 1 },
});
const read = { onRequest: requireToken(verifier, { scope: 'invoices.read' }) };
const write = { onRequest: requireToken(verifier, { scope: 'invoices.write' }) };

interface Invoice {
  readonly customer: string;
  readonly cents: number;
}
const invoiceSchema = {
  type: 'object',
  required: ['customer', 'cents'],
  additionalProperties: false,
  properties: {
    customer: { type: 'string', minLength: 1, maxLength: 200 },
    cents: { type: 'integer', minimum: 0, maximum: 1e12 },
  },
};
const invoices = new Map([[1, { customer: 'Acme', cents: 12_500 } as Invoice]]);

const app = fastify();
const metadata = resourceMetadata(verifier, {
  resource_name: 'Invoices',
  scopes_supported: ['invoices.read', 'invoices.write'],
});
app.get(metadata.path, () => metadata.document);

app.get('/invoices', read, () => [...invoices].map(([id, invoice]) => ({ id, ...invoice })));

app.get<{ Params: { id: string } }>('/invoices/:id', read, (request, reply) => {
  const id = Number(request.params.id);
  const invoice = invoices.get(id);
  return invoice === undefined ? reply.code(404).send({ error: 'not_found' }) : { id, ...invoice };
});

app.post<{ Body: Invoice }>('/invoices', { ...write, schema: { body: invoiceSchema } }, (request, reply) => {
  const id = invoices.size + 1;
  invoices.set(id, request.body);
  return reply.code(201).send({ id, ...request.body, by: tokenOf(request).client_id });
});

console.log(`Invoices at ${await app.listen({ host: '127.0.0.1', port: Number(PORT) })}`);
