// The parts of the untyped dependencies that the benchmark and the tests use.

declare module 'autocannon' {
  type Result = { '2xx': number; non2xx: number; errors: number; timeouts: number; duration: number };
  type Options = {
    url: string;
    method: string;
    headers: Record<string, string>;
    body: string;
    connections: number;
    duration: number;
    timeout: number;
  };
  type Instance = {
    on(
      event: 'response',
      listener: (client: unknown, status: number, bytes: number, ms: number) => void,
    ): void;
  };
  export default function autocannon(
    options: Options,
    done: (error: Error | null, result: Result) => void,
  ): Instance;
}

declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  type Interaction = { params: Record<string, string> };
  type InteractionResult = {
    login?: { accountId: string; amr?: string[] };
    consent?: { grantId: string };
    error?: string;
    error_description?: string;
  };
  class Grant {
    constructor(of: { accountId: string; clientId: string | undefined });
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }
  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    readonly Grant: typeof Grant;
    callback(): RequestListener;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: InteractionResult,
    ): Promise<void>;
  }
}
