// The pages of the demo app. They look like the pages of the server, and load nothing.

import { urlBelow } from '@tessera-oauth/core';
import type { ServedIssuer } from '../../model.ts';
import { type Html, html, render, type Value } from '../../pages/html.ts';
import type { Run, Step } from './flow.ts';
import { meaningOf, steps } from './words.ts';

const page = (title: string, body: Value): string =>
  render(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Tessera demo app</title>
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header class="brand"><a href="/">Tessera demo app</a></header>
<main class="card wide">
${body}
</main>
</body>
</html>
`);

export const startPage = (issuers: readonly ServedIssuer[], runs: ReadonlyMap<string, Run>): string =>
  page(
    'Start',
    html`<h1>From sign-in to API in one minute</h1>
<p class="lead">This app stands for one that your customers build on your API. Sign in as the demo user, whose name and
password are in the terminal, and see each step as it went over the wire.</p>
<div class="choices">
${issuers.map(
  ({ name, issuer }) => html`<form method="post" action="/${name}/start">
<button${name === 'standard' && html` class="primary"`}>Sign in at ${name}</button>
<p class="hint center">${name === 'standard' ? 'OAuth 2.1 and OpenID Connect, as the standards have them' : html`The same in the dialect of ${name}`}, at <code>${issuer}</code></p>
${runs.has(name) && html`<p class="hint center"><a href="/${name}">What you did there before</a></p>`}
</form>
`,
)}</div>`,
  );

export const failurePage = (message: string): string =>
  page(
    'No tokens',
    html`<h1>No tokens this time</h1>
<p class="note problem">${message}</p>
${message.startsWith('access_denied') && html`<p>You said no, and that is all that the app is told. A real app would go on without, or explain why it asks.</p>`}
<a class="button primary" href="/">Start again</a>`,
  );

export function runPage({ issuer, steps, tokens }: Run): string {
  const { name } = issuer;
  const failed = steps.some(({ status = 200 }) => status >= 400);
  return page(
    `Tokens from ${name}`,
    html`<h1>Tokens from ${name}</h1>
<p class="lead">The app may now act for you, within what you allowed. What next?</p>
<div class="actions">
<form method="post" action="/${name}/api"><button class="primary">Call the API</button></form>
<form method="post" action="/${name}/refresh"><button>Refresh</button></form>
<a class="button" href="${urlBelow(issuer, '/account')}">See it at your account</a>
</div>
${failed && html`<p class="note problem">A step was refused: see below. Perhaps you have disconnected the app. <a href="/">Start again</a></p>`}
<ol class="steps">
${steps.map((step, index) => stepView(step, index + 1, index === steps.length - 1))}</ol>
${['access_token', 'id_token'].map((kind) => typeof tokens[kind] === 'string' && tokenView(kind, tokens[kind]))}
<p class="center"><a href="/">Once more</a></p>`,
  );
}

const stepView = (step: Step, number: number, open: boolean): Html => html`<li id="step-${number}">
<h2>${steps[step.kind].title}</h2>
<p>${steps[step.kind].text}</p>
<details${open && html` open`}><summary class="wire"><code>${step.request}</code></summary>
${parametersView(step.parameters)}
${
  step.status !== undefined &&
  html`<p class="wire"><code>${step.status}</code></p>
<pre tabindex="0">${JSON.stringify(step.answer, shortened, 2)}</pre>`
}
</details>
</li>
`;

/** Tokens are whole below; here their begin is enough. */
const shortened = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > 60 && !value.includes(' ') ? `${value.slice(0, 24)}…` : value;

const parametersView = (parameters: Readonly<Record<string, unknown>>): Html => html`<dl class="parameters">
${Object.entries(parameters).map(
  ([
    name,
    value,
  ]) => html`<div><dt><code>${name}</code>${meaningOf(name) !== '' && html` <span class="hint">${meaningOf(name)}</span>`}</dt>
<dd><code>${inWords(name, value)}</code></dd></div>
`,
)}</dl>`;

/** Times as times, lists as lists. */
function inWords(name: string, value: unknown): string {
  if (['exp', 'iat', 'nbf', 'auth_time'].includes(name) && typeof value === 'number')
    return `${new Date(value * 1000).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  if (typeof value === 'object') return JSON.stringify(value);
  return /^Bearer ./.test(String(value)) ? `${String(value).slice(0, 31)}…` : String(shortened('', value));
}

function tokenView(kind: string, token: string): Html {
  const parts = token.split('.');
  const [header, payload] = parts
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return html`<section id="${kind}">
<h2>${kind === 'id_token' ? 'The ID token' : 'The access token'}, decoded</h2>
<p>${kind === 'id_token' ? 'For the app: who has signed in.' : 'For the API: what the app may do.'} Signed, not encrypted: anybody can read it, nobody can change it.</p>
<details><summary>As it is sent</summary>
<pre class="token" tabindex="0">${parts.map((part, index) => html`${index > 0 && '.'}<span>${part}</span>`)}</pre></details>
<h3>Header</h3>
${parametersView(header)}
<h3>Claims</h3>
${parametersView(payload)}
</section>`;
}
