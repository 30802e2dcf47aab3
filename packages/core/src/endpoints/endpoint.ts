// What an endpoint is: data that the router, the metadata, the mock and the reference are made of, and a handler.

import type { ClientAuthenticationMethodName, EndpointName } from '../dialects/names.ts';
import type { HttpRequest, HttpResponse, Issuer } from '../model.ts';
import type { ErrorCode } from '../oauth-error.ts';
import type { ParameterDescriptions } from '../parameters.ts';
import type { Ports } from '../ports.ts';

export interface EndpointContext {
  readonly request: HttpRequest;
  readonly issuer: Issuer;
  readonly ports: Ports;
}

export type Handler = (context: EndpointContext) => Promise<HttpResponse>;

export interface Endpoint<Name extends EndpointName = EndpointName> {
  readonly name: Name;
  /** HTTP methods; a GET that is safe to repeat brings HEAD with it. */
  readonly methods: readonly ('GET' | 'HEAD' | 'POST')[];
  /** Whether scripts of other origins may call it; where clients authenticate, if the issuer has apps in browsers. */
  readonly cross_origin: boolean;
  /** An endpoint without which this one is not served. */
  readonly needs?: EndpointName;
  /** The metadata member that has its URL (RFC 8414 §2); absent: it is not published. */
  readonly metadata_uri?: string;
  /** What else the metadata says where there is this endpoint. */
  readonly metadata?: (issuer: Issuer) => Readonly<Record<string, unknown>>;
  /** Which clients authenticate here: `any`, public ones among them, or `confidential` ones alone; absent: none. */
  readonly clients?: 'any' | 'confidential';
  readonly handle: Handler;
  /** How it answers an error, where that is not the dialect's form. */
  readonly refuse?: (thrown: unknown, context: EndpointContext) => HttpResponse;
  /** What the reference says beside all this. */
  readonly reference: {
    readonly is: string;
    readonly parameters: ParameterDescriptions;
    readonly answer: string;
    /** The errors it answers with: their status, or by whom it is chosen. */
    readonly errors: { readonly [Code in ErrorCode]?: number | 'dialect' | 'redirect' };
  };
}

/** The URL of what is at `path` below an issuer, whose identifier may end in a slash. */
export const urlBelow = ({ issuer }: Pick<Issuer, 'issuer'>, path: string): string =>
  issuer.replace(/\/$/, '') + path;

/** Its path below the issuer; undefined where the dialect does not have it. */
export const pathOf = ({ name, needs }: Endpoint, { paths }: Issuer['dialect']): string | undefined =>
  needs === undefined || paths[needs] !== undefined ? paths[name] : undefined;

/** The methods by which clients may authenticate at an endpoint of this issuer. */
export function authenticationMethods(
  { clients }: Pick<Endpoint, 'clients'>,
  { dialect }: Issuer,
): readonly ClientAuthenticationMethodName[] {
  if (clients === undefined) return [];
  return clients === 'any'
    ? dialect.client_authentication
    : dialect.client_authentication.filter((method) => method !== 'none');
}
