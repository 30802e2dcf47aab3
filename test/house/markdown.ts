// Markdown pages as the tests of the documents read them: headings with the anchors that GitHub gives them, links, code.

import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** Every page of the repository, as a path from the root. */
export const pages: readonly string[] = globSync(
  ['*.md', 'docs/**/*.md', 'bench/*.md', 'packages/*/*.md', 'examples/**/*.md'],
  { cwd: root, exclude: ['**/node_modules/**'] },
).sort();

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

export interface CodeBlock {
  /** The word after the fence, such as `sh`; empty where there is none. */
  readonly language: string;
  readonly lines: readonly string[];
}

/** The lines outside and the blocks inside of code fences; a block in a list loses the list's indentation. */
export function split(markdown: string): { prose: readonly string[]; blocks: readonly CodeBlock[] } {
  const prose: string[] = [];
  const blocks: { language: string; lines: string[] }[] = [];
  let indentation: string | undefined;
  for (const line of markdown.split('\n')) {
    const [fence, indented = '', language = ''] = /^(\s*)```(\w*)/.exec(line) ?? [];
    if (fence !== undefined && indentation === undefined) {
      indentation = indented;
      blocks.push({ language, lines: [] });
    } else if (fence !== undefined) indentation = undefined;
    else if (indentation === undefined) prose.push(line);
    else blocks.at(-1)?.lines.push(line.startsWith(indentation) ? line.slice(indentation.length) : line);
  }
  return { prose, blocks };
}

export interface Heading {
  readonly level: number;
  /** What a link names after `#`. */
  readonly anchor: string;
}

/** The headings, with the anchor of each: a heading that stands twice has `-1` the second time. */
export function headingsOf(markdown: string): Heading[] {
  const seen = new Map<string, number>();
  return split(markdown).prose.flatMap((line) => {
    const [, marks, text] = /^(#{1,6}) +(.+)$/.exec(line) ?? [];
    if (marks === undefined || text === undefined) return [];
    const slug = slugOf(text);
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return [{ level: marks.length, anchor: times === 0 ? slug : `${slug}-${times}` }];
  });
}

const slugOf = (heading: string): string =>
  heading
    .trim()
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replaceAll(' ', '-');

export interface Link {
  /** As it is written. */
  readonly target: string;
  /** The path from the root that it leads to. */
  readonly path: string;
  /** After `#`; empty where there is none. */
  readonly anchor: string;
}

/** The links of a page that lead to files of the repository. */
export function linksOf(page: string): Link[] {
  const prose = split(textOf(page))
    .prose.join('\n')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ' '));
  const written = [
    ...prose.matchAll(/\]\(\s*<?([^)\s>]+)[^)]*\)/g),
    ...prose.matchAll(/^\[[^\]]+\]:\s*<?([^\s>]+)/gm),
    ...prose.matchAll(/<(?:a|img)\s[^>]*(?:href|src)="([^"]+)"/g),
  ].map(([, target]) => target ?? '');
  return written
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { target, path: path === '' ? page : join(dirname(page), path), anchor };
    });
}

/** The page that a link opens: a folder opens its README.md, as on GitHub. */
export function pageAt(path: string): string {
  const there = join(root, path);
  return existsSync(there) && statSync(there).isDirectory() ? join(path, 'README.md') : path;
}
