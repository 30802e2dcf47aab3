// TLS by the program itself: the certificate and its key are read again when their files change.

import { type FSWatcher, watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSecureContext } from 'node:tls';
import { UsageError } from '../model.ts';

export interface TlsFiles {
  readonly cert_file: string;
  readonly key_file: string;
}

/** Reads the pair and checks that it is one. */
export async function readTls({ cert_file, key_file }: TlsFiles): Promise<{ cert: Buffer; key: Buffer }> {
  const read = async (file: string, name: string) => {
    try {
      return await readFile(file);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : error;
      throw new UsageError(`tls.${name}: got "${file}", which cannot be read (${code})`);
    }
  };
  const [cert, key] = [await read(cert_file, 'cert_file'), await read(key_file, 'key_file')];
  try {
    createSecureContext({ cert, key });
  } catch {
    throw new UsageError(`tls: ${cert_file} and ${key_file} are not a PEM certificate and its private key`);
  }
  return { cert, key };
}

/**
 * Calls back with each good pair that appears. Folders are watched, not files: certificates are often replaced by
 * renaming, or by moving a symbolic link. A pair that is not whole yet is passed over with a word to `complain`.
 */
export function watchTls(
  files: TlsFiles,
  renew: (pair: { cert: Buffer; key: Buffer }) => void,
  complain: (message: string) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const reload = async () => {
    try {
      renew(await readTls(files));
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error));
    }
  };
  const folders = new Set([dirname(files.cert_file), dirname(files.key_file)]);
  const watchers: FSWatcher[] = [...folders].map((folder) =>
    watch(folder, () => {
      clearTimeout(timer);
      timer = setTimeout(reload, 200);
    }),
  );
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
