// What the configuration declares is changed there: the next start would undo a change made here.

import { conflict } from './admin-error.ts';
import type { AdminContext } from './context.ts';

type Declaring = Pick<AdminContext, 'declared'>;

/** Throws `conflict` for an issuer that the configuration declares. */
export function refuseDeclared({ declared }: Declaring, name: string): void {
  if (declared.some((issuer) => issuer.name === name))
    throw conflict('issuer', `issuer ${name}: is declared in the configuration; change it there`);
}

/** Throws `conflict` for a scope that the configuration declares. */
export function refuseDeclaredScope({ declared }: Declaring, issuer: string, scope: string): void {
  if (declared.some(({ name, scopes = [] }) => name === issuer && scopes.some((each) => each.name === scope)))
    throw conflict('scope', `scope ${scope}: is declared in the configuration; change it there`);
}

/** Throws `conflict` for a client that the configuration declares. */
export function refuseDeclaredClient({ declared }: Declaring, issuer: string, client_id: string): void {
  if (
    declared.some(
      ({ name, clients = [] }) => name === issuer && clients.some((each) => each.client_id === client_id),
    )
  )
    throw conflict('client_id', `client ${client_id}: is declared in the configuration; change it there`);
}
