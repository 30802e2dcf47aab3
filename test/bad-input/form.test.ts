// Bodies that are no form, or a broken one (RFC 6749 §3.2 and Appendix B).

import { describe, expect, test } from 'vitest';
import { expectRefused } from '../support/answers.ts';
import { clientCredentials, dialectNames, urlOf } from '../support/endpoints.ts';
import { basic } from '../support/server.ts';
import { steadfastServer } from './steadfast-server.ts';

const steadfast = steadfastServer();
const formType = 'application/x-www-form-urlencoded';
const limit = 64 * 1024;

describe.each(dialectNames)('%s', (issuer) => {
  const send = (body: RequestInit['body'] | undefined, type: string | undefined = formType, headers = {}) =>
    fetch(urlOf(steadfast.server, issuer, 'token'), {
      method: 'POST',
      headers: { ...(type !== '' && { 'content-type': type }), ...headers },
      duplex: 'half',
      ...(body !== undefined && { body }),
    } as RequestInit);
  const credentials = () => {
    const { client_id, client_secret } = steadfast.client(issuer);
    return { client_id, client_secret };
  };
  /** A request that would get a token, were it not for what a test adds to it. */
  const good = () => new URLSearchParams({ ...clientCredentials, ...credentials() }).toString();
  const presented = () => [credentials().client_secret];
  /** Refused by the core, and in its words: of a type that is none, too. */
  const expectUnread = async (response: Promise<Response>) => {
    const expected = { status: 400, error: 'invalid_request', presented: presented() };
    const { headers } = await expectRefused(response, expected);
    const lines = steadfast.server.log.filter(({ request_id }) => request_id === headers['x-request-id']);
    // Where the query counts, what is missing is not the type.
    expect(lines).toMatchObject([
      { reason: issuer === 'tilia' ? 'client_authentication_missing' : 'content_type' },
    ]);
  };

  test('the same request without a flaw gets a token', async () => {
    expect((await send(good())).status).toBe(200);
    expect((await send(good(), `${formType}; charset=UTF-8`)).status).toBe(200);
    expect((await send(good(), formType.toUpperCase())).status).toBe(200);
  });

  test.each([
    '',
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    `${formType}x`,
    'form',
    'json',
    ';',
    `;${formType}`,
    `${formType}é`,
    'application/octet-stream',
  ])('a form of the type “%s” is not read', async (type) => {
    await expectUnread(send(Buffer.from(good()), type));
  });

  test('nor is one whose type is there and empty', async () => {
    await expectUnread(send(Buffer.from(good()), ' '));
  });

  test('JSON is not read', async () => {
    const body = JSON.stringify({ ...clientCredentials, ...credentials() });
    await expectRefused(send(body, 'application/json'), { error: 'invalid_request', presented: presented() });
  });

  test('an empty request is refused', async () => {
    await expectRefused(send(undefined));
    await expectRefused(send(''));
    await expectRefused(send('&&&==&=&a'));
  });

  // RFC 6749 §3.2: "Request and response parameters MUST NOT be included more than once."
  test.each(['grant_type', 'client_id', 'client_secret', 'code_verifier'])('%s twice', async (name) => {
    const value = new URLSearchParams(good()).get(name) ?? 'x';
    const twice = new URLSearchParams([
      [name, value],
      [name, value],
    ]);
    const body = name === 'code_verifier' ? `${good()}&${twice}` : `${good()}&${name}=${value}`;
    await expectRefused(send(body), { status: 400, error: 'invalid_request', presented: presented() });
  });

  // RFC 6749 §3.1: "The authorization server MUST ignore unrecognized request parameters."
  test('what nobody knows may stand twice', async () => {
    expect((await send(`${good()}&anything=1&anything=2`)).status).toBe(200);
  });

  test('scope twice is for the dialect that has it so', async () => {
    const response = send(`${good()}&scope=write`);
    if (issuer === 'tilia') expect(await (await response).json()).toMatchObject({ scope: 'read,write' });
    else await expectRefused(response, { status: 400, error: 'invalid_request' });
  });

  // RFC 6749 §3.2: "Parameters sent without a value MUST be treated as if they were omitted from the request."
  test.each(['resource', 'audience', 'code'])('an empty %s is absent', async (name) => {
    expect((await send(`${good()}&${name}=`)).status).toBe(200);
    expect((await send(`${good()}&${name}`)).status).toBe(200);
    expect((await send(`${good()}&${name}=&${name}=`)).status).toBe(200);
  });

  test('an empty grant_type, secret or scope is absent', async () => {
    const without = async (name: string) => {
      const form = new URLSearchParams(good());
      form.delete(name);
      const absent = await send(form.toString());
      form.set(name, '');
      const empty = await send(form.toString());
      expect(empty.status).toBe(absent.status);
      const bodies = [await empty.json(), await absent.json()] as Record<string, unknown>[];
      expect(bodies[0]?.error).toBe(bodies[1]?.error);
      expect(bodies[0]?.scope).toBe(bodies[1]?.scope);
      return absent.status;
    };
    expect(await without('grant_type')).toBe(400);
    expect(await without('client_secret')).toBeGreaterThanOrEqual(400);
    expect(await without('scope')).toBe(issuer === 'tilia' ? 400 : 200);
  });

  test.each([
    'x=%zz',
    'x=%',
    'x=%F',
    '%zz=1',
    'x=%FF',
    'x=%C0%80',
    'x=%ED%A0%80',
    'x=%00',
    '%00x=1',
    'x=a\0b',
    '\0=1',
  ])('%j is refused', async (flaw) => {
    const expected = { status: 400, error: 'invalid_request', presented: presented() };
    await expectRefused(send(`${good()}&${flaw}`), expected);
    await expectRefused(send(`${flaw}&${good()}`), expected);
  });

  test.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]])(
    'the bytes %i… are no UTF-8',
    async (...bytes) => {
      const body = Buffer.concat([Buffer.from(`${good()}&x=`), Buffer.from(bytes)]);
      await expectRefused(send(body), { status: 400, error: 'invalid_request', presented: presented() });
    },
  );

  test('100 parameters are read, 101 are too many', async () => {
    const own = good().split('&').length;
    const more = (count: number) => Array.from({ length: count }, (_, index) => `&x${index}=1`).join('');
    expect((await send(good() + more(100 - own))).status).toBe(200);
    await expectRefused(send(good() + more(101 - own)), { status: 400, error: 'invalid_request' });
  });

  test('64 KiB are read, one byte more is too large', async () => {
    const sized = (size: number) => `${good()}&x=`.padEnd(size, 'a');
    expect((await send(sized(limit))).status).toBe(200);
    await expectRefused(send(sized(limit + 1)), { status: 413, presented: presented() });
    // Whatever the type: the limit is on bytes, not on what they mean.
    for (const type of ['application/json', 'json', ' ']) {
      await expectRefused(send(sized(limit + 1), type), { status: 413, presented: presented() });
    }
  });

  test('a body in chunks has the same limit', async () => {
    const chunked = (size: number) =>
      new Blob([`${good()}&x=`.padEnd(size, 'a')]).stream() as unknown as RequestInit['body'];
    expect((await send(chunked(limit))).status).toBe(200);
    await expectRefused(send(chunked(limit + 1)), { status: 413, presented: presented() });
  });

  test('the credentials of the header help no broken body', async () => {
    const { client_id, client_secret } = credentials();
    const headers = basic(client_id, client_secret);
    const body = 'grant_type=client_credentials&scope=read&x=%FF';
    await expectRefused(send(body, formType, headers), { status: 400, error: 'invalid_request' });
  });
});
