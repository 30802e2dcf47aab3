// Commands in this process, which spares each the start of another: where it is what they print that counts.

import { vi } from 'vitest';
import { main } from '../../packages/server/src/main.ts';
import { asJson, expectMistake, type Finished, type Project, project } from './program.ts';

let turn: Promise<unknown> = Promise.resolve();

/** Runs one command as bin/tessera.js does, in the folder of the tests. They take turns: there is one stdout. */
export function inProcess(args: readonly string[]): Promise<Finished> {
  const finished = turn.then(() => runAlone(args));
  turn = finished.catch(() => undefined);
  return finished;
}

async function runAlone(args: readonly string[]): Promise<Finished> {
  const written = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((stream) =>
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      written[stream] += text;
      return true;
    }),
  );
  const before = process.exitCode;
  process.exitCode = 0;
  try {
    await main(args);
    return { code: Number(process.exitCode), ...written };
  } finally {
    process.exitCode = before;
    for (const spy of spies) spy.mockRestore();
  }
}

/** A folder with a deployment, whose commands run in this process; only a server is one of its own. */
export async function projectInProcess(config: Readonly<Record<string, unknown>>): Promise<Project> {
  const place = await emptyProjectInProcess(config);
  await place.json(['migrate']);
  return place;
}

/** The same without a deployment: there is a configuration and nothing else. */
export async function emptyProjectInProcess(config: Readonly<Record<string, unknown>>): Promise<Project> {
  const place = await project(config);
  const run: Project['run'] = (args) => inProcess([...args, '--config', place.file]);
  return { ...place, run, json: asJson(run) };
}

/** One line on stderr that says `what`, and exit code 2. */
export async function expectRefusal(args: readonly string[], what: string | RegExp): Promise<void> {
  expectMistake(await inProcess(args), what);
}
