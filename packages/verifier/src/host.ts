// Whether this is Node.js: what is best there is slow, or missing, elsewhere.

const versions = globalThis.process?.versions;

export const isNode =
  versions?.node !== undefined && versions.bun === undefined && versions.deno === undefined;
