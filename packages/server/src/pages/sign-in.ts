// The sign-in page: password, passkey, upstream providers.

import { type Html, html, link } from './html.ts';
import { type PageContext, page } from './layout.ts';
import { alert, field, hidden, type Problem, passwordField, problemText, strong } from './parts.ts';
import { providerMark } from './provider-marks.ts';
import type { Strings } from './strings/index.ts';

interface UpstreamShown {
  readonly label: string;
  readonly href: string;
  /** The provider's issuer identifier. */
  readonly issuer: string;
}

export interface SignIn {
  readonly action: string;
  readonly csrf: string;
  readonly client_name?: string | undefined;
  /** What was entered before, or the client's `login_hint`. */
  readonly login?: string | undefined;
  /**
   * `passkey`: the passkey was not accepted. `cancelled`, `refused`, `unreachable`: what became of signing in at
   * `upstream`. `disabled`: the account is.
   */
  readonly problem?: Problem | 'passkey' | keyof Strings['sign_in_problems'] | undefined;
  /** The label of a provider. */
  readonly upstream?: string | undefined;
  readonly wait_seconds?: number | undefined;
  readonly upstreams: readonly UpstreamShown[];
  readonly passkey?:
    | {
        /** JSON of PublicKeyCredentialRequestOptions (Web Authentication Level 3 §5.1.10). */
        readonly options: string;
        readonly action: string;
      }
    | undefined;
  /** False: the issuer signs in with upstream providers only. */
  readonly password: boolean;
}

export function signInPage(c: PageContext, data: SignIn): string {
  const { client_name, problem, passkey, password } = data;
  return page(c, (s) => ({
    title: s.sign_in,
    problem: problem !== undefined,
    scripts: password && passkey !== undefined ? ['passkey', 'page'] : ['page'],
    body: html`${client_name !== undefined && html`<p class="lead">${s.to_continue_to(strong(client_name))}</p>`}
${problem !== undefined && alert(describe(c, s, problem, data))}
${password && passwordForm(c, s, data)}
${others(s, data)}`,
  }));
}

function describe(
  c: PageContext,
  s: Strings,
  problem: NonNullable<SignIn['problem']>,
  { upstream = '', wait_seconds }: SignIn,
): string {
  if (problem === 'wrong' || problem === 'throttled' || problem === 'expired')
    return problemText(c, s, problem, { wrong: s.wrong_password, wait_seconds });
  return problem === 'passkey' ? s.passkey_failed : s.sign_in_problems[problem](upstream);
}

function passwordForm({ theme }: PageContext, s: Strings, data: SignIn): Html {
  const { action, csrf, login = '', problem, passkey } = data;
  // The page does not tell which of the two was wrong. Most people mistype the password, so the focus goes there.
  const both = { described: problem !== undefined, invalid: problem === 'wrong' };
  const autocomplete = passkey === undefined ? 'username' : 'username webauthn';
  const asTyped = html`autocapitalize="none" autocorrect="off" spellcheck="false"`;
  return html`<form method="post" action="${action}" class="fields">
${hidden({ csrf })}
${field({
  name: 'login',
  label: s.login,
  attributes: html`type="text" value="${login}" autocomplete="${autocomplete}" ${asTyped}`,
  focus: login === '',
  ...both,
})}
${passwordField(s, {
  name: 'password',
  label: s.password,
  attributes: html`autocomplete="current-password"`,
  focus: login !== '',
  ...both,
})}
<button class="primary">${s.sign_in}</button>
</form>${
    theme.forgot_password_url !== undefined &&
    html`\n<p class="hint center">${link(theme.forgot_password_url, s.forgot_password)}</p>`
  }`;
}

/** The other ways to sign in. */
function others(s: Strings, data: SignIn): Html {
  const { csrf, upstreams, problem, passkey, password } = data;
  const divider = html`<p class="or"><span>${s.or}</span></p>\n`;
  // Without upstream providers the divider is part of the passkey's form, which is hidden in browsers without passkeys.
  if (upstreams.length === 0)
    return html`${password && passkey !== undefined && passkeyForm(s, csrf, passkey, divider)}`;
  const focused = html` class="button" autofocus${problem !== undefined && html` aria-describedby="problem"`}`;
  const attributes = (index: number) => (!password && index === 0 ? focused : html` class="button"`);
  return html`${password && divider}<div class="choices">
${password && passkey !== undefined && passkeyForm(s, csrf, passkey, false)}
${upstreams.map(
  (each, index) =>
    html`${link(each.href, html`${providerMark(each)}${s.continue_with(each.label)}`, attributes(index))}\n`,
)}</div>`;
}

/** Shown by passkey.js, where the browser knows passkeys. */
const passkeyForm = (
  s: Strings,
  csrf: string,
  { action, options }: NonNullable<SignIn['passkey']>,
  divider: Html | false,
): Html => html`<form method="post" action="${action}" class="passkey" data-passkey="get" data-options="${options}">
${divider}${hidden({ csrf, credential: '' })}
<button>${s.passkey_sign_in}</button>
<p class="note problem" role="alert" data-failed="${s.passkey_failed}" hidden></p>
</form>`;
