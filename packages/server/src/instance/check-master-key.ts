// Whether the master key that the configuration names can be read, before a database is opened.

import { existsSync } from 'node:fs';
import type { LoadedConfig } from '../config/load.ts';
import { parseMasterKey, readMasterKeyFile } from '../keys/master-key.ts';

export const masterKeyVariable = 'TESSERA_MASTER_KEY';

/** Throws where it cannot; one that is still to be made is no mistake. */
export async function checkMasterKey({ master_key, master_key_file }: LoadedConfig): Promise<void> {
  if (master_key !== undefined) parseMasterKey(master_key, masterKeyVariable);
  else if (master_key_file !== undefined && existsSync(master_key_file))
    await readMasterKeyFile(master_key_file, false);
}
