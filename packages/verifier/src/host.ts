// Whether this is Node.js: what is fastest there is slow or missing in other runtimes.

const versions = globalThis.process?.versions;

export const isNode =
  versions?.node !== undefined && versions.bun === undefined && versions.deno === undefined;
