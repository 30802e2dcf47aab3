// The certificate and its private key, for TLS by the program itself: read, and judged before anybody connects.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { allMistakes, systemReason, UsageError } from '../model.ts';

export interface TlsFiles {
  readonly cert_file: string;
  readonly key_file: string;
}

export interface TlsPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** What clients will not like, and the server can serve: sentences for the operator. */
  readonly cautions: readonly string[];
}

/**
 * RFC 9325 §3.1.1, §4.1: TLS 1.2 at least, and no cipher suite of it without forward secrecy. Those of TLS 1.3 all have it.
 */
export const secureContextOf = ({ cert, key }: Pick<TlsPair, 'cert' | 'key'>): SecureContextOptions => ({
  cert,
  key,
  minVersion: 'TLSv1.2',
  ciphers:
    'TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE+AESGCM:ECDHE+CHACHA20',
});

/** Reads both files; a UsageError says what they are, where they are no certificate and its key. */
export async function readTls({ cert_file, key_file }: TlsFiles): Promise<TlsPair> {
  const [cert = Buffer.of(), key = Buffer.of()] = await allMistakes([
    () => read('cert_file', cert_file),
    () => read('key_file', key_file),
  ]);
  const chain = readChain(cert, cert_file);
  refuseStrangers(chain, readKey(key, key_file), cert_file, key_file);
  try {
    createSecureContext(secureContextOf({ cert, key }));
  } catch (error) {
    throw new UsageError(`tls: ${cert_file} and ${key_file} cannot be served (${systemReason(error)})`);
  }
  return { cert, key, cautions: [...untimely(chain, cert_file), ...disorder(chain, cert_file)] };
}

const mistake = (name: keyof TlsFiles, file: string, what: string) =>
  new UsageError(`tls.${name}: got "${file}", ${what}`);

async function read(name: keyof TlsFiles, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw mistake(name, file, `which cannot be read (${systemReason(error)})`);
  }
}

const certificate = /-----BEGIN (TRUSTED )?CERTIFICATE-----[\s\S]+?-----END (TRUSTED )?CERTIFICATE-----/g;
const privateKey = /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----/;

function readChain(cert: Buffer, file: string): readonly X509Certificate[] {
  const blocks = cert.toString('latin1').match(certificate) ?? [];
  if (blocks.length > 0) {
    const chain = blocks.map((block) => attempt(() => new X509Certificate(block)));
    if (chain.every((each) => each !== undefined)) return chain;
    throw mistake('cert_file', file, `whose certificate ${chain.indexOf(undefined) + 1} cannot be parsed`);
  }
  if (attempt(() => new X509Certificate(cert)) !== undefined)
    throw mistake('cert_file', file, 'which is DER, expected PEM (openssl x509 -inform der writes it)');
  const what = privateKey.test(cert.toString('latin1')) ? 'a private key' : 'no certificate in PEM';
  throw mistake('cert_file', file, `which holds ${what}`);
}

function readKey(key: Buffer, file: string): KeyObject {
  const text = key.toString('latin1');
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text))
    throw mistake(
      'key_file',
      file,
      'which has a passphrase, expected a key without one (openssl pkey takes it away)',
    );
  if (!privateKey.test(text)) {
    const types = ['pkcs8', 'pkcs1', 'sec1'] as const;
    if (types.some((type) => attempt(() => createPrivateKey({ key, format: 'der', type })) !== undefined))
      throw mistake('key_file', file, 'which is DER, expected PEM (openssl pkey -inform der writes it)');
    const what = text.match(certificate) === null ? 'no private key in PEM' : 'a certificate';
    throw mistake('key_file', file, `which holds ${what}`);
  }
  const parsed = attempt(() => createPrivateKey(key));
  if (parsed === undefined) throw mistake('key_file', file, 'whose private key cannot be parsed');
  return parsed;
}

/** RFC 8446 §4.4.2: "The sender's certificate MUST come in the first CertificateEntry in the list." */
function refuseStrangers(
  chain: readonly X509Certificate[],
  key: KeyObject,
  cert_file: string,
  key_file: string,
) {
  const own = chain.findIndex((each) => each.checkPrivateKey(key));
  if (own === -1)
    throw new UsageError(`tls: the key in ${key_file} belongs to another certificate than ${cert_file}`);
  if (own > 0)
    throw mistake(
      'cert_file',
      cert_file,
      `whose certificate ${own + 1} is the server's own, expected it first, and after each the one that issued it`,
    );
}

function untimely(chain: readonly X509Certificate[], file: string): string[] {
  const now = Date.now();
  return chain.flatMap(({ validFromDate, validToDate }, index) => {
    const which = `tls.cert_file: certificate ${index + 1} of ${file}`;
    if (validToDate.getTime() < now) return [`${which} expired on ${validToDate.toISOString()}`];
    return validFromDate.getTime() > now
      ? [`${which} is not valid before ${validFromDate.toISOString()}`]
      : [];
  });
}

const disorder = (chain: readonly X509Certificate[], file: string): string[] =>
  chain.flatMap((each, index) => {
    const next = chain[index + 1];
    return next === undefined || each.checkIssued(next)
      ? []
      : [`tls.cert_file: certificate ${index + 2} of ${file} did not issue certificate ${index + 1}`];
  });

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
