// Signatures by both engines: the examples of RFC 7515 Appendix A and RFC 8037 Appendix A.4, and each of them spoilt.

import { describe, expect, test } from 'vitest';
import { splitJws } from './compact-jws.ts';
import { type Algorithm, type Engine, nodeEngine, webEngine } from './engine.ts';

if (nodeEngine === undefined) throw new Error('these tests run in Node.js');
const engines: [string, Engine][] = [
  ['node', nodeEngine],
  ['web', webEngine],
];

const joe = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';

const examples: Record<string, { alg: Algorithm; jwk: object; token: string }> = {
  'RFC 7515 A.2': {
    alg: 'RS256',
    jwk: {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
    token: `eyJhbGciOiJSUzI1NiJ9.${joe}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
  },
  'RFC 7515 A.3': {
    alg: 'ES256',
    jwk: {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
    token: `eyJhbGciOiJFUzI1NiJ9.${joe}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
  },
  'RFC 8037 A.4': {
    alg: 'EdDSA',
    jwk: { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
    token:
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
  },
};

/** The token with one bit of a part turned round, by the index of a character in the middle of it. */
function spoilt(token: string, part: 0 | 1 | 2): string {
  const parts = token.split('.');
  const bytes = Buffer.from(parts[part] ?? '', 'base64url');
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
  return parts.with(part, bytes.toString('base64url')).join('.');
}

describe.each(engines)('by the engine %s', (_name, engine) => {
  describe.each(Object.entries(examples))('the example of %s', (_rfc, { alg, jwk, token }) => {
    test('is good', async () => {
      const check = await engine.check(jwk, alg);
      expect(await check(splitJws(token))).toBe(true);
    });

    test.each([0, 1, 2] as const)('is not with another bit in part %i', async (part) => {
      const check = await engine.check(jwk, alg);
      expect(await check(splitJws(spoilt(token, part)))).toBe(false);
    });

    test.each(['AA', 'A'.repeat(86), 'A'.repeat(342), 'A'.repeat(400)])(
      'is not, and nothing is thrown, with the signature %s',
      async (signature) => {
        const check = await engine.check(jwk, alg);
        const other = token.replace(/[^.]+$/, signature);
        expect(await check(splitJws(other))).toBe(false);
      },
    );
  });

  test('ES256 accepts R and S side by side (RFC 7518 §3.4), and not DER', async () => {
    const { jwk, token = '' } = examples['RFC 7515 A.3'] ?? {};
    const raw = Buffer.from(token.replace(/.*\./, ''), 'base64url');
    const integer = (bytes: Buffer) => {
      const padded = (bytes[0] ?? 0) > 127 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
      return Buffer.concat([Buffer.of(2, padded.length), padded]);
    };
    const both = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
    const der = Buffer.concat([Buffer.of(0x30, both.length), both]).toString('base64url');
    const check = await engine.check(jwk ?? {}, 'ES256');
    expect(await check(splitJws(token.replace(/[^.]+$/, der)))).toBe(false);
  });

  test('hashes as FIPS 180-4 does', async () => {
    // FIPS 180-4's "abc", in base64url.
    expect(await engine.hash('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});
