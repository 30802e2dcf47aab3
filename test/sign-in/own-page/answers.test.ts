// What the server of the company's own page may answer to a ticket, and what it is told where it may not: by JSON, with
// the ticket as good as before.

import { decodeJwt, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type App, createApp } from '../../authorization/app.ts';
import { fromAnywhere } from '../../support/addresses.ts';
import { type Page, UserAgent } from '../../support/user-agent.ts';
import { answer, type PageServer, passThrough, startPageServer, ticketOf } from './page.ts';

const url = 'https://www.example.com/sign-in';
const subject = 'customer-1';
const good = { subject, scope: ['read'] };

let server: PageServer;
let app: App;
beforeAll(async () => {
  server = await startPageServer(url, { trust_proxy: ['127.0.0.1'] });
  app = await createApp(server, 'standard');
});
afterAll(() => server.close());
afterEach(() => void vi.useRealTimers());

const now = () => Math.floor(Date.now() / 1000);
const later = (seconds: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 });
const newTicket = (parameters: Record<string, string> = {}) =>
  ticketOf(new UserAgent(), app.url({ scope: 'read write', ...parameters }));
const paramsOf = ({ location = '' }: Page) => Object.fromEntries(new URL(location).searchParams);
const lastReason = () => server.log.findLast(({ endpoint }) => endpoint === 'ticket')?.reason;

describe('a bad answer is explained, and leaves the ticket as it was', () => {
  test.each<[reason: string, given: object | string, description: RegExp]>([
    ['answer_malformed', 'subject=a', /^The body is not JSON\.$/],
    ['answer_malformed', '', /^The body is not JSON\.$/],
    ['answer_malformed', '[]', /expected object/],
    ['answer_malformed', 'null', /expected object/],
    ['answer_malformed', { scope: ['read'] }, /^subject: .*expected string/],
    ['answer_malformed', { subject: '', scope: ['read'] }, /^subject: /],
    ['answer_malformed', { subject: 5, scope: ['read'] }, /^subject: /],
    ['answer_malformed', { subject }, /^scope: .*expected array/],
    ['answer_malformed', { subject, scope: 'read' }, /^scope: .*expected array/],
    ['answer_malformed', { ...good, scopes: ['read'] }, /scopes/],
    ['answer_malformed', { error: 'server_error' }, /^error: .*access_denied/],
    ['answer_malformed', { ...good, error: 'access_denied' }, /subject/],
    ['scope_empty', { subject, scope: [] }, /to refuse, send error: access_denied/],
    ['scope_not_asked', { subject, scope: ['read', 'openid'] }, /^scope: /],
    ['scope_not_asked', { subject, scope: ['read write'] }, /^scope: /],
    ['scope_not_asked', { subject, scope: [''] }, /^scope: /],
    ['auth_time_ahead', { ...good, auth_time: Date.now() }, /^auth_time: .*seconds/],
  ])('%s: %j', async (reason, given, description) => {
    const ticket = await newTicket();
    const body = typeof given === 'string' ? given : { ticket, ...given };
    const refused = await answer(server, body);
    const error = reason === 'scope_not_asked' ? 'invalid_scope' : 'invalid_request';
    expect(refused).toMatchObject({
      status: 400,
      error,
      error_description: expect.stringMatching(description),
    });
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(lastReason()).toBe(reason);
    expect((await answer(server, { ticket, ...good })).status).toBe(200);
  });
});

describe('a ticket is refused', () => {
  test('that was answered before, or is answered ten times at once', async () => {
    const ticket = await newTicket();
    const all = await Promise.all(Array.from({ length: 10 }, () => answer(server, { ticket, ...good })));
    expect(all.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(400)]);
    const again = await answer(server, { ticket, error: 'access_denied' });
    expect(again).toMatchObject({ status: 400, error_description: 'The ticket was answered before.' });
  });

  test('that has expired', async () => {
    const [first, second] = [await newTicket(), await newTicket()];
    later(598);
    expect((await answer(server, { ticket: first, ...good })).status).toBe(200);
    later(3);
    const refused = await answer(server, { ticket: second, ...good });
    expect(refused).toMatchObject({ status: 400, error_description: expect.stringContaining('expired') });
  });

  test.each<[what: string, make: (ticket: string) => Promise<string> | string]>([
    [
      'of another issuer',
      async () => {
        const other = await createApp(server, 'trelica');
        return ticketOf(new UserAgent(), other.url({ scope: 'read' }));
      },
    ],
    [
      'that was changed',
      (ticket) => {
        const [head, , signature] = ticket.split('.');
        const claims = { ...decodeJwt(ticket), request: { scope: ['read', 'write', 'admin'] } };
        return [head, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
      },
    ],
    [
      'signed by another',
      (ticket) =>
        new SignJWT(decodeJwt(ticket)).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32)),
    ],
    [
      'without a signature',
      (ticket) => {
        const head = Buffer.from('{"alg":"none"}').toString('base64url');
        return `${head}.${ticket.split('.')[1]}.`;
      },
    ],
    [
      'that is an access token',
      async () => {
        const agent = new UserAgent();
        const page = await passThrough(server, agent, app.url(), { subject, scope: ['read'] });
        return (await app.redeem(paramsOf(page).code ?? '')).access_token;
      },
    ],
    ['that is none', () => 'ticket'],
  ])('%s', async (_what, make) => {
    const ticket = await newTicket();
    const refused = await answer(server, { ticket: await make(ticket), ...good });
    expect(refused).toMatchObject({ status: 400, error: 'invalid_request' });
    expect(refused.error_description).toBe('This is no ticket of this issuer for this page.');
    expect((await answer(server, { ticket, ...good })).status).toBe(200);
  });
});

describe('the secret', () => {
  test.each<[reason: string, authorization: () => string]>([
    ['login_secret_wrong', () => 'Bearer wrong'],
    ['login_secret_wrong', () => `Bearer ${server.secret.slice(0, -1)}`],
    ['login_secret_missing', () => ''],
    ['login_secret_missing', () => 'Bearer '],
    ['login_secret_missing', () => `Basic ${server.secret}`],
  ])('%s', async (reason, authorization) => {
    const ticket = await newTicket();
    const headers = { authorization: authorization(), ...fromAnywhere() };
    const refused = await answer(server, { ticket, ...good }, headers);
    expect(refused).toMatchObject({ status: 401, error: 'invalid_token' });
    expect(refused.headers.get('www-authenticate')).toBe(`Bearer realm="${server.origin}"`);
    expect(lastReason()).toBe(reason);
    expect((await answer(server, { ticket, ...good })).status).toBe(200);
  });

  // It has 32 characters at least: to count guesses would only let a neighbour keep the page's server out.
  test('is right however often it was wrong before', async () => {
    const neighbour = fromAnywhere();
    for (let n = 0; n < 12; n += 1)
      expect((await answer(server, 'x', { ...neighbour, authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await answer(server, { ticket: await newTicket(), ...good }, neighbour)).status).toBe(200);
  });

  test('is in no line of the log, and neither is a ticket, what comes of it, or who signs in', async () => {
    const agent = new UserAgent();
    const ticket = await ticketOf(agent, app.url());
    const who = { ...good, name: 'Bea Secretive', email: 'bea@example.com' };
    const { redirect_to } = await answer(server, { ticket, ...who });
    await agent.get(redirect_to);
    await answer(server, { ticket, ...who });
    const lines = JSON.stringify(server.log);
    expect(lines).toContain('ticket_used');
    const result = new URL(redirect_to).searchParams.get('result') ?? '';
    for (const secret of [server.secret, ticket, result, who.name, who.email])
      expect(lines).not.toContain(secret);
  });
});

describe('how recently the user signed in', () => {
  test.each<[parameters: Record<string, string>, age: number, status: number]>([
    [{}, 1_000_000, 200],
    [{ max_age: '300' }, 299, 200],
    [{ max_age: '300' }, 330, 400],
    [{ max_age: '0' }, 0, 200],
    [{ max_age: '0' }, 30, 400],
    [{ prompt: 'login' }, 0, 200],
    [{ prompt: 'consent login' }, 30, 400],
    [{ prompt: 'login', max_age: '300' }, 30, 400],
    [{ prompt: 'consent' }, 1_000_000, 200],
  ])('%j, %i seconds ago: %i', async (parameters, age, status) => {
    const answered = await answer(server, {
      ticket: await newTicket(parameters),
      ...good,
      auth_time: now() - age,
    });
    expect(answered.status).toBe(status);
    if (status === 400) expect(answered.error_description).toMatch(/^auth_time: .*newer sign-in/);
  });
});
