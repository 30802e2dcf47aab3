// The commands in the documents' shell blocks, as words: as much of a shell's grammar as the documents use.

import { split } from './markdown.ts';

const shells = new Set(['sh', 'bash', 'shell', 'console']);

/** The lines of shell blocks, and those with a prompt in any block; a line that ends with `\` goes on in the next. */
export function shellLinesOf(markdown: string): string[] {
  return split(markdown).blocks.flatMap(({ language, lines }) => {
    const joined = lines
      .join('\n')
      .replace(/\\\n\s*/g, ' ')
      .split('\n');
    const prompted = joined.filter((line) => line.startsWith('$ ')).map((line) => line.slice(2));
    if (prompted.length > 0) return prompted;
    return shells.has(language) ? joined : [];
  });
}

const token =
  /(?<comment>(?<=^|\s)#.*)|(?<redirection>\d?[<>]{1,2}&?\s*\S+)|(?<separator>[|&;()]+)|(?<word>(?:[^\s|&;()<>'"]|'[^']*'|"[^"]*")+)/g;

/** The simple commands of a line, each as its words: what stands between pipes, `&&`, `;` and inside `$( )`. */
export function commandsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  for (const { groups = {} } of line.matchAll(token)) {
    if (groups.comment !== undefined) break;
    if (groups.separator !== undefined) commands.push([]);
    if (groups.word === undefined) continue;
    commands.at(-1)?.push(groups.word.replace(/["']/g, ''));
    const nested = /"[^"]*\$\(([^)]*)\)/.exec(groups.word)?.[1];
    if (nested !== undefined) commands.unshift(...commandsOf(nested));
  }
  return commands.filter((words) => words.length > 0);
}

/** The arguments of each call of `tessera` in a line, with or without `npx` and variables before it. */
export const tesseraCalls = (line: string): string[][] =>
  commandsOf(line).flatMap((words) => {
    const [first, ...rest] = words.slice(words.findIndex((word) => !/^\w+=/.test(word)));
    const [program, ...args] = first === 'npx' ? rest : [first, ...rest];
    return program === 'tessera' ? [args.filter((word) => word !== undefined)] : [];
  });
