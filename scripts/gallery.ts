// What the files of the gallery say of themselves in their first lines, and the table of docs/gallery.md that is made of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dialect } from '@tessera-oauth/core';
import { loadDialects } from '../packages/server/src/config/dialects.ts';
import { galleryFile, galleryNames } from '../packages/server/src/config/gallery.ts';

export interface Head {
  /** What the dialect imitates. */
  readonly imitates: string;
  /** When it was written, and from which public page. */
  readonly date: string;
  readonly page: string;
  /** What of the vendor's service it does not do. */
  readonly cannot: readonly string[];
}

const form =
  /^# Imitates (?<imitates>[^\n]+)\.\n(?:# (?!Written)[^\n]+\n)*# Written on (?<date>\d{4}-\d\d-\d\d) from (?<page>https:\/\/\S+)\n# Cannot be spelled:\n(?<cannot>(?:# - [^\n]+\n)+)(?!#)/;

/** Throws for a file that does not begin as all of them do. */
export function headOf(name: string): Head {
  const {
    imitates = '',
    date = '',
    page = '',
    cannot = '',
  } = form.exec(readFileSync(galleryFile(name), 'utf8'))?.groups ?? {};
  if (imitates === '') throw new Error(`${name}: expected its first lines in the form of the others`);
  return {
    imitates,
    date,
    page,
    cannot: cannot
      .trimEnd()
      .split('\n')
      .map((line) => line.slice('# - '.length)),
  };
}

const code = (text: string): string => `\`${text}\``;

function grantsOf({ grant_types, requests = {} }: Dialect): string {
  const others = Object.entries(requests.grant_types ?? {});
  return grant_types
    .map((grant) => {
      const names = others.filter(([, standard]) => standard === grant).map(([name]) => code(name));
      return names.length === 0 ? code(grant) : `${code(grant)}, also called ${names.join(', ')}`;
    })
    .join(', ');
}

async function galleryTable(): Promise<string> {
  const dialects = await loadDialects(galleryNames);
  const rows = galleryNames.map((name) => {
    const { imitates, page, cannot } = headOf(name);
    const dialect = dialects.get(name) as Dialect;
    return `| ${code(name)} | [${imitates}](${page}) | ${grantsOf(dialect)} | ${cannot.join('; ')} |`;
  });
  return ['| dialect | imitates | grants | cannot be spelled |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  );
}

const begin = '<!-- gallery: made by npm run reference -->';
const end = '<!-- end of gallery -->';

/** The page with the table as it has to be. Throws where the page has no place for it. */
export async function withGallery(page: string): Promise<string> {
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`the page lacks ${begin} and ${end}`);
  return `${before}${begin}\n\n${await galleryTable()}\n\n${end}${after}`;
}

export const galleryPage = join(import.meta.dirname, '../docs/gallery.md');
