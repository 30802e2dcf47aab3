// The mock's signing keys: in memory, new each time, made while it starts.

import type { KeyStore, StoredKey } from '../model.ts';

/** None expires: a test that moves the clock has not moved its keys. */
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
