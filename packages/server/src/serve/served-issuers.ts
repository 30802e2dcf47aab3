// The issuers that this process serves, and the routes to them; loaded at the start, and again when one changes.

import { createRouter, type Router } from '../http/router.ts';
import type { Instance } from '../instance/instance.ts';
import type { PageRoute, ServedIssuer, Theme } from '../model.ts';
import { listIssuers } from '../store/tables/issuers.ts';
import type { Log } from '../telemetry/log.ts';

export interface ServedIssuers {
  list(): readonly ServedIssuer[];
  /** Null where the issuer has none, or is not served. */
  themeOf(issuer: string): Theme | null;
  router(): Router;
  /** Reads the issuers from the database; `origin` is where clients reach those below the public URL. */
  load(origin: string, pages: readonly PageRoute[]): Promise<void>;
}

export function createServedIssuers(instance: Instance, log: Log): ServedIssuers {
  const { config, keyring, store } = instance;
  let issuers: readonly ServedIssuer[] = [];
  let router: Router = () => undefined;
  return {
    list: () => issuers,
    themeOf: (name) => issuers.find((issuer) => issuer.name === name)?.theme ?? null,
    router: () => router,
    async load(origin, pages) {
      const loaded = (await instance.loadIssuers(origin)).filter(({ disabled }) => !disabled);
      for (const { name, dialect } of await listIssuers(store.db)) {
        if (!config.dialectsByName.has(dialect))
          log.warn({ issuer: name, dialect }, 'issuer not served: dialect unknown');
      }
      // Keys first: an issuer that cannot sign must not be found.
      await keyring.maintain(loaded, config.key_rotation);
      issuers = loaded;
      router = createRouter(loaded, pages);
    },
  };
}
