// The master key: secrets in the database are encrypted or hashed with keys derived from it (RFC 5869). It is never in the
// database itself.

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { UsageError } from '../model.ts';

export interface MasterKey {
  /** Encrypts with AES-256-GCM; `context` is authenticated, and must be the same to open it again. */
  seal(plain: Buffer, context: string): string;
  /** Decrypts. Throws where the text was sealed with another key or context, or was changed. */
  open(sealed: string, context: string): Buffer;
  /** A key for HMAC-SHA-256, a different one for each purpose. */
  hmacKey(purpose: string): KeyObject;
  /** Is different for each master key and reveals nothing of it: a wrong master key is found at start. */
  readonly checkValue: string;
}

const bytes = 32;
/** Exactly 32 bytes. Node.js ignores everything after the padding, and skips characters that are not Base64. */
const keyText = /^(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/;

/** Reads 32 bytes in Base64 or base64url. Throws a UsageError that names `source`, where the text comes from. */
export function parseMasterKey(text: string, source: string): MasterKey {
  const key = Buffer.from(text.trim(), 'base64');
  if (!keyText.test(text.trim())) {
    const got = key.length === bytes ? `${bytes} bytes and something else` : `${key.length} bytes`;
    throw new UsageError(
      `${source}: got ${got}, expected ${bytes} in Base64 (make one with: openssl rand -base64 32)`,
    );
  }
  return fromBytes(key);
}

/** Reads the master key from a file, and makes one where there is no file and `create` is true. Throws a UsageError. */
export async function readMasterKeyFile(file: string, create: boolean): Promise<MasterKey> {
  try {
    return parseMasterKey(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'ENOENT') throw new UsageError(`${file}: cannot read the master key (${error.code})`);
    if (!create) {
      throw new UsageError(
        `${file}: the master key is missing, and the database holds what was sealed under it: ` +
          'put the file back, or say where the key is by master_key_file or TESSERA_MASTER_KEY',
      );
    }
  }
  const text = randomBytes(bytes).toString('base64');
  try {
    await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    // Another process that started at the same moment has made the file: its key is used.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      return readMasterKeyFile(file, false);
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UsageError(`${file}: cannot write a new master key there (${code})`);
  }
  return parseMasterKey(text, file);
}

function fromBytes(key: Buffer): MasterKey {
  // RFC 5869 §3.2: a separate key for each purpose. One that leaks reveals nothing of the others.
  const derive = (purpose: string) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `tessera ${purpose}`, 32)));
  const sealing = derive('seal');
  return {
    seal(plain, context) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(context));
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString(
        'base64url',
      );
    },
    open(sealed, context) {
      const data = Buffer.from(sealed, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', sealing, data.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(context)).setAuthTag(data.subarray(-16));
      return Buffer.concat([decipher.update(data.subarray(12, -16)), decipher.final()]);
    },
    hmacKey: (purpose) => derive(`hmac ${purpose}`),
    checkValue: createHmac('sha256', derive('check')).update('tessera master key').digest('base64url'),
  };
}
