#!/usr/bin/env node
// Starts the command line. In a clone it runs the TypeScript sources as they are; installed from a registry, dist/.

const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `tessera: needs Node.js 24 or later, this is ${process.version}; in a clone, use npx tessera\n`,
  );
  process.exit(2);
}
const { main } = await import('../src/main.ts');
await main(process.argv.slice(2));
