// What is read of a request to an API: the access token, and the scheme that it is presented with (RFC 6750 §2.1).

import { VerifierError } from './verifier-error.ts';

/** A request to a protected API, as a guard judges it. A `Request` of the Fetch standard is one. */
export interface ResourceRequest {
  /** The method (RFC 9110 §9), in upper case as it was sent: the `htm` of a DPoP proof (RFC 9449 §4.2). */
  readonly method: string;
  /**
   * The absolute URL that the client has asked for: the `htu` of a DPoP proof (RFC 9449 §4.2). Behind a proxy it is the
   * proxy's public URL and not the one that the proxy asks for. Whether a forwarded header is to be trusted only the app
   * knows, so that is a matter of its framework; the guard takes the URL as it is given.
   */
  readonly url: string;
  /** The header fields, by name in any case. */
  readonly headers: RequestHeaders;
}

/** Header fields: those of the Fetch standard, or an object such as Node.js has. */
export type RequestHeaders =
  | Pick<Headers, 'get'>
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The authentication schemes by which an access token can be presented (RFC 6750 §2.1), as they stand in
 * `Authorization` and `WWW-Authenticate`. A scheme with a proof, such as DPoP (RFC 9449 §7.1), is one more.
 */
export const tokenSchemes = ['Bearer'] as const;

// RFC 9110 §11.1: a scheme's name is case-insensitive.
const known = new RegExp(`^(?:${tokenSchemes.join('|')})(?:\\s|$)`, 'i');
// RFC 6750 §2.1: one b64token. Two headers that were joined with a comma are none.
const credentials = new RegExp(`^(?:${tokenSchemes.join('|')}) +([A-Za-z0-9._~+/-]+=*)$`, 'i');
const expected = tokenSchemes.map((scheme) => `Authorization: ${scheme}`).join(' or ');

/** Throws `token_missing` or `authorization_malformed`. */
export function readAccessToken({ headers }: Pick<ResourceRequest, 'headers'>): string {
  const authorization = headerOf(headers, 'authorization');
  if (authorization === undefined || !known.test(authorization))
    throw new VerifierError('token_missing', `Send an access token as ${expected}.`);
  const [, token] = credentials.exec(authorization) ?? [];
  if (token === undefined)
    throw new VerifierError('authorization_malformed', `Send one token as ${expected}, and once.`);
  return token;
}

const isFetchHeaders = (headers: RequestHeaders): headers is Pick<Headers, 'get'> =>
  typeof headers.get === 'function';

/** RFC 9110 §5.3: fields of one name are joined with commas. */
function headerOf(headers: RequestHeaders, name: string): string | undefined {
  if (isFetchHeaders(headers)) return headers.get(name) ?? undefined;
  let joined: string | undefined;
  for (const key of Object.keys(headers)) {
    // Every name is looked at, so that no second field hides behind another spelling; comparing lengths first is cheap.
    if (key.length !== name.length || key.toLowerCase() !== name) continue;
    for (const value of [headers[key] ?? []].flat())
      joined = joined === undefined ? value : `${joined}, ${value}`;
  }
  return joined;
}
