// The master key: what is secret in the database is sealed or keyed under it, and it is never in the database.

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
  /** Seals under AES-256-GCM; `context` must be the same to open it again. */
  seal(plain: Buffer, context: string): string;
  /** Throws where the text was sealed under another key or context, or was changed. */
  open(sealed: string, context: string): Buffer;
  /** A key for HMAC-SHA-256, of its own for each purpose. */
  hmacKey(purpose: string): KeyObject;
  /** Tells this master key from another without giving it away. */
  readonly checkValue: string;
}

const bytes = 32;
/** 32 bytes and no more: Node.js reads a text up to its padding, whatever stands behind, and skips what is no Base64. */
const form = /^(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/;

/** Reads 32 bytes in Base64 or base64url; `source` names where they come from. */
export function parseMasterKey(text: string, source: string): MasterKey {
  const key = Buffer.from(text.trim(), 'base64');
  if (!form.test(text.trim())) {
    const got = key.length === bytes ? `${bytes} bytes and something else` : `${key.length} bytes`;
    throw new UsageError(
      `${source}: got ${got}, expected ${bytes} in Base64 (make one with: openssl rand -base64 32)`,
    );
  }
  return fromBytes(key);
}

/** Reads the master key of a file; makes the file where it does not exist and `create` says so. */
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
    // Another process that started at the same moment was first: its key it is.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      return readMasterKeyFile(file, false);
    const code = error instanceof Error && 'code' in error ? error.code : error;
    throw new UsageError(`${file}: cannot write a new master key there (${code})`);
  }
  return parseMasterKey(text, file);
}

function fromBytes(key: Buffer): MasterKey {
  // RFC 5869: a key of its own for each use, so that none says anything of another.
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
