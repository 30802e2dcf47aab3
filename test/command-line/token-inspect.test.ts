// tessera token inspect: 0 for a token that is good, 1 for one that is not, 2 for what is no token. And what ends one.

import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadConfig } from '../../packages/server/src/config/load.ts';
import { connectInstance } from '../../packages/server/src/instance/connect.ts';
import { basic, post } from '../support/server.ts';
import { expectRefusal } from './in-process.ts';
import { cleanUp, expectMistake, type Project, project, type Served } from './program.ts';
import { type Credentials, requestToken } from './requests.ts';

let place: Project;
let server: Served;
let good: string;
let client: Credentials;

const newToken = async (): Promise<string> =>
  (await requestToken(`${server.json.origin}/oauth2/token`, client)).access_token;

/** The token with other claims, signed by the key of the issuer. */
async function resigned(token: string, claims: object): Promise<string> {
  const instance = await connectInstance(await loadConfig(place.file, {}));
  try {
    const [header = '', payload = ''] = token.split('.');
    const changed = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims };
    const input = `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}`;
    const signature = await instance.keyring.signingKey('main').sign(input);
    return `${input}.${Buffer.from(signature).toString('base64url')}`;
  } finally {
    await instance.close();
  }
}

beforeAll(async () => {
  place = await project({ issuers: [{ name: 'main', location: '/', signing_alg: 'EdDSA' }] });
  server = await place.start();
  client = await place.json(['client', 'create', '--issuer', 'main']);
  good = await newToken();
});
afterAll(cleanUp);

const inspect = async (token: string, input?: string) => {
  const args = ['token', 'inspect', token, '--output', 'json'];
  const { code, stdout } = await place.run(args, input === undefined ? {} : { input });
  return { code, ...(JSON.parse(stdout) as { valid: boolean; reason: string; claims: { jti: string } }) };
};

test.concurrent('a good one, as text, as JSON, and from standard input', async () => {
  const { code, stdout } = await place.run(['token', 'inspect', good]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^valid: +true\nreason: +\S.*\nissuer: +main\n\n\{\n {2}"alg": "EdDSA",\n/);
  expect(stdout).toContain(`"client_id": "${client.client_id}"`);
  expect(await inspect(good)).toMatchObject({
    code: 0,
    valid: true,
    issuer: 'main',
    header: { alg: 'EdDSA', typ: 'at+jwt', kid: expect.any(String) },
    claims: { client_id: client.client_id },
  });
  expect(await inspect('-', `${good}\n`)).toMatchObject({ code: 0, valid: true });
});

test.concurrent('one that is piped without a word, or pasted as it is in a header; its times are times', async () => {
  for (const input of [good, `${good}\n`, `Bearer ${good}`, `Authorization: bearer ${good}\r\n`]) {
    const { code, stdout } = await place.run(['token', 'inspect'], { input });
    expect(code).toBe(0);
    expect(JSON.parse(stdout.slice(stdout.lastIndexOf('\n{')).replace(/ {2}\(.*\)$/gm, ''))).toHaveProperty(
      'exp',
    );
    expect(stdout).toMatch(/^ {2}"exp": (\d+), {2}\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\)$/m);
  }
  expect(await inspect(`Bearer ${good}`)).toMatchObject({ code: 0, claims: { exp: expect.any(Number) } });
});

test.concurrent('a tampered one', async () => {
  const [header, payload = '', signature] = good.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url');
  const inspected = await inspect([header, changed, signature].join('.'));
  expect(inspected).toMatchObject({ code: 1, valid: false, claims: { sub: 'admin' } });
  expect(inspected.reason).toMatch(/signature/);
});

test.concurrent('one that is signed by somebody else', async () => {
  const { privateKey } = await generateKeyPair('EdDSA');
  const foreign = new SignJWT({ jti: '1' })
    .setProtectedHeader({ alg: 'EdDSA' })
    .setIssuer(server.json.origin);
  const token = await foreign.setExpirationTime('1h').sign(privateKey);
  expect(await inspect(token)).toMatchObject({ code: 1, valid: false });
});

test.concurrent('an expired one', async () => {
  const now = Math.floor(Date.now() / 1000);
  const [token, another] = [await resigned(good, { exp: now }), await resigned(good, { exp: now + 3600 })];
  expect(await inspect(token)).toMatchObject({ code: 1, valid: false, reason: 'expired', issuer: 'main' });
  expect(await inspect(another)).toMatchObject({ code: 0, valid: true, issuer: 'main' });
});

test.concurrent('a revoked one', async () => {
  const token = await newToken();
  const credentials = basic(client.client_id, client.client_secret);
  await post(`${server.json.origin}/oauth2/revoke`, { token }, credentials);
  expect(await inspect(token)).toMatchObject({ code: 1, valid: false, reason: 'revoked' });
});

test('one that an administrator ends is in the list; the word of another issuer does not end it', async () => {
  const token = await newToken();
  const revoke = ['token', 'revoke', token];
  const refused = await place.run([...revoke, '--issuer', 'other']);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(/^tessera: this token is of issuer main, not of other$/m);
  expect(await inspect(token)).toMatchObject({ code: 0, valid: true });
  const revoked = await place.json([...revoke, '--issuer', 'main']);
  expect(await inspect(token)).toMatchObject({ code: 1, valid: false, reason: 'revoked' });
  expect(await place.json(['token', 'list', '--issuer', 'main'])).toContainEqual({
    issuer: 'main',
    jti: revoked.jti,
    expires_at: revoked.expires_at,
  });
});

test.each([
  ['a word', 'token'],
  ['three words', 'a.b.c'],
])('no token at all: %s', (_what, token) =>
  expectRefusal(['token', 'inspect', token, '--config', place.file], /not a JWT/),
);

test.concurrent.each([[['inspect']], [['inspect', '-']], [['revoke']]])(
  'token %j of an empty standard input',
  async (args) => {
    const said = /token: got nothing on standard input, expected a JWT there, or as an argument/;
    expectMistake(await place.run(['token', ...args]), said);
  },
);

test('revoked by its jti alone it is entered unseen; a jti in place of the token is told how', async () => {
  await expectRefusal(
    ['token', 'revoke', 'nope', '--config', place.file],
    /where you have its jti alone: .*--jti JTI/,
  );
  await expectRefusal(['token', 'inspect', '', '--config', place.file], /token: got "", expected a JWT/);
  const { stdout } = await place.run(['token', 'revoke', '--jti', 'nope', '--issuer', 'main']);
  expect(stdout).toMatch(
    /^nope is on the deny-list of main until \S+Z: no token is stored here, so check that/,
  );
  expect((await place.run(['token', 'list'])).stdout).toMatch(/^ISSUER +JTI, OR ID OF A GRANT +UNTIL\n/);
});
