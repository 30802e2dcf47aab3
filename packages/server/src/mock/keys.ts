// The mock's signing keys: in memory, new each time, made while it starts.

import type { KeyStore, StoredKey } from '../model.ts';

/** No key expires, so that a test can move the clock without ending its keys. */
export function createKeyStore(): KeyStore {
  let keys: readonly StoredKey[] = [];
  return {
    listKeys: async () => keys,
    async addKey(key) {
      keys = [key, ...keys.map((old) => ({ ...old, retires_at: old.retires_at ?? key.activates_at }))];
      return true;
    },
    extendKeys: async () => {},
  };
}
