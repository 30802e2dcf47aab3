// createVerifier against an issuer over real HTTP: what it accepts, what it refuses, and with which code.

import { createHmac } from 'node:crypto';
import { base64url, SignJWT } from 'jose';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  audience,
  type FakeIssuer,
  goodClaims,
  newKey,
  type SigningPair,
  sign,
  silent,
  startIssuer,
} from '../../../test/verifier/issuer.ts';
import { type Engine, nodeEngine, webEngine } from './engine.ts';
import { createGuard } from './guard.ts';
import type { TokenDialect } from './token-dialect.ts';
import { createVerifierOn, type Verifier, type VerifierOptions } from './verifier.ts';
import { VerifierError, type VerifierErrorCode } from './verifier-error.ts';

const metadataPath = '/.well-known/oauth-authorization-server';
const now = () => Math.floor(Date.now() / 1000);
if (nodeEngine === undefined) throw new Error('these tests run in Node.js');

let key: SigningPair;
let server: FakeIssuer;
beforeAll(async () => {
  key = await newKey();
});
afterEach(() => server.close());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** The monotonic clock jumps ahead. */
function monotonicLater(ms: number): void {
  vi.restoreAllMocks();
  const real = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => real() + ms);
}

async function codeOf(act: Promise<unknown>): Promise<VerifierErrorCode | 'good'> {
  try {
    await act;
    return 'good';
  } catch (error) {
    if (error instanceof VerifierError) return error.code;
    throw error;
  }
}

describe.each<[string, Engine]>([
  ['node', nodeEngine],
  ['web', webEngine],
])('by the engine %s', (_name, engine) => {
  const verifierOf = (options: Partial<VerifierOptions> = {}): Verifier =>
    createVerifierOn(engine, { issuer: server.issuer, audience, logger: silent, ...options });
  const start = async (...keys: SigningPair[]) => {
    server = await startIssuer((keys.length > 0 ? keys : [key]).map(({ jwk }) => jwk));
  };
  const code = async (claims: Record<string, unknown>, header = {}, options: Partial<VerifierOptions> = {}) =>
    codeOf(verifierOf(options).verify(await sign(key, goodClaims(server.issuer, claims), header)));

  test('a good token gives what it says, frozen', async () => {
    await start();
    const claims = goodClaims(server.issuer, { more: { a: [1] } });
    const token = await verifierOf().verify(await sign(key, claims));
    expect(token).toEqual({
      client_id: 'customer',
      sub: 'customer',
      scope: ['invoices.read', 'invoices.write'],
      jti: 'token-1',
      exp: claims.exp,
      iat: claims.iat,
      claims,
    });
    expect(() => ((token.claims.more as { a: number[] }).a[0] = 2)).toThrow(TypeError);
    expect(() => (token.scope as string[]).push('admin')).toThrow(TypeError);
  });

  test.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('%s, in one key set with others', async (alg) => {
    const mine = await newKey(alg, 'mine');
    await start(key, mine, await newKey('RS256', 'another'));
    expect(await codeOf(verifierOf().verify(await sign(mine, goodClaims(server.issuer))))).toBe('good');
  });

  test.each([
    ['https://api.example.com/', 'good'],
    ['HTTPS://API.example.com:443', 'good'],
    [['urn:other', 'https://Api.Example.Com'], 'good'],
    ['https://api.example.com/v1', 'audience_wrong'],
    ['http://api.example.com', 'audience_wrong'],
    ['https://api.example.com:444', 'audience_wrong'],
    ['https://api.example.com@evil.example', 'audience_wrong'],
  ])('an audience that is spelt %j is %s (RFC 3986 §6.2.3)', async (aud, expected) => {
    await start();
    expect(await code({ aud })).toBe(expected);
    const slashed = { audience: ['invoices', 'https://API.example.com:443/'] };
    expect(await code({ aud }, {}, slashed)).toBe(expected);
  });

  test('an issuer is compared to the letter (RFC 8414 §3.3)', async () => {
    await start();
    expect(await code({ iss: `${server.issuer}/` })).toBe('issuer_wrong');
    expect(await code({ iss: server.issuer.replace('http', 'HTTP') })).toBe('issuer_wrong');
  });

  test('an algorithm that is not accepted is refused, even if the key set has a key for it', async () => {
    const rsa = await newKey('RS256', 'rsa');
    await start(key, rsa);
    const token = await sign(rsa, goodClaims(server.issuer));
    const narrow = verifierOf({ algorithms: ['ES256'] });
    expect(await codeOf(narrow.verify(token))).toBe('algorithm_refused');
  });

  describe('forged', () => {
    const forge = (header: object, signature = 'AAAA') => {
      const encode = (value: object) => base64url.encode(JSON.stringify(value));
      return `${encode(header)}.${encode(goodClaims(server.issuer))}.${signature}`;
    };

    test.each(['none', 'None', 'NONE', 'HS256', 'HS512', 'es256', 'ES256 ', 'ES512', 'RS1', '', 'toString'])(
      'alg %j',
      async (alg) => {
        await start();
        const header = { alg, typ: 'at+jwt', kid: key.kid };
        expect(await codeOf(verifierOf().verify(forge(header)))).toBe('algorithm_refused');
      },
    );

    test('an HMAC under the public key (RFC 8725 §2.1)', async () => {
      const rsa = await newKey('RS256', 'rsa');
      await start(rsa);
      const token = forge({ alg: 'HS256', typ: 'at+jwt', kid: 'rsa' }).replace(/\.[^.]*$/, '');
      for (const secret of [JSON.stringify(rsa.jwk), rsa.jwk.n ?? '']) {
        const mac = createHmac('sha256', secret).update(token).digest('base64url');
        expect(await codeOf(verifierOf().verify(`${token}.${mac}`))).toBe('algorithm_refused');
      }
    });

    test('a key that the token brings along: jwk, jku, x5u', async () => {
      await start();
      const other = await newKey('ES256', key.kid);
      for (const brought of [
        { jwk: other.jwk },
        { jku: `${server.issuer}/evil` },
        { x5u: `${server.issuer}/evil` },
      ]) {
        const token = await sign(other, goodClaims(server.issuer), brought as object);
        expect(await codeOf(verifierOf().verify(token))).toBe('signature_wrong');
      }
      expect(server.count('/evil')).toBe(0);
    });

    test('a signature by a key of the set that has another algorithm', async () => {
      const pss = await newKey('PS256', 'pss');
      await start(pss);
      const token = await new SignJWT(goodClaims(server.issuer))
        .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'pss' })
        .sign(
          await crypto.subtle.importKey(
            'pkcs8',
            await crypto.subtle.exportKey('pkcs8', pss.privateKey),
            { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
            false,
            ['sign'],
          ),
        );
      expect(await codeOf(verifierOf().verify(token))).toBe('key_unknown');
    });

    test('ES256 of zeros', async () => {
      await start();
      const header = { alg: 'ES256', typ: 'at+jwt', kid: key.kid };
      expect(await codeOf(verifierOf().verify(forge(header, 'A'.repeat(86))))).toBe('signature_wrong');
    });

    test.each([undefined, null, 5, {}, [], 'a'.repeat(16_385)])(
      'what is no token at all: %j',
      async (token) => {
        await start();
        expect(await codeOf(verifierOf().verify(token as string))).toBe('token_malformed');
      },
    );
  });

  describe('the header', () => {
    test.each<[typ: string | undefined, code: string]>([
      ['at+jwt', 'good'],
      ['AT+JWT', 'good'],
      ['application/at+jwt', 'good'],
      ['JWT', 'type_refused'],
      ['deny-list+jwt', 'type_refused'],
      ['application/at+jwt+x', 'type_refused'],
      ['', 'type_refused'],
      [undefined, 'type_refused'],
    ])('typ %j: %s', async (typ, expected) => {
      await start();
      const token = new SignJWT(goodClaims(server.issuer)).setProtectedHeader({
        alg: 'ES256',
        kid: key.kid,
        ...(typ !== undefined && { typ }),
      });
      expect(await codeOf(verifierOf().verify(await token.sign(key.privateKey)))).toBe(expected);
    });
  });

  describe('the claims', () => {
    test.each<[name: string, code: string, claims: () => Record<string, unknown>]>([
      ['another issuer', 'issuer_wrong', () => ({ iss: 'https://evil.example' })],
      ['the issuer with a slash', 'issuer_wrong', () => ({ iss: `${server.issuer}/` })],
      ['a list of issuers', 'issuer_wrong', () => ({ iss: ['https://evil.example'] })],
      ['no issuer', 'claim_missing', () => ({ iss: undefined })],
      ['another API', 'audience_wrong', () => ({ aud: 'https://files.example.com' })],
      ['an API whose name begins alike', 'audience_wrong', () => ({ aud: `${audience}.evil.example` })],
      ['no API', 'audience_wrong', () => ({ aud: [] })],
      ['no aud', 'claim_missing', () => ({ aud: undefined })],
      ['an aud of numbers', 'claim_malformed', () => ({ aud: [5] })],
      ['this API among others', 'good', () => ({ aud: ['https://files.example.com', audience] })],
      ['no exp', 'claim_missing', () => ({ exp: undefined })],
      ['an exp in words', 'claim_malformed', () => ({ exp: '4000000000' })],
      ['an exp of null', 'claim_malformed', () => ({ exp: null })],
      ['an exp with a fraction', 'good', () => ({ exp: now() + 60.5 })],
      ['expired within the tolerance', 'good', () => ({ exp: now() - 3 })],
      ['expired', 'token_expired', () => ({ exp: now() - 6 })],
      ['good later', 'token_not_yet_valid', () => ({ nbf: now() + 60 })],
      ['good in a moment', 'good', () => ({ nbf: now() + 3 })],
      ['an nbf of zero, as Tilia has it', 'good', () => ({ nbf: 0 })],
      ['an nbf in words', 'claim_malformed', () => ({ nbf: '0' })],
      ['issued in the future', 'token_not_yet_valid', () => ({ iat: now() + 60 })],
      ['issued in milliseconds', 'token_not_yet_valid', () => ({ iat: Date.now() })],
      ['no iat', 'claim_missing', () => ({ iat: undefined })],
      ['no client_id', 'claim_missing', () => ({ client_id: undefined })],
      ['a client_id that is a number', 'claim_malformed', () => ({ client_id: 5 })],
      ['no jti', 'claim_missing', () => ({ jti: undefined })],
      ['no sub', 'claim_missing', () => ({ sub: undefined })],
      ['a sub that is a list', 'claim_malformed', () => ({ sub: ['customer'] })],
      ['no scope at all', 'good', () => ({ scope: undefined })],
      ['a scope that is a number', 'claim_malformed', () => ({ scope: 5 })],
      ['a scope with an object in it', 'claim_malformed', () => ({ scope: [{}] })],
    ])('%s: %s', async (_what, expected, spoilt) => {
      await start();
      expect(await code(spoilt())).toBe(expected);
    });

    test('the tolerance is the verifier’s own', async () => {
      await start();
      expect(await code({ exp: now() - 30 }, {}, { clockTolerance: 60 })).toBe('good');
      expect(await code({ exp: now() }, {}, { clockTolerance: 0 })).toBe('token_expired');
    });

    test('of several audiences, one is enough', async () => {
      await start();
      const options = { audience: ['https://a.example', 'https://b.example'] };
      expect(await code({ aud: 'https://b.example' }, {}, options)).toBe('good');
      expect(await code({ aud: audience }, {}, options)).toBe('audience_wrong');
    });
  });

  describe('a token that is bound to its sender', () => {
    test.each<[what: string, cnf: unknown, code: string]>([
      ['to a key (RFC 9449 §6.1)', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }, 'token_bound'],
      [
        'to a certificate (RFC 8705 §3.1)',
        { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' },
        'token_bound',
      ],
      ['to both', { jkt: 'a', 'x5t#S256': 'b' }, 'token_bound'],
      ['beside a member that is not known', { jkt: 'a', kid: 'b' }, 'token_bound'],
      ['by a thumbprint that is none', { jkt: null }, 'token_bound'],
      [
        'to a key that stands in it (RFC 7800 §3.2)',
        { jwk: { kty: 'OKP', crv: 'Ed25519', x: 'a' } },
        'token_bound',
      ],
      ['to a key by its id (RFC 7800 §3.4)', { kid: 'a' }, 'token_bound'],
      ['by a member that is not known', { 'x5t#S512': 'a' }, 'token_bound'],
      ['by a confirmation without members', {}, 'token_bound'],
      ['by a confirmation that is no object', 'a', 'claim_malformed'],
      ['by a confirmation that is a list', [{ jkt: 'a' }], 'claim_malformed'],
      ['by a confirmation that is null', null, 'claim_malformed'],
    ])('%s is refused as a bearer token', async (_what, cnf, expected) => {
      await start();
      expect(await code({ cnf })).toBe(expected);
    });

    test('is refused each time that it is sent, and a good token beside it is not', async () => {
      await start();
      const verifier = verifierOf();
      const bound = await sign(key, goodClaims(server.issuer, { cnf: { jkt: 'a' } }));
      for (let times = 0; times < 2; times += 1)
        expect(await codeOf(verifier.verify(bound))).toBe('token_bound');
      expect(await codeOf(verifier.verify(await sign(key, goodClaims(server.issuer))))).toBe('good');
    });

    test('answers 401 with invalid_token, and says what to do', async () => {
      await start();
      const bound = await sign(key, goodClaims(server.issuer, { cnf: { jkt: 'a' } }));
      const guard = createGuard(verifierOf());
      const headers = { authorization: `Bearer ${bound}` };
      const request = { method: 'GET', url: `${audience}/invoices`, headers };
      const error: unknown = await guard.admit(request).catch((thrown: unknown) => thrown);
      const { status, headers: answered } = guard.refuse(error);
      expect(status).toBe(401);
      expect(answered['WWW-Authenticate']).toMatch(
        /^Bearer error="invalid_token", error_description="The token is bound to .*: get a bearer token\."/,
      );
    });
  });

  describe('scopes', () => {
    test.each([
      ['invoices.read', 'good'],
      [['invoices.read', 'invoices.write'], 'good'],
      ['invoices.read customers.read', 'scope_missing'],
      ['invoices', 'scope_missing'],
      ['Invoices.read', 'scope_missing'],
    ])('%j: %s', async (scope, expected) => {
      await start();
      const token = await sign(key, goodClaims(server.issuer));
      expect(await codeOf(verifierOf().verify(token, { scope }))).toBe(expected);
    });

    test('the error names what is required and what is missing', async () => {
      await start();
      const verified = verifierOf().verify(await sign(key, goodClaims(server.issuer)), {
        scope: ['invoices.read', 'customers.read'],
      });
      await expect(verified).rejects.toMatchObject({
        status: 403,
        error: 'insufficient_scope',
        scope: ['invoices.read', 'customers.read'],
        message: 'The token lacks the scope customers.read: ask for one that has it.',
      });
    });
  });

  describe('other dialects', () => {
    test('trelica: a list of scopes, no typ, and an aud where one was asked for', async () => {
      const rsa = await newKey('RS256', 'rsa');
      await start(rsa);
      const claims = { scope: ['Users.Read'], nbf: now(), sub: undefined, aud: undefined };
      const token = (more: object) =>
        new SignJWT(goodClaims(server.issuer, { ...claims, ...more }))
          .setProtectedHeader({ alg: 'RS256', kid: 'rsa' })
          .sign(rsa.privateKey);
      const verifier = verifierOf({ dialect: 'trelica' });
      expect((await verifier.verify(await token({}))).scope).toEqual(['Users.Read']);
      expect(await codeOf(verifier.verify(await token({ aud: audience })))).toBe('good');
      expect(await codeOf(verifier.verify(await token({ aud: 'https://x.example' })))).toBe('audience_wrong');
      const nameless = createVerifierOn(engine, { issuer: server.issuer, dialect: 'trelica' });
      expect(await codeOf(nameless.verify(await token({ aud: audience })))).toBe('audience_wrong');
      expect(await codeOf(verifier.verify(await sign(rsa, goodClaims(server.issuer), { typ: 'JWT' })))).toBe(
        'type_refused',
      );
    });

    test('tilia: scopes, and neither kid nor iss nor aud', async () => {
      const [first, second] = [await newKey('RS512', 'a'), await newKey('RS512', 'b')];
      await start(first, second);
      const claims = {
        client_id: 'c',
        exp: now() + 60,
        iat: now(),
        jti: 'j',
        nbf: 0,
        scopes: ['read_nonce'],
      };
      const signed = ({ privateKey }: SigningPair, more = {}) =>
        new SignJWT({ ...claims, ...more }).setProtectedHeader({ alg: 'RS512', typ: 'JWT' }).sign(privateKey);
      const verifier = createVerifierOn(engine, { issuer: server.issuer, dialect: 'tilia' });
      for (const by of [first, second])
        expect((await verifier.verify(await signed(by), { scope: 'read_nonce' })).scope).toEqual([
          'read_nonce',
        ]);
      expect(await codeOf(verifier.verify(await signed(first, { iss: 'https://x.example' })))).toBe(
        'issuer_wrong',
      );
      expect(await codeOf(verifier.verify(await signed(await newKey('RS512', 'a'))))).toBe('signature_wrong');
    });

    test('one of your own', async () => {
      await start();
      const dialect: TokenDialect = {
        algorithms: ['ES256'],
        typ: null,
        required: ['iss', 'aud'],
        scope: 'permissions',
        client_id: 'azp',
        jti: 'id',
      };
      const token = await new SignJWT({
        iss: server.issuer,
        aud: audience,
        azp: 'c',
        id: 'i',
        permissions: ['a'],
      })
        .setProtectedHeader({ alg: 'ES256', kid: key.kid })
        .setIssuedAt()
        .setExpirationTime('1 minute')
        .sign(key.privateKey);
      expect(await verifierOf({ dialect }).verify(token)).toMatchObject({
        client_id: 'c',
        jti: 'i',
        scope: ['a'],
      });
    });
  });

  describe('the keys', () => {
    test('are fetched once for a thousand tokens at once', async () => {
      await start();
      const verifier = verifierOf();
      const token = await sign(key, goodClaims(server.issuer));
      await Promise.all(Array.from({ length: 1000 }, () => verifier.verify(token)));
      expect([server.count('/jwks'), server.count(metadataPath)]).toEqual([1, 1]);
    });

    test('are fetched again for a kid that is not known, at most once in ten seconds', async () => {
      await start();
      const verifier = verifierOf();
      await verifier.verify(await sign(key, goodClaims(server.issuer)));
      const next = await newKey('ES256', 'next');
      server.keys.push(next.jwk);
      const token = await sign(next, goodClaims(server.issuer));
      expect(await codeOf(verifier.verify(token))).toBe('key_unknown');
      expect(server.count('/jwks')).toBe(1);
      monotonicLater(10_001);
      const strangers = Array.from({ length: 100 }, (_, index) =>
        sign(next, goodClaims(server.issuer), { kid: `made up ${index}` }),
      );
      const codes = await Promise.all(
        (await Promise.all(strangers)).map((each) => codeOf(verifier.verify(each))),
      );
      expect(new Set(codes)).toEqual(new Set(['key_unknown']));
      expect(server.count('/jwks')).toBe(2);
      expect(await codeOf(verifier.verify(token))).toBe('good');
    });

    test('that are withdrawn end what they have signed, cached or not', async () => {
      const old = await newKey('ES256', 'old');
      await start(key, old);
      const verifier = verifierOf();
      const token = await sign(old, goodClaims(server.issuer));
      expect(await codeOf(verifier.verify(token))).toBe('good');
      server.keys = [key.jwk];
      monotonicLater(600_001);
      expect(await codeOf(verifier.verify(token))).toBe('key_unknown');
    });

    test.each([
      [undefined, 3600],
      [60, 60],
      [86_400, 86_400],
    ])(
      'are used on while the server is unavailable, with keyTolerance %s for %s seconds',
      async (keyTolerance, seconds) => {
        await start();
        const lines: string[] = [];
        const logger = { warn: () => {}, error: (line: string) => void lines.push(line) };
        const verifier = verifierOf({ logger, ...(keyTolerance !== undefined && { keyTolerance }) });
        const token = await sign(key, goodClaims(server.issuer));
        const other = await sign(key, goodClaims(server.issuer, { jti: '2' }));
        await verifier.verify(token);
        server.unavailable = true;
        monotonicLater((seconds - 5) * 1000);
        for (const each of [token, other]) expect(await codeOf(verifier.verify(each))).toBe('good');
        expect(lines).toEqual([]);
        monotonicLater((seconds + 1) * 1000);
        for (const each of [token, other])
          expect(await codeOf(verifier.verify(each))).toBe('keys_unavailable');
        expect(lines).toContainEqual(
          expect.stringMatching(/^the key set of \S+ cannot be fetched, and every request/),
        );
        server.unavailable = false;
        monotonicLater((seconds + 3) * 1000);
        expect(await codeOf(verifier.verify(token))).toBe('good');
      },
    );

    test('are confirmed by an answer that says the same', async () => {
      await start();
      const verifier = verifierOf();
      const token = await sign(key, goodClaims(server.issuer));
      await verifier.verify(token);
      monotonicLater(3_000_000);
      expect(await codeOf(verifier.verify(token))).toBe('good');
      server.unavailable = true;
      monotonicLater(6_590_000);
      expect(await codeOf(verifier.verify(token))).toBe('good');
      monotonicLater(6_610_000);
      expect(await codeOf(verifier.verify(token))).toBe('keys_unavailable');
    });

    test('that cannot be fetched at the start are an error of its own, and are fetched again', async () => {
      await start();
      server.unavailable = true;
      const verifier = verifierOf();
      const token = await sign(key, goodClaims(server.issuer));
      await expect(verifier.verify(token)).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 });
      server.unavailable = false;
      monotonicLater(1001);
      expect(await codeOf(verifier.verify(token))).toBe('good');
    });

    test.each<[what: string, answer: unknown]>([
      [
        'metadata of another issuer',
        { issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' },
      ],
      ['metadata without a key set', { issuer: 'SELF' }],
      ['a key set without TLS', { issuer: 'SELF', jwks_uri: 'http://keys.example/jwks' }],
      ['metadata that is no object', []],
    ])('are not taken from %s', async (_what, answer) => {
      await start();
      const text = JSON.stringify(answer).replace('SELF', server.issuer);
      server.at.set(metadataPath, (_request, response) => void response.end(text));
      const token = await sign(key, goodClaims(server.issuer));
      expect(await codeOf(verifierOf().verify(token))).toBe('keys_unavailable');
    });

    test('are not taken from where a redirect leads', async () => {
      await start();
      server.at.set(
        '/jwks',
        (_request, response) => void response.writeHead(302, { location: '/other' }).end(),
      );
      const token = await sign(key, goodClaims(server.issuer));
      expect(await codeOf(verifierOf().verify(token))).toBe('keys_unavailable');
      expect(server.count('/other')).toBe(0);
    });

    test.each<[what: string, spoil: (jwk: object) => object]>([
      ['for encryption', (jwk) => ({ ...jwk, use: 'enc' })],
      ['with other operations', (jwk) => ({ ...jwk, key_ops: ['sign'] })],
      ['of a curve that is not the algorithm’s', (jwk) => ({ ...jwk, crv: 'P-384' })],
      ['that is symmetric', () => ({ kty: 'oct', kid: 'first', k: 'c2VjcmV0', alg: 'ES256' })],
      ['that is off the curve', (jwk) => ({ ...jwk, y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1' })],
      ['with 1024 bits', () => ({ kty: 'RSA', kid: 'first', alg: 'RS256', e: 'AQAB', n: 'w'.repeat(171) })],
      ['that is null', () => null as unknown as object],
      ['with a number in place of operations', (jwk) => ({ ...jwk, key_ops: 1 })],
      ['that is deep', (jwk) => ({ ...jwk, x: JSON.parse(`${'['.repeat(9000)}${']'.repeat(9000)}`) })],
    ])('%s are passed over', async (_what, spoil) => {
      const good = await newKey('ES256', 'good');
      server = await startIssuer([spoil(key.jwk), good.jwk]);
      const verifier = verifierOf();
      expect(await codeOf(verifier.verify(await sign(good, goodClaims(server.issuer))))).toBe('good');
      expect(await codeOf(verifier.verify(await sign(key, goodClaims(server.issuer))))).toBe('key_unknown');
    });
  });

  describe('a cached token', () => {
    test('is not good past its end', async () => {
      await start();
      const verifier = verifierOf();
      const token = await sign(key, goodClaims(server.issuer, { exp: now() + 60 }));
      expect(await codeOf(verifier.verify(token))).toBe('good');
      vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 66_000 });
      expect(await codeOf(verifier.verify(token))).toBe('token_expired');
    });

    test('is the same object, and is judged by each route’s own scope', async () => {
      await start();
      const verifier = verifierOf();
      const token = await sign(key, goodClaims(server.issuer));
      expect(await verifier.verify(token)).toBe(await verifier.verify(token));
      expect(await codeOf(verifier.verify(token, { scope: 'admin' }))).toBe('scope_missing');
    });

    test('does not let another with the same claims pass', async () => {
      await start();
      const verifier = verifierOf();
      const token = await sign(key, goodClaims(server.issuer));
      await verifier.verify(token);
      const [head, body] = token.split('.');
      const other = (await sign(key, goodClaims(server.issuer, { jti: '2' }))).split('.')[2];
      expect(await codeOf(verifier.verify(`${head}.${body}.${other}`))).toBe('signature_wrong');
    });
  });

  test.each<[what: string, options: Partial<VerifierOptions>, said: RegExp]>([
    ['an issuer without TLS', { issuer: 'http://auth.example.com' }, /expected https/],
    ['no audience', { audience: [] }, /audience: missing/],
    [
      'a dialect that there is not',
      { dialect: 'acme' as 'tilia' },
      /^dialect: got "acme", expected standard, trelica, tilia/,
    ],
    ['an algorithm of another dialect', { algorithms: ['RS512'] }, /algorithms: expected some of ES256/],
    ['no tolerance for keys', { keyTolerance: 0 }, /keyTolerance: expected seconds, from 1 to 86400/],
    ['keys for ever', { keyTolerance: Number.POSITIVE_INFINITY }, /keyTolerance: expected seconds/],
    ['a tolerance that is no number', { keyTolerance: Number.NaN }, /keyTolerance: expected seconds/],
    ['no algorithm', { algorithms: [] }, /algorithms: expected some of ES256/],
    ['a resource without TLS', { resource: 'http://api.example.com' }, /expected https/],
  ])('%s is a mistake that is thrown at once', async (_what, options, said) => {
    await start();
    expect(() => verifierOf(options)).toThrow(said);
  });
});

test('no error has anything of the token in it', async () => {
  server = await startIssuer([key.jwk]);
  const verifier = createVerifierOn(webEngine, { issuer: server.issuer, audience });
  const secret = 'dont-tell-this';
  const claims = goodClaims(server.issuer, { sub: secret, jti: secret, client_id: secret, scope: secret });
  const spoilt: object[] = [
    { iss: `https://${secret}` },
    { aud: secret },
    { exp: 0 },
    { iat: secret },
    { sub: [secret] },
  ];
  const tokens = await Promise.all(spoilt.map((each) => sign(key, { ...claims, ...each })));
  tokens.push(
    await sign(key, claims, { typ: secret }),
    await sign(key, claims, { kid: secret }),
    `${secret}.a.b`,
  );
  tokens.push(await sign(key, claims));
  for (const token of tokens) {
    const error = await verifier.verify(token, { scope: 'admin' }).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toBeInstanceOf(VerifierError);
    const all = `${error?.message} ${error?.stack} ${JSON.stringify(error)} ${error?.cause}`;
    expect(all).not.toContain(secret);
    expect(all).not.toContain(token.slice(0, 30));
  }
});
