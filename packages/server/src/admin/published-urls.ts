// The URLs that an issuer publishes (RFC 8414 §3, OpenID Connect Discovery 1.0 §4). No two issuers may share one: requests
// for the one would be answered by the other.

import type { Dialect } from '@tessera-oauth/core';
import type { IssuerSettings } from '../model.ts';

/** Where an issuer lives and how it is spelled. */
type Place = Pick<IssuerSettings, 'name' | 'location' | 'dialect'>;

/** What is needed to know where an issuer answers. */
interface Surroundings {
  readonly dialects: ReadonlyMap<string, Dialect>;
  /** The origin that paths are below. */
  readonly public_url: string;
}

/** Two issuers that would publish one URL. */
export interface Collision {
  /** The name of the other issuer. */
  readonly name: string;
  /** The URL that both would publish; undefined: the locations are equal. */
  readonly url: string | undefined;
}

/** The first of `others` that shares a URL with `place`; undefined where none does. */
export function findCollision(
  place: Place,
  others: readonly Place[],
  surroundings: Surroundings,
): Collision | undefined {
  const base = issuerIdentifier(place, surroundings);
  const urls = publishedUrls(place, surroundings);
  for (const other of others) {
    if (other.name === place.name) continue;
    const { name } = other;
    if (issuerIdentifier(other, surroundings) === base) return { name, url: undefined };
    const theirs = publishedUrls(other, surroundings);
    const url =
      urls.find((each) => theirs.some((their) => meet(each, their))) ??
      theirs.find((their) => urls.some((each) => meet(their, each)));
    if (url !== undefined) return { name, url };
  }
  return undefined;
}

/** The issuer identifier (RFC 8414 §2). */
export const issuerIdentifier = (
  { location }: Pick<Place, 'location'>,
  { public_url }: Pick<Surroundings, 'public_url'>,
): string => (location.startsWith('/') ? public_url + location.replace(/^\/$/, '') : location);

/** Every URL that an issuer publishes; a URL that ends in a slash stands for all below it. */
function publishedUrls(place: Place, surroundings: Surroundings): readonly string[] {
  const dialect = surroundings.dialects.get(place.dialect);
  // One whose dialect the configuration does not have is not served.
  if (dialect === undefined) return [];
  const base = issuerIdentifier(place, surroundings);
  const { origin, pathname } = new URL(base);
  const documents = ['oauth-authorization-server', 'openid-configuration'].flatMap((document) => [
    `${base}/.well-known/${document}`,
    `${origin}/.well-known/${document}${pathname.replace(/^\/$/, '')}`,
  ]);
  const endpoints = Object.values(dialect.paths).flatMap((path) => (path === undefined ? [] : [base + path]));
  const pages = dialect.paths.authorization === undefined ? [] : [`${base}/account`, `${base}/account/`];
  return [...endpoints, ...documents, ...pages];
}

const meet = (url: string, other: string): boolean =>
  url === other || (other.endsWith('/') && url.startsWith(other));
