// RSA keys, which take longer to make than most tests: a stock for the whole run, from which each process has them in
// turn. Only who makes more than the stock meets a key again. Programs that a test starts make their own.

import crypto, { type KeyObject } from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { promisify } from 'node:util';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Private keys of 2048 bits, as PEM. */
    rsaKeys: readonly string[];
  }
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const generate = promisify(crypto.generateKeyPair) as (type: string, options: object) => Promise<KeyPair>;

let taken = 0;

async function fromStock(type: string, options: object): Promise<KeyPair> {
  if (type !== 'rsa' || JSON.stringify(options) !== '{"modulusLength":2048}') return generate(type, options);
  const stock = inject('rsaKeys');
  const privateKey = crypto.createPrivateKey(stock[taken++ % stock.length] ?? '');
  return { publicKey: crypto.createPublicKey(privateKey), privateKey };
}

// Where files share a process, once is enough.
if (!('fromStock' in crypto.generateKeyPair)) {
  const replaced = (
    ...[type, options, done]: [string, object, (error: unknown, ...pair: KeyObject[]) => void]
  ) => {
    fromStock(type, options).then(({ publicKey, privateKey }) => done(null, publicKey, privateKey), done);
  };
  Object.assign(replaced, { [promisify.custom]: fromStock, fromStock: true });
  Object.assign(crypto, { generateKeyPair: replaced });
  syncBuiltinESMExports();
}
