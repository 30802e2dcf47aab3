// What the commands that delete have in common: they ask at a terminal, and are told twice as they are told once.

import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { AdminError } from '../admin/admin-error.ts';
import { wasDone } from '../admin/audit.ts';
import type { AdminVerb } from '../admin/change.ts';
import { visible } from '../words.ts';
import { type Administration, administer } from './administer.ts';
import type { CommonOptions } from './common.ts';
import { print } from './output.ts';

export interface DeleteOptions extends CommonOptions {
  readonly issuer?: string;
  readonly yes?: true;
}

/** One thing that is to be deleted. */
export interface Deletion {
  /** As a person is asked about it, such as `the client 3f2b…`. */
  readonly what: string;
  /** Where the record of changes has it. */
  readonly issuer: string | null;
  readonly target: string;
  /** The members that name it. */
  readonly named: Readonly<Record<string, unknown>>;
  /** Throws `not_found` where there is none. */
  readonly remove: () => Promise<unknown>;
  /** Whether there was one once, where the record does not know it by `target`. */
  readonly before?: () => Promise<boolean>;
}

/** A command that deletes what `find` gives. */
export const deleting = <Options extends DeleteOptions>(
  command: Command,
  verb: AdminVerb,
  find: (administration: Administration, options: Options, name: string) => Promise<Deletion> | Deletion,
): Command =>
  administer(
    command.option('-y, --yes', 'do not ask, as nobody is asked where standard input is no terminal'),
    async (administration, options: Options, name = '') => {
      const deletion = await find(administration, options, name);
      const { what, issuer, target, named, remove } = deletion;
      const { before = () => wasDone(administration.admin, verb, issuer, target) } = deletion;
      await confirm(what, options);
      const already = await repeated(remove, before);
      print(options.output, { ...named, deleted: true }, `${already ? 'already ' : ''}deleted ${what}`);
    },
  );

/**
 * Does what ends something. Where there is no such thing it may have been ended before, which `before` knows: then nothing
 * is left to do, and it is no mistake. Tells whether that is so.
 */
export async function repeated(
  end: () => Promise<unknown>,
  before: () => Promise<boolean>,
): Promise<boolean> {
  try {
    await end();
    return false;
  } catch (error) {
    if (error instanceof AdminError && error.code === 'not_found' && (await before())) return true;
    throw error;
  }
}

/** Asks at a terminal; throws where the answer is no. */
async function confirm(what: string, { yes }: DeleteOptions): Promise<void> {
  if (yes === true || !process.stdin.isTTY) return;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Delete ${visible(what)}? This cannot be undone. [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Error('nothing was deleted');
  } finally {
    terminal.close();
  }
}
