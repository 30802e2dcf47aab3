import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { UsageError } from '../model.ts';
import { parseMasterKey, readMasterKeyFile } from './master-key.ts';

const keyOf = (byte: number) => parseMasterKey(Buffer.alloc(32, byte).toString('base64'), 'test');
const key = keyOf(1);

describe('sealing', () => {
  test('what is sealed opens again, and is never sealed alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (bytes, context) => {
        const plain = Buffer.from(bytes);
        const sealed = key.seal(plain, context);
        expect(key.open(sealed, context).equals(plain)).toBe(true);
        expect(key.seal(plain, context)).not.toBe(sealed);
      }),
    );
  });

  // Without the context, anybody who may write to the database could give one issuer the key of another.
  test('another context does not open it', () => {
    const sealed = key.seal(Buffer.from('private'), 'one/kid');
    expect(() => key.open(sealed, 'two/kid')).toThrow();
    expect(() => key.open(sealed, 'one/kid ')).toThrow();
    expect(() => key.open(sealed, '')).toThrow();
  });

  test('another master key does not open it', () => {
    expect(() => keyOf(2).open(key.seal(Buffer.from('private'), 'one'), 'one')).toThrow();
  });

  test('no flipped bit goes unnoticed', () => {
    const sealed = Buffer.from(key.seal(Buffer.from('private'), 'one'), 'base64url');
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flawed = Buffer.from(sealed);
      flawed[bit >> 3] = (flawed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => key.open(flawed.toString('base64url'), 'one')).toThrow();
    }
  });

  test('nor does a missing or an added end', () => {
    const sealed = Buffer.from(key.seal(Buffer.from('private'), 'one'), 'base64url');
    for (let length = 0; length < sealed.length; length++) {
      expect(() => key.open(sealed.subarray(0, length).toString('base64url'), 'one')).toThrow();
    }
    expect(() => key.open(Buffer.concat([sealed, Buffer.of(0)]).toString('base64url'), 'one')).toThrow();
  });
});

describe('keys from the master key', () => {
  const exported = (purpose: string, of = key) => of.hmacKey(purpose).export().toString('hex');

  test('are of their own for each purpose and each master key, and the same again', () => {
    expect(exported('one')).toBe(exported('one'));
    expect(exported('one')).not.toBe(exported('two'));
    expect(exported('one')).not.toBe(exported('one', keyOf(2)));
    expect(exported('one')).not.toBe(Buffer.alloc(32, 1).toString('hex'));
  });

  test('the check value tells master keys apart and is none of the keys', () => {
    expect(key.checkValue).toBe(keyOf(1).checkValue);
    expect(key.checkValue).not.toBe(keyOf(2).checkValue);
    expect(Buffer.from(key.checkValue, 'base64url').toString('hex')).not.toBe(exported('check'));
  });
});

describe('reading', () => {
  const text = Buffer.alloc(32, 1).toString('base64');
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tessera-master-key-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('Base64 and base64url, with or without padding and blanks around', () => {
    const tricky = Buffer.from('fbff'.repeat(16), 'hex');
    const expected = parseMasterKey(tricky.toString('base64'), 'test').checkValue;
    for (const form of [
      tricky.toString('base64url'),
      tricky.toString('base64').replace(/=+$/, ''),
      ` ${tricky.toString('base64')}\n`,
    ]) {
      expect(parseMasterKey(form, 'test').checkValue).toBe(expected);
    }
  });

  test.each([
    ['nothing', '', 0],
    ['31 bytes', Buffer.alloc(31).toString('base64'), 31],
    ['33 bytes', Buffer.alloc(33).toString('base64'), 33],
    ['hexadecimal', Buffer.alloc(32).toString('hex'), 48],
    ['a password', 'correct horse battery staple', 18],
  ])('%s is refused by its length alone, without being shown', (_what, wrong, length) => {
    const refused = () => parseMasterKey(wrong, 'TESSERA_MASTER_KEY');
    expect(refused).toThrow(UsageError);
    expect(refused).toThrow(new RegExp(`^TESSERA_MASTER_KEY: got ${length} bytes, expected 32 in Base64`));
    if (wrong !== '') expect(refused).not.toThrow(new RegExp(wrong.slice(0, 8)));
  });

  const other = Buffer.alloc(32, 2).toString('base64');
  test.each([
    ['two keys in two lines', `${text}\n${other}\n`],
    ['two keys in one', text + other],
    ['a key and a comment', `${text} # of May`],
    ['a comment and a key', `# ${text}`],
    ['a blank within', `${text.slice(0, 20)} ${text.slice(20)}`],
    ['quotation marks', `"${text}"`],
    ['too much padding', `${text}=`],
    ['both alphabets', `+_${text.slice(2)}`],
  ])('32 bytes and something else are refused: %s', (_what, wrong) => {
    expect(() => parseMasterKey(wrong, 'TESSERA_MASTER_KEY')).toThrow(
      new UsageError(
        'TESSERA_MASTER_KEY: got 32 bytes and something else, expected 32 in Base64 (make one with: openssl rand -base64 32)',
      ),
    );
  });

  test('any 32 bytes are read, and no other number of them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 70 }),
        fc.constantFrom('base64', 'base64url'),
        (raw, encoding) => {
          const read = () => parseMasterKey(Buffer.from(raw).toString(encoding as BufferEncoding), 'test');
          if (raw.length === 32) read();
          else expect(read).toThrow(UsageError);
        },
      ),
    );
  });

  test('a file is made once, for its owner alone', async () => {
    const file = join(folder, 'master.key');
    const made = await readMasterKeyFile(file, true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await readMasterKeyFile(file, true)).checkValue).toBe(made.checkValue);
    expect((await readMasterKeyFile(file, false)).checkValue).toBe(made.checkValue);
    expect(Buffer.from(await readFile(file, 'utf8'), 'base64')).toHaveLength(32);
  });

  test('of twenty that make the file at once, all have the same key', async () => {
    const file = join(folder, 'master.key');
    const made = await Promise.all(Array.from({ length: 20 }, () => readMasterKeyFile(file, true)));
    expect(new Set(made.map(({ checkValue }) => checkValue)).size).toBe(1);
  });

  test('a missing file is made only where nothing depends on it', async () => {
    const file = join(folder, 'master.key');
    await expect(readMasterKeyFile(file, false)).rejects.toThrow(/the master key is missing/);
    await expect(readMasterKeyFile(folder, true)).rejects.toThrow(
      /cannot read the master key \(illegal operation on a directory\)/,
    );
  });

  test('a file with a part of a key in it is named', async () => {
    const file = join(folder, 'master.key');
    await writeFile(file, text.slice(4));
    await expect(readMasterKeyFile(file, true)).rejects.toThrow(UsageError);
    await expect(readMasterKeyFile(file, true)).rejects.toThrow(`${file}: got`);
  });
});
