// The members of a client that are judged by their form alone (RFC 7591 §2).

import { type Client, redirectUriFault } from '@tessera-oauth/core';
import { tokenReuseSeconds } from '../config/schema.ts';
import { type AdminField, invalid, judgeAll } from './admin-error.ts';
import { longestUri, nameOf, nameOrEmpty, refuseTwice, shown, textOf } from './forms.ts';
import { validate } from './validate.ts';

// RFC 6749 Appendix A.1: *VSCHAR; of those, what stands in a URL, a form and a log as it is.
const clientIdForm = /^[A-Za-z0-9._~@:/-]{1,200}$/;

/** Those members; one that is left out is not judged. */
type ClientForms = {
  readonly [Member in
    | 'client_id'
    | 'client_name'
    | 'owner'
    | 'scope'
    | 'grant_types'
    | 'redirect_uris'
    | 'post_logout_redirect_uris'
    | 'logo_uri'
    | 'client_uri'
    | 'policy_uri'
    | 'tos_uri'
    | 'consent_message'
    | 'token_reuse']?: Client[Member] | undefined;
};

/** Its words as they are stored, all else as it is. Throws `invalid` for each member that cannot be. */
export function wellFormed<Forms extends ClientForms>(client: Forms): Forms {
  judgeAll([
    () => refuseClientId(client.client_id),
    ...(['scope', 'grant_types', 'redirect_uris', 'post_logout_redirect_uris'] as const).map(
      (field) => () => refuseTwice(field, client[field] ?? []),
    ),
    ...(['redirect_uris', 'post_logout_redirect_uris'] as const).map(
      (field) => () => refuseRedirectUris(field, client[field] ?? []),
    ),
    ...(['logo_uri', 'client_uri', 'policy_uri', 'tos_uri'] as const).map(
      (member) => () => refuseInsecure(member, client[member]),
    ),
    () => validate(tokenReuseSeconds.nullish(), client.token_reuse, 'token_reuse'),
    ...(['client_name', 'owner', 'consent_message'] as const).map(
      (member) => () => words({ [member]: client[member] }),
    ),
  ]);
  return { ...client, ...words(client) };
}

function refuseClientId(client_id: string | undefined): void {
  if (client_id !== undefined && !clientIdForm.test(client_id))
    throw invalid(
      'client_id',
      `got ${shown(client_id)}, expected letters, digits and . _ ~ @ : / - (200 at most)`,
    );
}

/** The members that people read, as they are stored. */
function words({ client_name, owner, consent_message }: ClientForms): ClientForms {
  return {
    ...(client_name !== undefined && { client_name: nameOf('client_name', client_name) }),
    ...(owner !== undefined && { owner: nameOrEmpty('owner', owner) }),
    ...(typeof consent_message === 'string' && {
      consent_message: textOf('consent_message', consent_message, 'lines'),
    }),
  };
}

function refuseRedirectUris(field: AdminField, uris: readonly string[]): void {
  for (const uri of uris) {
    const fault = redirectUriFault(uri) ?? lengthFault(uri);
    if (fault !== undefined) throw invalid(field, `got ${shown(uri)}, expected ${fault}`);
  }
}

const lengthFault = (uri: string): string | undefined =>
  uri.length > longestUri ? `${longestUri} characters at most` : undefined;

/** The page of an https issuer shows nothing that came over plain http, and leads nowhere else. */
function refuseInsecure(field: AdminField, uri: string | null | undefined): void {
  if (typeof uri !== 'string') return;
  if (lengthFault(uri) !== undefined || !/^https:\/\/[\x21-\x7E]+$/.test(uri) || !URL.canParse(uri))
    throw invalid(field, `got ${shown(uri)}, expected an https URL of ${longestUri} characters at most`);
}
