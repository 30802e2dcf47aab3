// The clients that a dialect can have, registered as an administrator does: in order, and unable to authenticate each for
// another reason.

import { randomUUID } from 'node:crypto';
import type { Issuer } from '@tessera-oauth/core';
import { addClientSecret, revokeClientSecret } from '../../packages/server/src/admin/client-secrets.ts';
import { changeClient, registerClient } from '../../packages/server/src/admin/clients.ts';
import type { AdminContext } from '../../packages/server/src/admin/context.ts';
import { newClient, type Registration } from '../support/registration.ts';

export const callback = 'https://app.example/callback';
export const signedOut = 'https://app.example/bye';

export interface Party {
  readonly client_id: string;
  readonly client_secret: string;
  readonly grant_types: readonly string[];
}

/** What is shown of whom; all of `refused` must be told the same. */
export interface Parties {
  /** With all that its dialect has; public where there are no secrets. */
  readonly app: Party;
  /** Another one of the same kind. */
  readonly other: Party;
  /** Without a secret; undefined where the dialect has no such clients. */
  readonly open: Party | undefined;
  /** With the first grant of its dialect alone; undefined where that is all. */
  readonly limited: Party | undefined;
  /** Empty where the dialect has no secrets. */
  readonly refused: Readonly<Record<string, Party>>;
}

export async function registerParties(
  admin: AdminContext,
  { name, dialect }: Issuer,
  scope: readonly string[],
): Promise<Parties> {
  const hasSecrets = dialect.client_authentication.some((method) => method !== 'none');
  const hasUsers = dialect.grant_types.includes('authorization_code');
  const register = async (registration: Registration = {}): Promise<Party> => {
    // RS256 for ID tokens would take longer than all the rest.
    const usual = {
      scope: [...scope],
      id_token_signed_response_alg: null,
      ...(hasUsers && { redirect_uris: [callback], post_logout_redirect_uris: [signedOut] }),
    };
    const { client, client_secret = '' } = await registerClient(
      admin,
      name,
      newClient({ ...usual, introspection: 'own', ...registration }),
    );
    const { client_id, grant_types } = client;
    return { client_id, client_secret, grant_types };
  };
  const hasPublic = hasUsers && dialect.client_authentication.includes('none');
  const open = hasPublic ? await register({ public: true }) : undefined;
  if (!hasSecrets) {
    const nobody = { client_id: randomUUID(), client_secret: '', grant_types: [] };
    return {
      app: open ?? nobody,
      other: open ? await register({ public: true }) : nobody,
      open,
      limited: undefined,
      refused: {},
    };
  }
  const [app, other] = [await register(), await register()];
  const [first] = dialect.grant_types.filter((grant) => grant !== 'refresh_token');
  const limited = dialect.grant_types.length > 1 ? await register({ grant_types: [first ?? ''] }) : undefined;
  return { app, other, open, limited, refused: await registerRefused(admin, name, app, register) };
}

async function registerRefused(
  admin: AdminContext,
  issuer: string,
  app: Party,
  register: () => Promise<Party>,
): Promise<Parties['refused']> {
  const [disabled, revoked] = [await register(), await register()];
  await changeClient(admin, issuer, disabled.client_id, { disabled: true });
  const { secrets } = await changeClient(admin, issuer, revoked.client_id, {});
  for (const { id } of secrets) await revokeClientSecret(admin, issuer, revoked.client_id, id);
  const then = admin.now() - 10_000;
  const expired = await addClientSecret({ ...admin, now: () => then }, issuer, app.client_id, {
    expires_at: then + 1,
  });
  const wrong = randomUUID();
  return {
    unknown: { ...app, client_id: randomUUID() },
    wrong: { ...app, client_secret: wrong },
    swapped: { ...app, client_secret: revoked.client_secret },
    expired: { ...app, client_secret: expired.client_secret ?? wrong },
    revoked,
    disabled,
  };
}
