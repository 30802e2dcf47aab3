// The verifier as a worker of workerd, which is what Cloudflare Workers run on.

import { packages, sourceAt, sourcePaths } from './sources.ts';

const worker = `import { verifyAll } from '/test/verifier/runtimes/verify-all.ts';
export default {
  async fetch(request) {
    const issuer = new URL(request.url).searchParams.get('issuer');
    const cases = await (await fetch(issuer + '/cases')).json();
    return Response.json(await verifyAll(issuer, cases));
  },
};`;

/** A configuration that serves it: a request for `/?issuer=…` is answered with the outcomes. */
export function workerdConfig(): string {
  const modules = [
    ['worker.js', worker],
    ...sourcePaths().map((path) => [path.slice(1), resolved(sourceAt(path))]),
  ].map(([name, source]) => `(name = ${text(name)}, esModule = ${text(source)})`);
  return `using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "main", worker = .verifier),
        (name = "internet", network = (allow = ["private", "public", "local"]))
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
    );
    const verifier :Workerd.Worker = (
      compatibilityDate = "2026-01-01",
      modules = [${modules.join()}]
    );`;
}

/** workerd resolves a module by its name alone. */
const resolved = (source: string): string =>
  Object.entries(packages).reduce(
    (before, [name, path]) => before.replaceAll(`from '${name}'`, `from '${path}'`),
    source,
  );

const text = (value: string | undefined): string => JSON.stringify(value);
