// A company's own sign-in page for Tessera, with Express 5 and jose. Users and sessions are in memory here; replace them with
// those that you have. The rest can stay as it is.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import express, { type Request, type Response } from 'express';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

type Setting = 'ISSUER' | 'PAGE_URL' | 'SECRET_FILE' | 'PORT';
const { ISSUER, PAGE_URL, SECRET_FILE, PORT } = process.env as Record<Setting, string>;

const { origin, pathname: path } = new URL(PAGE_URL);
const secret = readFileSync(SECRET_FILE, 'utf8').trim();
const metadata = await fetch(`${ISSUER}/.well-known/openid-configuration`);
const { jwks_uri } = (await metadata.json()) as { jwks_uri: string };
const keySet = createRemoteJWKSet(new URL(jwks_uri));

const password = randomBytes(9).toString('base64url');
const users = [{ login: 'ann@example.com', password, subject: 'customer-1001', name: 'Ann Example' }];
const sessions = new Map<string, { user: (typeof users)[number]; auth_time: number }>();
const inWords: Record<string, string> = { read: 'See your invoices', write: 'Change your invoices' };

interface Ticket extends JWTPayload {
  ask: 'sign_in' | 'select_account' | 'consent';
  client?: { client_name: string };
  request: { scope: string[]; remembered?: string[]; prompt?: string; max_age?: number };
  answer_uri: string;
}

async function readTicket(text: unknown): Promise<Ticket> {
  const expected = { issuer: ISSUER, audience: PAGE_URL, typ: 'login-ticket+jwt' };
  return (await jwtVerify<Ticket>(String(text), keySet, expected)).payload;
}

/** The session at this site, if it is enough for the ticket: some apps want the user to sign in again. */
function currentSession(req: Request, { ask, iat = 0, request: { prompt = '', max_age } }: Ticket) {
  const session = sessions.get(/company_session=([\w-]+)/.exec(req.headers.cookie ?? '')?.[1] ?? '');
  const since = prompt.includes('login') ? iat : iat - (max_age ?? Number.POSITIVE_INFINITY);
  return ask !== 'select_account' && session && session.auth_time > since ? session : undefined;
}

function signIn(res: Response, { login, password }: Record<string, string>) {
  const user = users.find((each) => each.login === login && each.password === password);
  if (user === undefined) return undefined;
  const session = { user, auth_time: Math.floor(Date.now() / 1000) };
  const id = randomBytes(32).toString('base64url');
  sessions.set(id, session);
  res.cookie('company_session', id, {
    httpOnly: true,
    sameSite: 'lax',
    secure: PAGE_URL.startsWith('https'),
  });
  return session;
}

const html = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

function page(ticket: string, { client, request }: Ticket, name: string | undefined, problem = '') {
  const box = (scope: string) =>
    `<p><label><input type="checkbox" name="scope" value="${html(scope)}" checked>
      ${html(inWords[scope] ?? scope)}${request.remembered?.includes(scope) ? ' (allowed before)' : ''}</label>`;
  const fields = `<p><label>Email <input name="login" autocomplete="username" required></label>
    <p><label>Password <input name="password" type="password" autocomplete="current-password" required></label>`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Sign in</title>
    <h1>${client ? `Continue to ${html(client.client_name)}` : 'Your account'}</h1>
    <p role="alert">${problem}</p>
    <form method="post" action="${path}"><input type="hidden" name="ticket" value="${html(ticket)}">
    ${name === undefined ? fields : `<p>You are ${html(name)}.`}
    ${request.scope.map(box).join('')}
    <p><button name="decision" value="allow">Continue</button>
    <button name="decision" value="refuse" formnovalidate>Cancel</button></form>`;
}

/** Tells Tessera, and sends the browser back there. */
async function answer(res: Response, { answer_uri }: Ticket, body: object) {
  const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
  const response = await fetch(answer_uri, { method: 'POST', headers, body: JSON.stringify(body) });
  const { redirect_to, error_description } = (await response.json()) as Record<string, string>;
  if (redirect_to === undefined) throw new Error(error_description);
  res.redirect(303, redirect_to);
}

const app = express();
app.use((_req, res, next) => {
  const policy = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";
  res.set({
    'Content-Security-Policy': policy,
    // With `no-referrer`, browsers would send our own form with `Origin: null`.
    'Referrer-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  });
  next();
});

app.get(path, async (req, res) => {
  const ticket = await readTicket(req.query.ticket);
  res.send(page(String(req.query.ticket), ticket, currentSession(req, ticket)?.user.name));
});

/** Whether our own page sent the form: another site could sign a visitor in as somebody else (login CSRF). */
function isOwnForm(req: Request): boolean {
  const site = req.get('sec-fetch-site');
  return site === undefined ? req.get('origin') === origin : site === 'same-origin';
}

app.post(path, express.urlencoded(), async (req, res) => {
  if (!isOwnForm(req)) throw new Error('a form of another site');
  const form: Record<string, string> = req.body;
  const ticket = await readTicket(form.ticket);
  const ticked: unknown[] = [req.body.scope].flat();
  const scope = ticket.request.scope.filter((each) => ticked.includes(each));
  const nothing = scope.length === 0 && ticket.request.scope.length > 0;
  if (form.decision !== 'allow' || nothing) {
    await answer(res, ticket, { ticket: form.ticket, error: 'access_denied' });
    return;
  }
  const session = currentSession(req, ticket) ?? signIn(res, form);
  if (session === undefined) {
    res.status(422).send(page(form.ticket ?? '', ticket, undefined, 'The email or the password is wrong.'));
    return;
  }
  const { user, auth_time } = session;
  const { subject, name, login: email } = user;
  await answer(res, ticket, { ticket: form.ticket, subject, scope, auth_time, amr: ['pwd'], name, email });
});

app.use((error: Error, _req: Request, res: Response, _next: express.NextFunction) => {
  console.error(error.message);
  res.status(400).send('This page is not valid any more. Please start again in the app.');
});

app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(JSON.stringify({ page: PAGE_URL, login: users[0]?.login, password }));
});
