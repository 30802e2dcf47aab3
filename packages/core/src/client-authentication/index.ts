// Client authentication (RFC 6749 §2.3): a request presents one credential, of one client, by one method.

import type { ClientAuthenticationMethodName } from '../dialects/names.ts';
import type { Client, ClientAuthentication, HttpRequest, Issuer } from '../model.ts';
import { about, clientIdHint, invalidClient, invalidRequest, OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import type { Ports } from '../ports.ts';
import type { Reason } from '../reasons.ts';
import { clientSecretBasic } from './client-secret-basic.ts';
import { clientSecretPost } from './client-secret-post.ts';
import type { ClientAuthenticationMethod, PresentedCredential, VerificationContext } from './method.ts';
import { none } from './none.ts';
import { withoutRedundant } from './redundant-credentials.ts';

/** Tried in this order; `none` last. */
const methods = {
  client_secret_basic: clientSecretBasic,
  client_secret_post: clientSecretPost,
  none,
} as const satisfies {
  readonly [Name in ClientAuthenticationMethodName]: ClientAuthenticationMethod<PresentedCredential<Name>>;
};
const allMethods: readonly ClientAuthenticationMethod[] = Object.values(methods);

/** The parameters that the methods read. */
export const credentialParameters: readonly string[] = ['client_id', 'client_secret'];

export interface Authenticated {
  readonly client: Client;
  readonly authentication: ClientAuthentication;
}

export async function authenticateClient(
  request: HttpRequest,
  parameters: Parameters,
  issuer: Issuer,
  ports: Ports,
): Promise<Authenticated> {
  const presented = findCredential(request, parameters, issuer);
  const context = { request, issuer, ports };
  const verdict = verifyFast(presented, context) ?? (await verify(presented, context));
  if ('reason' in verdict)
    throw invalidClient(verdict.reason, { details: verdict.details, cause: verdict.cause });
  const { client, authentication } = verdict;
  ports.audit.clientAuthenticated(issuer, client, authentication.secret_id);
  return verdict;
}

/** One credential, by one method, in each of the ways in which it can be read. */
interface Presented {
  readonly method: ClientAuthenticationMethod;
  readonly readings: readonly [PresentedCredential, ...PresentedCredential[]];
}

/** The one credential that a request presents, by a method that the dialect takes. */
function findCredential(sent: HttpRequest, read: Parameters, { dialect }: Issuer): Presented {
  const accepted: readonly string[] = dialect.client_authentication;
  const { request, parameters } =
    dialect.redundant_credentials === 'ignored'
      ? withoutRedundant(sent, read)
      : { request: sent, parameters: read };
  const [presented, second] = readAll(request, parameters, accepted);
  const { authorization } = request.headers;
  if (presented === undefined) {
    throw authorization === undefined
      ? nothingPresented(accepted)
      : invalidClient('authorization_scheme', about('Authorization', schemeOf(authorization)));
  }
  // RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."
  const inBody = parameters.get('client_id');
  const contradicts =
    inBody !== undefined && !presented.readings.some(({ client_id }) => client_id === inBody);
  const besideHeader = authorization !== undefined && !presented.method.in_header;
  if (second !== undefined || contradicts || besideHeader) {
    throw invalidRequest(
      'two_client_authentications',
      'Present one set of client credentials, in one way.',
      about(second?.method.method ?? (contradicts ? 'client_id' : 'Authorization')),
    );
  }
  if (!accepted.includes(presented.method.method))
    throw invalidClient(
      'client_authentication_unsupported',
      about('token_endpoint_auth_method', presented.method.method),
    );
  return presented;
}

function readAll(request: HttpRequest, parameters: Parameters, accepted: readonly string[]): Presented[] {
  const found: Presented[] = [];
  for (const method of allMethods) {
    // A client_id alone is a credential where nothing else is presented, and where there are public clients.
    if (method.method === 'none' && (found.length > 0 || !accepted.includes('none'))) continue;
    const [first, ...others] = method.read(request, parameters);
    if (first !== undefined) found.push({ method, readings: [first, ...others] });
  }
  return found;
}

/** The scheme alone: what stands behind it may be a secret. */
const schemeOf = (authorization: string | string[]): string => String(authorization).split(' ', 1)[0] ?? '';

function nothingPresented(accepted: readonly string[]): OAuthError {
  const ways = accepted.filter((name) => name !== 'none').join(', ');
  const description = `No client credentials. Use one of: ${ways}.`;
  return new OAuthError('invalid_client', 'client_authentication_missing', description);
}

/** The path of nearly every request: memory knows the client, and the method says yes at once. */
function verifyFast(
  { method, readings }: Presented,
  context: VerificationContext,
): Authenticated | undefined {
  const { issuer, ports } = context;
  for (const credential of readings) {
    const client = ports.store.cachedClient(issuer.name, credential.client_id);
    // Asked for an unknown client too, so that what follows takes as long for it.
    const authentication = method.verifyFast?.(credential, client, context);
    if (authentication !== undefined && client?.disabled === false) return { client, authentication };
  }
  return undefined;
}

interface Refusal {
  readonly reason: Reason;
  readonly cause?: string | undefined;
  readonly details: { client_id?: string; client_id_hint?: string };
}

/**
 * A refusal is never judged from memory: a client that memory lacks may be new. So the time of a refusal does not tell
 * which clients memory holds, either.
 */
async function verify(
  { method, readings }: Presented,
  context: VerificationContext,
): Promise<Authenticated | Refusal> {
  const { issuer, ports } = context;
  let refusal: Refusal = {
    reason: 'client_unknown',
    details: { client_id_hint: clientIdHint(readings[0].client_id) },
  };
  for (const credential of readings) {
    const client = await ports.store.findClient(issuer.name, credential.client_id);
    const verdict = await method.verify(credential, client, context);
    if ('authentication' in verdict && client?.disabled === false) {
      return { client, authentication: verdict.authentication };
    }
    if (client !== undefined) {
      const known = 'authentication' in verdict ? { reason: 'client_disabled' as const } : verdict;
      refusal = { ...known, details: { client_id: client.client_id } };
    }
  }
  return refusal;
}
