// What the server and the verifier each judge by a function of their own, they judge alike: they share no code.

import { isLoopbackHost as isLoopbackOfServer, redirectUriFault } from '@tessera-oauth/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSameUri } from '../../packages/core/src/request/resource.ts';
import { browserHeaders } from '../../packages/server/src/http/browser-headers.ts';
import { isOutsider } from '../../packages/server/src/http/outsiders.ts';
import { canonicalUri } from '../../packages/verifier/src/canonical-uri.ts';
import { isLoopbackHost as isLoopbackOfVerifier } from '../../packages/verifier/src/loopback.ts';
import { requireSecure } from '../../packages/verifier/src/server-documents.ts';

const throws = (act: () => unknown): boolean => {
  try {
    act();
    return false;
  } catch {
    return true;
  }
};

describe('whether a host is this machine', () => {
  /** Each by a host as it stands in a URL. */
  const judges: Readonly<Record<string, (host: string) => boolean>> = {
    'the server': isLoopbackOfServer,
    'the verifier': isLoopbackOfVerifier,
    'a redirect URI': (host) => redirectUriFault(`http://${host}/callback`) === undefined,
    'a redirect URI with a port': (host) => redirectUriFault(`http://${host}:49152/callback`) === undefined,
    'Strict-Transport-Security': (host) =>
      !('Strict-Transport-Security' in browserHeaders(`https://${host}/oauth2/token`, {})),
    'the Host that a browser names': (host) => !isOutsider({ host: `${host}:8080` }, '127.0.0.1'),
    'the server that a verifier asks': (host) => !throws(() => requireSecure(`http://${host}/jwks.json`)),
  };

  const hosts: readonly [host: string, isLoopback: boolean][] = [
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.0.0.2', true],
    ['127.255.255.254', true],
    ['[::1]', true],
    ['localhost.', false],
    ['localhost.evil.example', false],
    ['evil-localhost', false],
    ['app.localhost', false],
    ['127.0.0.1.evil.example', false],
    ['evil.127.0.0.1.example', false],
    ['128.0.0.1', false],
    ['10.0.0.1', false],
    ['0.0.0.0', false],
    ['[::]', false],
    ['[::2]', false],
    ['[::ffff:7f00:1]', false],
    ['[fe80::1]', false],
    ['example.com', false],
  ];

  describe.each(Object.entries(judges))('%s', (_name, judge) => {
    test.each(hosts)('%s: %s', (host, isLoopback) => {
      expect(judge(host)).toBe(isLoopback);
    });
  });

  /** As one listens on it, or as a browser never writes it. */
  const others: readonly [host: string, isLoopback: boolean][] = [
    ['::1', true],
    ['LocalHost', true],
    ['', false],
    ['::', false],
    ['[::1', false],
    ['127.0.0.256', false],
    ['127.0.0', false],
    ['127.0.0.1\n', false],
    [' localhost', false],
  ];
  test.each(others)('%j, where it is no URL: %s', (host, isLoopback) => {
    expect([isLoopbackOfServer(host), isLoopbackOfVerifier(host)]).toEqual([isLoopback, isLoopback]);
  });
});

describe('whether two URIs are one resource', () => {
  /** The server finds the resource that a request names, and the verifier that of its API in a token. */
  const answers = (one: string, other: string) => ({
    server: isSameUri(one, other),
    verifier: canonicalUri(one) === canonicalUri(other),
  });

  test.each([
    ['https://api.example.com', 'https://api.example.com/'],
    ['https://api.example.com', 'https://API.example.com'],
    ['https://api.example.com', 'HTTPS://api.example.com:443/'],
    ['https://api.example.com', 'https://api.example.com:'],
    ['https://api.example.com/v1', 'https://api.example.com/a/../v1'],
    ['https://api.example.com/~v1', 'https://api.example.com/%7Ev1'],
    ['https://api.example.com/%2F', 'https://api.example.com/%2f'],
    ['http://api.example.com/?q', 'http://api.example.com:80?q'],
    ['https://[2001:DB8::1]:443/v1', 'https://[2001:db8::1]/v1'],
    ['https://user@API.example.com', 'https://user@api.example.com/'],
    ['https://API.example.com#a', 'https://api.example.com/#a'],
    ['urn:example:api', 'urn:example:api'],
  ])('%s is %s', (one, other) => {
    expect(answers(one, other)).toEqual({ server: true, verifier: true });
  });

  test.each([
    ['https://api.example.com/v1', 'https://api.example.com/v1/'],
    ['https://api.example.com/v1', 'https://api.example.com/V1'],
    ['https://api.example.com/v1', 'http://api.example.com/v1'],
    ['https://api.example.com/v1', 'https://api.example.com:8443/v1'],
    ['https://api.example.com', 'https://api.example.com:80'],
    ['https://api.example.com/v1', 'https://api.example.com/v1?'],
    ['https://api.example.com/?a=b', 'https://api.example.com/?a=B'],
    ['https://api.example.com/v1', 'https://api.example.com/v1#'],
    ['https://api.example.com', 'https://api.example.com/#a'],
    ['https://api.example.com/v1', 'https://user@api.example.com/v1'],
    ['https://api.example.com', 'https://api.example.com@evil.example'],
    ['https://api.example.com', 'https://api.example.com.evil.example'],
    ['https://api.example.com', 'https://evil.example\\@api.example.com'],
    ['https://api.example.com/v1', 'https://api.example.com%2Fv1'],
    ['https://api.example.com/v1', 'https://api.example.com/%2Fv1'],
    ['https://api.example.com/v1', 'https://api.example.com./v1'],
    ['https://api.example.com/v1', ' https://api.example.com/v1'],
    ['https://api.example.com/v1', 'https://api.example.com/v1 '],
    ['https://api.example.com/v1', 'https://api.example.com/v1\n'],
    ['https://api.example.com/v1', 'https:\\\\api.example.com\\v1'],
    ['https://api.example.com/v1', 'https:api.example.com/v1'],
    ['https://api.example.com/v1', 'https:///api.example.com/v1'],
    ['https://api.example.com/v1', 'https://api.example.com\\v1'],
    ['https://api.example.com/v1', '//api.example.com/v1'],
    ['https://api.example.com/v1', ''],
    ['invoices', 'Invoices'],
    ['urn:example:a', 'urn:example:A'],
  ])('%s is not %j', (one, other) => {
    expect(answers(one, other)).toEqual({ server: false, verifier: false });
  });

  test('whatever the text, both have one answer', () => {
    const part = fc.string({ unit: fc.constantFrom(...'aA./%7e2fF~-?#:@\\[] ä'), maxLength: 12 });
    const uri = fc
      .tuple(fc.constantFrom('https://', 'HTTPS://', 'http://', 'app://', 'https:', ''), part, part)
      .map(([scheme, host, path]) => `${scheme}${host}/${path}`);
    const spelt = fc.tuple(uri, fc.boolean()).map(([text, upper]) => (upper ? text.toUpperCase() : text));
    fc.assert(
      fc.property(uri, spelt, (one, other) => {
        for (const [a, b] of [
          [one, other],
          [one, one.toUpperCase()],
          [one, one.replace('/a/../', '/')],
        ] as const) {
          const { server, verifier } = answers(a, b);
          expect(verifier, `${a} ${b}`).toBe(server);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
