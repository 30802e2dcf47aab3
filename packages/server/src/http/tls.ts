// The certificate and its private key, for TLS by the program itself.

import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { UsageError } from '../model.ts';

export interface TlsFiles {
  readonly cert_file: string;
  readonly key_file: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Reads both files; a UsageError where they are no certificate and its key. */
export async function readTls({ cert_file, key_file }: TlsFiles): Promise<TlsPair> {
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
