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
import { systemReason, UsageError } from '../model.ts';

/** What seals and hashes: one master key, or the ring of those that are in use while one takes the place of another. */
export interface MasterKey {
  /** Encrypts with AES-256-GCM; `context` is authenticated, and must be the same to open it again. */
  seal(plain: Buffer, context: string): string;
  /** Decrypts. Throws where the text was sealed with another key or context, or was changed. */
  open(sealed: string, context: string): Buffer;
  /** Keys for HMAC-SHA-256, others for each purpose: the first makes what is given out, and each reads it. */
  macKeys(purpose: string): readonly KeyObject[];
  /** Keys for what is stored as a hash, the oldest first (stored-hash.ts). */
  hashKeys(purpose: HashPurpose): readonly HashKey[];
}

/** What is stored as a hash, and so outlives the master key that it was made under. */
export const hashPurposes = [
  'session',
  'client secret',
  'client secret salt',
  'password',
  'recovery code',
  'attempt',
] as const;
export type HashPurpose = (typeof hashPurposes)[number];

/** A key of one master key for one purpose. */
export interface HashKey {
  /** Names the master key in what is stored. */
  readonly id: string;
  readonly key: KeyObject;
  /** Whether new hashes are made with it. */
  readonly makes: boolean;
}

/** A master key by itself. */
export interface SingleMasterKey extends MasterKey {
  /** A key for HMAC-SHA-256, a different one for each purpose. */
  hmacKey(purpose: string): KeyObject;
  /** Seals this key itself under another one; `openMasterKey` is the way back. */
  sealUnder(other: SingleMasterKey): string;
  /** Is different for each master key and reveals nothing of it: a wrong master key is found at start. */
  readonly checkValue: string;
}

/** The key that makes what is given out. */
export function makingKey(master: MasterKey, purpose: string): KeyObject {
  const [key] = master.macKeys(purpose);
  if (key === undefined) throw new Error(`no key for ${purpose}`);
  return key;
}

const itself = 'master key';

/** The master key that `sealUnder` has sealed. Throws where it was another one that sealed it. */
export const openMasterKey = (sealed: string, by: SingleMasterKey): SingleMasterKey =>
  fromBytes(by.open(sealed, itself));

/** The id of a master key in stored hashes. */
export const hashKeyId = (checkValue: string): string => checkValue.slice(0, 8);

const bytes = 32;
/** Exactly 32 bytes. Node.js ignores everything after the padding, and skips characters that are not Base64. */
const keyText = /^(?:[A-Za-z0-9+/]{43}|[A-Za-z0-9_-]{43})=?$/;

/** Reads 32 bytes in Base64 or base64url. Throws a UsageError that names `source`, where the text comes from. */
export function parseMasterKey(text: string, source: string): SingleMasterKey {
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
export async function readMasterKeyFile(file: string, create: boolean): Promise<SingleMasterKey> {
  try {
    return parseMasterKey(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'ENOENT')
      throw new UsageError(`${file}: cannot read the master key (${systemReason(error)})`);
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
    throw new UsageError(`${file}: cannot write a new master key there (${systemReason(error)})`);
  }
  return parseMasterKey(text, file);
}

function fromBytes(key: Buffer): SingleMasterKey {
  // RFC 5869 §3.2: a separate key for each purpose. One that leaks reveals nothing of the others.
  const derive = (purpose: string) =>
    createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `tessera ${purpose}`, 32)));
  const sealing = derive('seal');
  const hmacKeys = new Map<string, KeyObject>();
  const hmacKey = (purpose: string): KeyObject => {
    const known = hmacKeys.get(purpose) ?? derive(`hmac ${purpose}`);
    hmacKeys.set(purpose, known);
    return known;
  };
  const checkValue = createHmac('sha256', derive('check')).update('tessera master key').digest('base64url');
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
    hmacKey,
    macKeys: (purpose) => [hmacKey(purpose)],
    hashKeys: (purpose) => [{ id: hashKeyId(checkValue), key: hmacKey(purpose), makes: true }],
    sealUnder: (other) => other.seal(key, itself),
    checkValue,
  };
}
