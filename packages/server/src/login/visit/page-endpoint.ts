// An endpoint that answers with pages, also where something goes wrong below it: the one catch of the login room.

import {
  type Handler,
  type HttpRequest,
  type HttpResponse,
  type Issuer,
  type Parameters,
  type Ports,
  parseParameters,
  type Reason,
  reportRefusal,
} from '@tessera-oauth/core';
import { errorPage } from '../../pages/index.ts';
import type { LoginContext } from './context.ts';
import { refuseOtherOrigins } from './forms.ts';
import { pageResponse } from './respond.ts';
import { openVisit, type Visit, viewOf } from './visit.ts';

export type PageHandler<V extends Visit = Visit> = (
  visit: V,
  form: Parameters,
  ports: Ports,
) => Promise<HttpResponse>;

/** A form of ours: a box for each optional scope. */
const ownForm = { from: ['body'], repeatable: ['scope'] } as const;

/** The query of a page may be an app's authorization request, which is judged as one. */
const appRequest = { from: ['body', 'query'], known: [] } as const;

/** `endpoint` is its name in the log. */
export const pageEndpoint =
  (context: LoginContext, endpoint: string, handle: PageHandler): Handler =>
  async ({ request, issuer, ports }) => {
    try {
      if (request.method === 'POST') refuseOtherOrigins(request, issuer);
      const form = parseParameters(
        request.method === 'POST' ? request : { ...request, headers: {}, body: new Uint8Array() },
        request.method === 'POST' ? ownForm : appRequest,
      );
      return await handle(await openVisit(request, issuer, context), form, ports);
    } catch (thrown) {
      return failurePage(thrown, request, issuer, endpoint, context);
    }
  };

function failurePage(
  thrown: unknown,
  request: HttpRequest,
  issuer: Issuer,
  endpoint: string,
  context: LoginContext,
): HttpResponse {
  const refusal = reportRefusal(thrown, { request, issuer, endpoint, audit: context.audit });
  return refusalPage(refusal, request, issuer, context);
}

interface ShownRefusal {
  readonly description: string;
  readonly reason: Reason;
  readonly status?: number | undefined;
  readonly retry_after?: number | undefined;
}

/** Tells the user what went wrong; needs neither session nor database. */
export function refusalPage(
  { description, reason, status = reason === 'fault' ? 500 : 400, retry_after }: ShownRefusal,
  request: HttpRequest,
  issuer: Issuer,
  context: LoginContext,
): HttpResponse {
  const view = viewOf(request, issuer, context, request.query);
  const page = errorPage(view, {
    status,
    description,
    reason_hint: hintOf(reason),
    request_id: request.id,
  });
  return pageResponse(page, { status, request_id: request.id, retry_after });
}

/** What the page can explain better than the description does. */
function hintOf(reason: Reason): 'client_unknown' | 'redirect_uri' | 'redirect_uri_missing' | undefined {
  if (reason === 'client_unknown' || reason === 'client_disabled') return 'client_unknown';
  if (reason === 'redirect_uri_missing' || reason === 'redirect_uri_none') return 'redirect_uri_missing';
  return reason.startsWith('redirect_uri') ? 'redirect_uri' : undefined;
}
