// The master key that the configuration names: from the environment, a file of its own, or the data folder.

import { existsSync, readdirSync } from 'node:fs';
import { copyFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { parseMasterKey, readMasterKeyFile, type SingleMasterKey } from '../keys/master-key.ts';
import type { MasterKeyRing } from '../keys/master-key-ring.ts';
import { UsageError } from '../model.ts';
import { makeFolder } from './folder.ts';

const variable = 'TESSERA_MASTER_KEY';

/** Throws where the master key cannot be read. A key that is still to be made is no mistake where its folder is. */
export async function checkMasterKey({ master_key, master_key_file, source }: LoadedConfig): Promise<void> {
  if (master_key !== undefined) parseMasterKey(master_key, variable);
  else if (master_key_file === undefined) return;
  else if (existsSync(master_key_file)) await readMasterKeyFile(master_key_file, false);
  else if (!existsSync(dirname(master_key_file)))
    throw new UsageError(
      `${source}: master_key_file: got "${master_key_file}", expected a file, or a place for a new one: its folder does not exist`,
    );
}

/** Reads the master key; makes its file, and the data folder around it, where there is none and `create` says so. */
export async function readMasterKey(config: LoadedConfig, create: boolean): Promise<SingleMasterKey> {
  if (config.master_key !== undefined) return parseMasterKey(config.master_key, variable);
  if (create && config.master_key_file === undefined) await makeFolder(config.data);
  return readMasterKeyFile(fileOf(config), create);
}

const fileOf = ({ master_key_file, data }: LoadedConfig): string =>
  master_key_file ?? join(data, 'master.key');

/** Where a new key waits until the database knows it: a rotation that was stopped goes on with the same one. */
const waitingFile = (config: LoadedConfig, chosen: string | undefined): string =>
  chosen ?? `${fileOf(config)}.new`;

/** Throws where a rotation has begun already with another key than the one in `chosen`. */
export async function refuseOtherKeyFile(
  config: LoadedConfig,
  ring: MasterKeyRing,
  chosen: string | undefined,
): Promise<void> {
  if (chosen === undefined || !ring.rotating || (await holdsNewest(chosen, ring))) return;
  const own = fileOf(config);
  const candidates = config.master_key === undefined ? [own, `${own}.new`] : [];
  const holding = await Promise.all(candidates.map((file) => holdsNewest(file, ring)));
  const pending = candidates.find((_, index) => holding[index]);
  const where =
    pending === undefined
      ? 'is in the file that was named when it began: name that one'
      : `is in ${pending}: run this again without --new-key-file`;
  throw new UsageError(
    `--new-key-file: got "${chosen}", but a rotation has begun, and its new key ${where}, ` +
      'or end the old key first, with tessera master-key retire',
  );
}

const holdsNewest = async (file: string, ring: MasterKeyRing): Promise<boolean> =>
  existsSync(file) && ring.isNewest(await readMasterKeyFile(file, false));

/** Makes a new master key, in a file. UsageError where the old one is in the environment and no file is named. */
export function prepareMasterKey(config: LoadedConfig, chosen: string | undefined): Promise<SingleMasterKey> {
  if (config.master_key !== undefined && chosen === undefined)
    throw new UsageError(`--new-key-file: expected a file, because the master key is in ${variable}`);
  return readMasterKeyFile(waitingFile(config, chosen), true);
}

/**
 * Puts the new key in the place of the old one, which is kept as `.old` for backups of before; gives the file that has the
 * new key, or undefined where it is not on this machine.
 */
export async function installMasterKey(
  config: LoadedConfig,
  ring: MasterKeyRing,
  chosen: string | undefined,
): Promise<string | undefined> {
  const file = fileOf(config);
  if (await isConfigured(config, ring)) return config.master_key === undefined ? file : undefined;
  const waiting = waitingFile(config, chosen);
  if (!(await holdsNewest(waiting, ring))) return undefined;
  if (chosen !== undefined || config.master_key !== undefined) return waiting;
  await keepCopy(file);
  await rename(waiting, file);
  return file;
}

/** Each old key opens the backups of its time: none takes the place of another. */
async function keepCopy(file: string, number = 1): Promise<void> {
  if (existsSync(copyOf(file, number))) return keepCopy(file, number + 1);
  await copyFile(file, copyOf(file, number));
}

const copyOf = (file: string, number: number): string =>
  number === 1 ? `${file}.old` : `${file}.old.${number}`;

/** The copies of old keys beside the key of the configuration. */
export function oldKeyFiles(config: LoadedConfig): string[] {
  const file = fileOf(config);
  const folder = dirname(file);
  if (!existsSync(folder)) return [];
  const copies = readdirSync(folder).filter((name) =>
    /^\.old(\.\d+)?$/.test(name.slice(basename(file).length)),
  );
  return copies
    .filter((name) => name.startsWith(basename(file)))
    .map((name) => join(folder, name))
    .sort();
}

/** Whether the key of the configuration is the one that stays. */
export const isConfigured = async (config: LoadedConfig, ring: MasterKeyRing): Promise<boolean> =>
  ring.isNewest(await readMasterKey(config, false));
