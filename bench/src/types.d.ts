// The parts of the untyped dependencies that the benchmark uses.

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
  import type { RequestListener } from 'node:http';
  export default class Provider {
    constructor(issuer: string, configuration: Record<string, unknown>);
    callback(): RequestListener;
  }
}

declare module 'express' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  type Response = ServerResponse & {
    status(code: number): Response;
    set(headers: Record<string, string> | undefined): Response;
    json(body: unknown): Response;
  };
  type Handler = (req: IncomingMessage, res: Response, next: () => void) => void | Promise<void>;
  type App = RequestListener & {
    disable(setting: string): void;
    post(path: string, ...handlers: Handler[]): void;
  };
  function express(): App;
  namespace express {
    function urlencoded(options: { extended: boolean }): Handler;
  }
  export default express;
}
