// What tests say of a client that they register; all else is as most of them want it.

import type { NewClient } from '../../packages/server/src/admin/client-input.ts';

export type Registration = Partial<NewClient> & {
  /** A client without a secret, and with a redirect URI: it could do nothing without one. */
  readonly public?: boolean | undefined;
};

export const newClient = ({ public: isPublic, ...registration }: Registration = {}): NewClient => ({
  client_name: 'Test client',
  owner: 'tester',
  introspection: 'own',
  secret: {},
  scope: ['read', 'write'],
  ...(isPublic && {
    token_endpoint_auth_method: 'none' as const,
    redirect_uris: ['https://app.example/callback'],
  }),
  ...registration,
});
