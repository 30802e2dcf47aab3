// A server after real use, from before its database is stolen: everything secret that it has handed out.

import { randomBytes } from 'node:crypto';
import { Secret } from 'otpauth';
import { type TestUser, UserAgent } from '../../support/user-agent.ts';
import { turnOnSecondFactor } from './second-factor.ts';
import type { Tessera } from './folder.ts';
import {
  type App,
  ask,
  clientCredentials,
  codeOf,
  createUser,
  hasUsers,
  registerApps,
  tokensOf,
} from './use.ts';

export interface Victim {
  readonly apps: readonly App[];
  /** The one whose code and refresh token follow. */
  readonly app: App;
  readonly user: TestUser;
  /** As the form that redeems it, which nobody has sent. */
  readonly code: Readonly<Record<string, string>>;
  readonly refresh_token: string;
  readonly session: string;
  readonly recoveryCodes: readonly string[];
  /** By what they are. */
  readonly secrets: ReadonlyMap<string, Buffer>;
}

export async function makeVictim(server: Tessera): Promise<Victim> {
  const chosen = `correct horse battery ${randomBytes(9).toString('base64url')}`;
  const apps = [...(await registerApps(server)), ...(await registerApps(server, { at: 'tilia', chosen }))];
  const app = apps.find(hasUsers);
  if (app === undefined) throw new Error('no app that users take part in');
  const user = await createUser(server, 'ann@example.com');
  const agent = new UserAgent();
  const secrets = new Map<string, Buffer>();
  const keep = (name: string, value = '') => {
    if (value.length < 6) throw new Error(`no ${name}`);
    secrets.set(name, Buffer.from(value));
  };
  const signature = (token = '') => token.split('.')[2];
  for (const each of apps) {
    keep(`the secret of ${each.client_id}`, each.client_secret);
    const { access_token } = await clientCredentials(each);
    keep(`the signature of a token at ${each.issuer.name}`, signature(access_token));
  }
  const given = await tokensOf(ask(app, 'token', await codeOf(app, agent, user)));
  const code = await codeOf(app, agent, user);
  const { secret, recoveryCodes } = await turnOnSecondFactor(agent, server.origin);
  keep('the password', user.password);
  keep('the code', code.code);
  keep('the refresh token', given.refresh_token);
  keep('the signature of an access token', signature(given.access_token));
  keep('the signature of an ID token', signature(given.id_token));
  for (const [name, value] of agent.cookies) keep(`the cookie ${name}`, value);
  keep('the secret of the authenticator app', secret);
  secrets.set('the same in bytes', Buffer.from(Secret.fromBase32(secret).buffer));
  for (const each of recoveryCodes) keep(`the recovery code ${each}`, each);
  keep('the master key', server.masterKey);
  secrets.set('the master key in bytes', Buffer.from(server.masterKey, 'base64'));
  const session = agent.cookies.get('tessera-session') ?? '';
  return { apps, app, user, code, refresh_token: given.refresh_token ?? '', session, recoveryCodes, secrets };
}
