// Faults on demand, the list of requests, and the same over HTTP.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Mock, startMock } from '@tessera-oauth/server/mock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { basic } from '../support/server.ts';
import { answerOf, authorize, control, metadata, post, redeem, refresh, signedIn, token } from './client.ts';

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());
beforeEach(() => mock.reset());

const statuses = async (count: number, form: Record<string, string> = {}): Promise<number[]> => {
  const all: number[] = [];
  for (let asked = 0; asked < count; asked += 1) all.push((await token(mock, form)).status);
  return all;
};

describe('which requests', () => {
  test('the third', async () => {
    mock.fail({ nth: 3, status: 503 });
    expect(await statuses(5)).toEqual([200, 200, 503, 200, 200]);
  });

  test('each second', async () => {
    mock.fail({ every: 2, status: 500 });
    expect(await statuses(4)).toEqual([200, 500, 200, 500]);
  });

  test('the next two', async () => {
    mock.fail({ times: 2, status: 429, retry_after: 7 });
    expect((await token(mock)).headers.get('retry-after')).toBe('7');
    expect(await statuses(2)).toEqual([429, 200]);
  });

  test('those of one client, also where it comes by Basic', async () => {
    mock.fail({ client_id: 'unlucky', status: 503 });
    expect(await statuses(1, { client_id: 'lucky' })).toEqual([200]);
    expect(await statuses(1, { client_id: 'unlucky' })).toEqual([503]);
    const form = { grant_type: 'client_credentials', scope: 'read' };
    expect((await post(mock.token_endpoint, form, basic('unlucky', 'x'))).status).toBe(503);
  });

  test('those of one grant', async () => {
    const { refresh_token } = await signedIn(mock);
    mock.fail({ grant_type: 'refresh_token', error: 'invalid_grant' });
    expect(await statuses(1)).toEqual([200]);
    expect((await refresh(mock, refresh_token)).json.error).toBe('invalid_grant');
    mock.clearFaults();
    expect((await refresh(mock, refresh_token)).status, 'a fault uses nothing up').toBe(200);
  });

  test('those of another endpoint', async () => {
    mock.fail({ endpoint: 'jwks', status: 500 });
    expect(await statuses(1)).toEqual([200]);
    expect((await fetch(mock.jwks_uri)).status).toBe(500);
  });

  test('those of any endpoint, but not the control of the mock', async () => {
    mock.fail({ endpoint: 'any', status: 500 });
    expect((await fetch(`${mock.url}/.well-known/openid-configuration`)).status).toBe(500);
    expect((await control(mock, 'faults', undefined, 'DELETE')).status).toBe(204);
    expect(await statuses(1)).toEqual([200]);
  });

  test('the first rule whose turn it is, and each counts for itself', async () => {
    mock.fail({ nth: 2, status: 500 });
    mock.fail({ status: 503 });
    expect(await statuses(3)).toEqual([503, 500, 503]);
    expect(mock.faults().map(({ met }) => met)).toEqual([3, 3]);
  });
});

describe('what happens', () => {
  test.each(['trelica', 'tilia'])('the error is spelled as %s does', async (dialect) => {
    await using other = await startMock({ dialect, faults: [{ error: 'invalid_client' }] });
    const { status, json } = await token(other);
    const spelled = { trelica: [400, 'invalid_client'], tilia: [400, 'unauthorized_client'] }[dialect];
    expect([status, json.error]).toEqual(spelled);
  });

  test('the answer is late', async () => {
    mock.fail({ delay: 300 });
    const began = performance.now();
    expect(await statuses(1)).toEqual([200]);
    expect(performance.now() - began).toBeGreaterThan(290);
  });

  test('there is no answer: the connection is closed', async () => {
    mock.fail({ close: true, times: 1 });
    await expect(token(mock)).rejects.toThrow('fetch failed');
    expect(mock.requests().at(-1)).not.toHaveProperty('status');
    expect(await statuses(1)).toEqual([200]);
  });

  test('closing the mock ends the delays of answers', async () => {
    const script = `
      import { startMock } from '@tessera-oauth/server/mock';
      const mock = await startMock({ faults: [{ delay: '1h' }] });
      const asked = fetch(mock.token_endpoint, { method: 'POST' }).catch(({ message }) => message);
      while (mock.requests().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await mock.close();
      console.log(await asked);`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 15_000,
    });
    expect(await run).toEqual({ stdout: 'fetch failed\n', stderr: '' });
  });

  test.each([
    [{}, /what is to happen/],
    [{ nth: 1, every: 2, status: 500 }, /one of nth, every and times at most/],
    [{ status: 200 }, /status: got 200, expected a whole number from 400 to 599/],
    [{ status: 500, endpoint: 'nowhere' }, /endpoint: got "nowhere", expected one of token, /],
    [{ status: 500, clientid: 'x' }, /clientid: unknown key/],
    [{ error: 'a\nb' }, /error: got /],
  ])('%j cannot be', (rule, words) => {
    expect(() => mock.fail(rule as Parameters<Mock['fail']>[0])).toThrow(words);
  });
});

describe('the requests', () => {
  test('are listed with what they asked for and how they ended, and nothing secret', async () => {
    const { code_verifier, ...form } = {
      grant_type: 'client_credentials',
      scope: 'read',
      code_verifier: 'v-secret',
    };
    await post(`${mock.token_endpoint}?x=1`, form, basic('app', 's-secret'));
    await post(mock.token_endpoint, { ...form, code_verifier, client_id: 'app', client_secret: 's-secret' });
    await fetch(`${mock.url}/wrong`, {
      headers: { cookie: 'session=c-secret', authorization: 'Bearer t-secret' },
    });
    const [first, second, third] = mock.requests();
    expect(first).toMatchObject({
      method: 'POST',
      path: '/oauth2/token',
      query: { x: '1' },
      body: { grant_type: 'client_credentials', scope: 'read' },
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      endpoint: 'token',
      client_id: 'app',
      grant_type: 'client_credentials',
      status: 200,
    });
    expect(third).toMatchObject({ path: '/wrong', endpoint: 'none', status: 404, reason: 'path_unknown' });
    const masked = second?.body?.client_secret;
    expect(masked).toMatch(/^masked:/);
    expect(first?.headers.authorization, 'the same secret is masked the same').toBe(`Basic app:${masked}`);
    expect(JSON.stringify(mock.requests())).not.toMatch(/-secret/);
  });

  test('show that a code or a token was used again', async () => {
    const answer = await authorize(mock);
    const { refresh_token } = (await redeem(mock, answer.get('code'))).json;
    await redeem(mock, answer.get('code'));
    mock.clearRequests();
    await refresh(mock, refresh_token);
    await refresh(mock, refresh_token);
    const [first, second] = mock.requests().map(({ body }) => body?.refresh_token);
    expect(first).toBe(second);
    expect(JSON.stringify(mock.requests())).not.toContain(refresh_token);
  });

  test('are a thousand at most, the newest', async () => {
    for (let asked = 0; asked < 1003; asked += 1) await fetch(`${mock.url}/${asked}`);
    const paths = mock.requests().map(({ path }) => path);
    expect([paths.length, paths[0], paths.at(-1)]).toEqual([1000, '/3', '/1002']);
  });
});

describe('over HTTP', () => {
  test('requests', async () => {
    await token(mock);
    const { json, headers } = await control(mock, 'requests');
    expect(json).toEqual(mock.requests());
    expect(headers.get('content-type')).toBe('application/json');
    expect((await control(mock, 'requests', undefined, 'DELETE')).status).toBe(204);
    expect(mock.requests()).toEqual([]);
  });

  test('faults', async () => {
    expect((await control(mock, 'faults', { nth: 1, status: 503 })).status).toBe(204);
    expect(await statuses(2)).toEqual([503, 200]);
    expect((await control(mock, 'faults')).json).toMatchObject([{ nth: 1, status: 503, met: 2 }]);
    await control(mock, 'faults', undefined, 'DELETE');
    expect(mock.faults()).toEqual([]);
  });

  test('at its root it lists what there is, and that is no request of a client', async () => {
    mock.clearRequests();
    const response = await fetch(mock.control_url);
    expect(await response.json()).toMatchObject({
      '/_mock/requests': ['GET', 'DELETE'],
      '/_mock/clock': ['GET', 'POST'],
      '/_mock/reset': ['POST'],
    });
    expect(mock.requests()).toEqual([]);
  });

  test('the clock', async () => {
    const { json } = await control(mock, 'clock', { now: '2030-01-01T00:00:00Z' });
    expect(json.now).toMatch(/^2030-01-01T00:00:0/);
    await control(mock, 'clock', { advance: '-1h' });
    expect((await control(mock, 'clock')).json.now).toMatch(/^2029-12-31T23:00:0/);
    expect(mock.now().getUTCFullYear()).toBe(2029);
  });

  test('claims, the user, keys, and back to the start', async () => {
    await control(mock, 'claims', { claims: { plan: 'gold' }, client_id: 'app' });
    expect((await control(mock, 'claims')).json).toEqual({ all: {}, by_client: { app: { plan: 'gold' } } });
    await control(mock, 'user', { id: 'bob' });
    const { id_token } = await signedIn(mock, { scope: 'openid' });
    expect(JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()).sub).toBe('bob');
    const { kid } = (await control(mock, 'rotate-keys', undefined, 'POST')).json;
    const jwks = await answerOf(await fetch(mock.jwks_uri));
    expect(jwks.json.keys[0]?.kid).toBe(kid);
    await control(mock, 'clock', { advance: '1d' });
    expect((await control(mock, 'reset', undefined, 'POST')).status).toBe(204);
    expect([mock.requests(), mock.claims().by_client]).toEqual([[], {}]);
    expect(Math.abs(mock.now().getTime() - Date.now())).toBeLessThan(3_600_000);
  });

  test.each([
    ['clock', { advance: 'soon' }, /clock: /],
    [
      'clock',
      { now: '0001-01-01T00:00:00Z' },
      /clock: got a time before 1970 or after 9999, expected one between/,
    ],
    [
      'clock',
      { advance: 1e18 },
      /clock: advance: got 1000000000000000000, expected milliseconds, or a duration/,
    ],
    ['faults', { nth: 0, status: 503 }, /nth: got 0, expected a whole number from 1 on, such as 3/],
    ['user', { id: 5 }, /user: id: got 5, expected a text, in quotes/],
    ['clock', [], /clock: /],
    ['faults', { status: 'x' }, /fault: status: got "x"/],
    ['claims', { claims: { iss: 'x' } }, /claims\.iss/],
    ['claims', 7, /claims: /],
    ['user', { id: '' }, /user: id: /],
  ])('%s refuses %j in words', async (path, body, words) => {
    const { status, json } = await control(mock, path, body);
    expect(status).toBe(400);
    expect(json.error_description).toMatch(words);
  });

  test('a user refuses the login of another', async () => {
    await signedIn(mock);
    const { status, json } = await control(mock, 'user', { id: 'x', login: 'user-1@example.com' });
    expect([status, json.error_description]).toEqual([400, expect.stringMatching(/another has the login/)]);
  });

  test('a body that is not JSON, and other methods, are refused', async () => {
    const response = await fetch(`${mock.control_url}/clock`, { method: 'POST', body: '{' });
    expect(response.status).toBe(400);
    const { status, headers } = await control(mock, 'clock', undefined, 'PUT');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST']);
    expect((await metadata(mock)).token_endpoint).toBe(mock.token_endpoint);
  });
});
