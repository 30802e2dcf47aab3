// Which issuer's page a person sees where nothing is served: that of the issuer whose path the address begins with.

import type { Interaction } from '@tessera-oauth/core';
import type { ErrorPage } from '../http/refusal.ts';
import type { ServedIssuer } from '../model.ts';

export const createErrorPages =
  (issuers: () => readonly ServedIssuer[], { refuse }: Interaction): ErrorPage =>
  (refusal, request, route) => {
    const issuer = route?.issuer ?? nearest(issuers(), request.url, String(request.headers.host));
    if (issuer?.dialect.paths.authorization === undefined) return undefined;
    return refuse(refusal, request, issuer);
  };

function nearest(issuers: readonly ServedIssuer[], url: string, host: string): ServedIssuer | undefined {
  const withPages = issuers
    .filter(({ dialect }) => dialect.paths.authorization !== undefined)
    .filter(({ issuer, ownHost }) => !ownHost || new URL(issuer).host === host.toLowerCase());
  const depth = ({ issuer }: ServedIssuer): number => {
    const base = new URL(issuer).pathname.replace(/\/$/, '');
    return `${url}/`.startsWith(`${base}/`) ? base.length : 0;
  };
  return withPages.toSorted((one, other) => depth(other) - depth(one))[0];
}
