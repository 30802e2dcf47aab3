// The mock's signing keys: in memory, new each time, made while it starts.

import type { KeyStore, StoredKey } from '../model.ts';

/** No key expires, so that a test can move the clock without ending its keys. */
export function createKeyStore(): KeyStore {
  let keys: readonly StoredKey[] = [];
  return {
    listKeys: async () => keys,
    async addKey(key) {
      const retired = (old: StoredKey) =>
        old.alg === key.alg ? { ...old, retires_at: old.retires_at ?? key.activates_at } : old;
      keys = [key, ...keys.map(retired)];
      return true;
    },
    extendKeys: async () => {},
  };
}
