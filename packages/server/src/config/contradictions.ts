// Keys that are right by themselves, and cannot stand together.

import type { Dialect } from '@tessera-oauth/core';
import { expectedDialect } from './gallery.ts';
import { type Mistake, MistakesError, pathOf } from './mistakes.ts';
import type { Config } from './schema.ts';
import type { SourceOf } from './validation.ts';

/** A MistakesError names every mistake, and where it stands. */
export function refuseContradictions(
  config: Config,
  dialects: ReadonlyMap<string, Dialect>,
  sourceOf: SourceOf,
): void {
  const mistakes = [
    ...placesAtOdds(config),
    ...loginAtOdds(config),
    ...config.issuers.flatMap((_, index) => issuerAtOdds(config.issuers, index, dialects)),
  ];
  if (mistakes.length > 0) throw new MistakesError(mistakes.map((sentence) => placed(sentence, sourceOf)));
}

/** `issuers[0].name: got …`, with the place of that key. */
function placed(sentence: string, sourceOf: SourceOf): Mistake {
  const [path = ''] = sentence.split(': ', 1);
  return { ...sourceOf(pathOf(path)), path, message: sentence.slice(path.length + 2) };
}

function placesAtOdds(config: Config): string[] {
  const { public_url, tls, trust_proxy, listen, management } = config;
  const unserved = public_url?.startsWith('https:') && tls === undefined && trust_proxy === false;
  return [
    ...(unserved
      ? [
          'public_url: got an https URL, expected tls (to serve it here) or trust_proxy (the addresses of a proxy that does)',
        ]
      : []),
    ...(tls !== undefined && public_url?.startsWith('http:')
      ? [`public_url: got "${public_url}", expected an https URL, since tls is set`]
      : []),
    ...(management !== undefined && isSamePlace(management, listen)
      ? [`management.port: got ${listen.port} on ${management.host}, which is where listen is`]
      : []),
    ...(config.master_key !== undefined && config.master_key_file !== undefined
      ? ['master_key_file: got a file beside TESSERA_MASTER_KEY, expected one of the two']
      : []),
  ];
}

const everywhere = ['0.0.0.0', '::'];

const isSamePlace = (one: Config['listen'], other: Config['listen']): boolean =>
  one.port === other.port &&
  one.port !== 0 &&
  (one.host === other.host || [one.host, other.host].some((host) => everywhere.includes(host)));

function issuerAtOdds(
  issuers: Config['issuers'],
  index: number,
  dialects: ReadonlyMap<string, Dialect>,
): string[] {
  const issuer = issuers[index];
  if (issuer === undefined) return [];
  const dialect = dialects.get(issuer.dialect);
  const algs: readonly string[] = dialect?.access_token.algs ?? [];
  const twins = (['name', 'location'] as const).flatMap((key) => {
    const twin = issuers.findIndex((other) => other[key] === issuer[key]);
    return twin === index ? [] : [`${key}: got "${issuer[key]}", which issuers[${twin}] has`];
  });
  return [
    ...(dialect === undefined
      ? [`dialect: got "${issuer.dialect}", ${expectedDialect(issuer.dialect, dialects.keys())}`]
      : []),
    ...(dialect !== undefined && issuer.signing_alg !== undefined && !algs.includes(issuer.signing_alg)
      ? [`signing_alg: got "${issuer.signing_alg}", expected one of ${algs.join(', ')}`]
      : []),
    ...twins,
  ].map((mistake) => `issuers[${index}].${mistake}`);
}

function loginAtOdds({ login }: Config): string[] {
  const { url, secret_file, local, upstreams } = login;
  return [
    ...(url !== undefined && secret_file === undefined
      ? [
          'login.secret_file: got nothing beside login.url, expected a file with what the server of that page proves itself by',
        ]
      : []),
    ...(url === undefined && secret_file !== undefined
      ? ['login.url: got nothing beside login.secret_file, expected the URL of your sign-in page']
      : []),
    ...(url !== undefined && upstreams.length > 0
      ? [
          'login.upstreams: got providers beside login.url, which takes the place of all other ways to sign in',
        ]
      : []),
    ...(url === undefined && !local && upstreams.length === 0
      ? ['login.local: got false, and nobody could sign in: expected login.url or login.upstreams']
      : []),
    ...upstreams.flatMap((_, index) => upstreamAtOdds(upstreams, index)),
  ];
}

/** What tokens call our own users, and those of the company's own page. */
const takenNames = ['local', 'external'];

function upstreamAtOdds(upstreams: Config['login']['upstreams'], index: number): string[] {
  const { name, client_secret_file, client_secret_variable } = upstreams[index] ?? {};
  const at = `login.upstreams[${index}]`;
  const twin = upstreams.findIndex((other) => other.name === name);
  return [
    ...(client_secret_file !== undefined && client_secret_variable !== undefined
      ? [`${at}: got two secrets, expected client_secret_file or client_secret_variable`]
      : []),
    ...(takenNames.includes(name ?? '') ? [`${at}.name: got "${name}", which is taken`] : []),
    ...(twin === index ? [] : [`${at}.name: got "${name}", which upstreams[${twin}] has`]),
  ];
}
