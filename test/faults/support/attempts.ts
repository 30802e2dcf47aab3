// What a thief tries with a value: to be taken for a client, for a user, or for what a client was given.

import { fromAnywhere } from '../../support/addresses.ts';
import { formOf, UserAgent } from '../../support/user-agent.ts';
import type { Tessera } from './folder.ts';
import { ask } from './use.ts';
import type { Victim } from './victim.ts';

/** Whether it was accepted. No earlier failure stands in its way: the thief is to fail by the value, not by the limits. */
type Attempt = (value: string) => Promise<boolean>;

export interface Attempts {
  readonly secret: Attempt;
  readonly code: Attempt;
  readonly refresh_token: Attempt;
  readonly session: Attempt;
  readonly access_token: Attempt;
  readonly password: Attempt;
}

/** As if nobody had failed yet. */
export const forgetFailures = (server: Tessera) =>
  server.asOperator(({ admin }) => admin.db.deleteFrom('attempts').execute());

export async function attemptsAt(server: Tessera, victim: Victim): Promise<Attempts> {
  const { app, apps, code, user } = victim;
  const userinfo = `${app.issuer.issuer}${app.issuer.dialect.paths.userinfo}`.replace(/([^:])\/\//, '$1/');
  const grant = (form: Record<string, string>) => ask(app, 'token', form, fromAnywhere());
  const nobody = new UserAgent();
  const judged = async <Answer extends { readonly status: number }>(send: () => Promise<Answer>) => {
    for (let answer = await send(); ; answer = await send()) {
      if (answer.status !== 429) return answer;
      await forgetFailures(server);
    }
  };
  const signIn = formOf(await nobody.get(`${server.origin}/account/sign-in`), '/account/sign-in');
  return {
    async secret(value) {
      const form = { grant_type: 'client_credentials', scope: 'read', client_secret: value };
      const answers = await Promise.all(
        apps.map((each) => judged(() => ask(each, 'token', form, fromAnywhere()))),
      );
      return (await Promise.all(answers.map(isAccepted))).includes(true);
    },
    code: async (value) => isAccepted(await grant({ ...code, code: value })),
    refresh_token: async (refresh_token) =>
      isAccepted(await grant({ grant_type: 'refresh_token', refresh_token })),
    async session(value) {
      if (!fitsHeader(value)) return false;
      const headers = { ...fromAnywhere(), cookie: `tessera-session=${value}` };
      const answer = await fetch(`${server.origin}/account`, { headers, redirect: 'manual' });
      return isAccepted(answer);
    },
    async access_token(value) {
      if (!fitsHeader(value)) return false;
      return isAccepted(
        await fetch(userinfo, { headers: { ...fromAnywhere(), authorization: `Bearer ${value}` } }),
      );
    },
    async password(value) {
      const headers = {
        ...fromAnywhere(),
        'content-type': 'application/x-www-form-urlencoded',
      };
      const body = new URLSearchParams({ ...signIn.fields, login: user.login, password: value }).toString();
      const page = await judged(() => nobody.fetch(signIn.action, { method: 'POST', headers, body }));
      refuseUnjudged(page.status);
      return page.status !== 422;
    },
  };
}

const fitsHeader = (value: string): boolean => /^[\x21-\x3a\x3c-\x7e]+$/.test(value);

async function isAccepted(answer: Response): Promise<boolean> {
  await answer.arrayBuffer();
  refuseUnjudged(answer.status);
  return answer.status === 200;
}

function refuseUnjudged(status: number): void {
  if (status === 429 || status >= 500) throw new Error(`an attempt was not judged: ${status}`);
}
