// The master key that the configuration names: from the environment, a file of its own, or the data folder.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { type MasterKey, parseMasterKey, readMasterKeyFile } from '../keys/master-key.ts';
import { makeFolder } from './folder.ts';

const variable = 'TESSERA_MASTER_KEY';

/** Throws where the master key cannot be read. A key that is still to be made is no mistake. */
export async function checkMasterKey({ master_key, master_key_file }: LoadedConfig): Promise<void> {
  if (master_key !== undefined) parseMasterKey(master_key, variable);
  else if (master_key_file !== undefined && existsSync(master_key_file))
    await readMasterKeyFile(master_key_file, false);
}

/** Reads the master key; makes its file, and the data folder around it, where there is none and `create` says so. */
export async function readMasterKey(config: LoadedConfig, create: boolean): Promise<MasterKey> {
  if (config.master_key !== undefined) return parseMasterKey(config.master_key, variable);
  if (config.master_key_file !== undefined) return readMasterKeyFile(config.master_key_file, create);
  if (create) await makeFolder(config.data);
  return readMasterKeyFile(join(config.data, 'master.key'), create);
}
