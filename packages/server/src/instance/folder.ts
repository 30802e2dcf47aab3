// The data folder. Apart from the database, whose code a process that only starts workers should not load first.

import { mkdir } from 'node:fs/promises';
import { systemReason, TemporaryError, UsageError } from '../model.ts';

/** Makes the data folder where it does not exist, readable by its owner only. */
export const makeFolder = (folder: string): Promise<void> =>
  usable(folder, async () => void (await mkdir(folder, { recursive: true, mode: 0o700 })));

/** Turns what goes wrong with the folder into a UsageError that names it. */
export async function usable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UsageError || error instanceof TemporaryError) throw error;
    // SQLITE_BUSY: another process writes for longer than anybody waits.
    const Mistake = Object(error).errcode === 5 ? TemporaryError : UsageError;
    throw new Mistake(`data: got "${folder}", which cannot be used (${systemReason(error)})`);
  }
}
