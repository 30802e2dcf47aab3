// The gallery: vendors' dialects as files, in the folder `dialects` of this package. A file is read where its dialect is
// named, and not before.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nearestName } from '@tessera-oauth/core';

/** Written down, so that no folder is read to tell what is in it; a test holds the two together. */
export const galleryNames: readonly string[] = [
  'azure-v1',
  'azure-v2',
  'docusign',
  'github',
  'google',
  'okta',
  'plaid',
  'salesforce',
  'shopify',
  'slack',
  'stripe-connect',
  'twilio',
  'xero',
  'zoom',
];

export const isInGallery = (name: unknown): name is string => galleryNames.some((each) => each === name);

export const galleryFile = (name: string): string =>
  join(import.meta.dirname, '../../dialects', `${name}.yaml`);

/** What the first line of a file says that it imitates. */
export async function imitatedBy(name: string): Promise<string> {
  const [first = ''] = (await readFile(galleryFile(name), 'utf8')).split('\n', 1);
  return first.replace(/^# Imitates /, '').replace(/\.$/, '');
}

/** What to write in place of the name of a dialect that is not among `known`; `or` is what else may stand there. */
export function expectedDialect(name: unknown, known: Iterable<string>, or = ''): string {
  if (isInGallery(name)) return 'which is in the gallery: name it in dialects of the configuration, too';
  const others = [...known].filter((each) => !isInGallery(each));
  const ours = `one of ${others.join(', ')}, or of the gallery (tessera dialect list)`;
  return `expected ${or}${ours}${hint(name, others)}`;
}

/** Whether a text is the name of a dialect rather than that of a file. */
export const looksLikeName = (text: string): boolean => /^[a-z][a-z0-9-]*$/i.test(text);

/** What to write in place of a name where a file is expected, or a name of the gallery. */
export const expectedFile = (name: string): string =>
  `expected a YAML or JSON file, or a name of the gallery (tessera dialect list)${hint(name)}`;

function hint(name: unknown, others: readonly string[] = []): string {
  const meant = nearestName(String(name), [...others, ...galleryNames]);
  return meant === undefined ? '' : `: did you mean ${meant}?`;
}
