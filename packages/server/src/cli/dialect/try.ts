// tessera dialect try: a server that speaks a dialect while it is written.

import { readFile } from 'node:fs/promises';
import type { Dialect } from '@tessera-oauth/core';
import type { Command } from 'commander';
import { differencesOf } from '../../config/dialect-diff.ts';
import { type FoundDialect, findDialect } from '../../config/dialect-files.ts';
import { ownDialectFiles } from '../../config/load.ts';
import type { Mock } from '../../mock/index.ts';
import { UsageError } from '../../model.ts';
import { type CommonOptions, parsePort, withCommon } from '../common.ts';
import { examples, print, tell } from '../output.ts';
import { type Example, examplesOf, trial } from './curl.ts';
import { sentenceOf } from './diff.ts';
import { watchFiles } from './watch.ts';

type Options = CommonOptions & { readonly port: number };

export function addTry(command: Command): void {
  withCommon(command.command('try <dialect> [others...]'))
    .description(
      'start a mock that speaks a dialect, and follow its file while you write; others: files that it extends',
    )
    .option('-p, --port <number>', 'the port; 0 picks a free one', parsePort, 0)
    .addHelpText(
      'after',
      examples(
        'tessera dialect try acme.dialect.yaml',
        'tessera dialect try acme.yaml base.yaml --port 8090',
      ),
    )
    .action(run);
}

async function run(named: string, others: string[], { config, output, port }: Options): Promise<void> {
  const files = [...others, ...(await ownDialectFiles(config, process.env))];
  const found = await findDialect(named, files);
  const [file] = found.files;
  const trying = await startTrying(found, files, { port, output });
  const { url, issuer } = trying.mock();
  const shown = examplesOf(found.dialect, issuer);
  const watched = file === undefined ? [] : [file, ...files];
  const unwatch = watchFiles(watched, onceFor(watched, trying.reload));
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => {
      unwatch();
      trying
        .mock()
        .close()
        .then(() => process.exit(0));
    });
  print(output, { url, issuer, pid: process.pid, examples: shown }, textOf({ named, file, url }, shown));
}

interface Trying {
  mock(): Mock;
  /** Says in one line what changed, or what is wrong: then the one before stays in service. */
  reload(): Promise<void>;
}

async function startTrying(
  first: FoundDialect,
  files: readonly string[],
  { port: wanted, output }: Pick<Options, 'port' | 'output'>,
): Promise<Trying> {
  // By its file from now on, whatever name it has in there.
  const [named = first.dialect.name] = first.files;
  let found = first;
  let mock = await serve(found.dialect, wanted);
  const port = Number(new URL(mock.url).port);
  const replace = async (next: FoundDialect) => {
    await mock.close();
    try {
      mock = await serve(next.dialect, port);
      found = next;
    } catch (error) {
      mock = await serve(found.dialect, port);
      throw error;
    }
  };
  const reload = async () => {
    try {
      const next = await findDialect(named, files);
      const changes = differencesOf(found.dialect, next.dialect).map((each) => sentenceOf(each, 60));
      if (changes.length > 0) await replace(next);
      print(output, { changes }, `${named}: ${summary(changes, 'nothing differs')}`);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      tell(`${summary(error.message.split('\n'), '')}; the one before stays in service`);
    }
  };
  return { mock: () => mock, reload };
}

async function serve(dialect: Dialect, port: number): Promise<Mock> {
  // What other commands on dialects do without.
  const { startMock } = await import('../../mock/index.ts');
  return startMock({ dialect: { ...dialect }, port, clients: [clientFor(dialect)] });
}

/** A wrong secret is only seen where the right one is known. */
const clientFor = ({ client_authentication: methods }: Dialect) =>
  methods.every((method) => method === 'none') ? { client_id: trial.client_id } : trial;

/** What is told of at most in one line. */
const most = 4;

function summary(parts: readonly string[], none: string): string {
  const more = parts.length > most ? [`and ${parts.length - most} more`] : [];
  return parts.length === 0 ? none : [...parts.slice(0, most), ...more].join('; ');
}

/** Calls `work` when what the files say is not what they said before: a folder tells more than that. */
function onceFor(files: readonly string[], work: () => Promise<void>): () => Promise<void> {
  const read = async () => JSON.stringify(await Promise.all(files.map(textIn)));
  let before = read();
  return async () => {
    const now = await read();
    if (now === (await before)) return;
    before = Promise.resolve(now);
    await work();
  };
}

const textIn = (file: string): Promise<string | null> => readFile(file, 'utf8').catch(() => null);

interface Tried {
  readonly named: string;
  readonly file: string | undefined;
  readonly url: string;
}

function textOf({ named, file, url }: Tried, shown: readonly Example[]): string {
  const follows = file === undefined ? '' : `Save ${file}, and it is spoken at once. `;
  return [
    `${named} is spoken at ${url}, to one client: ${trial.client_id}, with the secret ${trial.client_secret}`,
    '',
    ...shown.flatMap(({ title, lines }) => [`# ${title}`, ...lines, '']),
    `${follows}Stop with Ctrl+C.`,
  ].join('\n');
}
