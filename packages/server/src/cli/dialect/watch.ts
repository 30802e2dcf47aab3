// Tells when files are written. Editors write a file by renaming another to it, so it is its folder that is watched.

import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** A file is written in several steps. */
const settledMs = 100;

/** Calls `changed` when files were written, one call at a time. Gives what ends it. */
export function watchFiles(files: readonly string[], changed: () => Promise<void>): () => void {
  const folders = Map.groupBy(files, (file) => dirname(resolve(file)));
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const settle = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(changed);
    }, settledMs);
  };
  const watchers = [...folders].map(([folder, inIt]) => {
    const names = new Set(inIt.map((file) => basename(file)));
    const watcher = watch(folder, (_event, name) => {
      // Some systems name no file.
      if (name === null || names.has(name)) settle();
    });
    // The folder is gone; the one before stays in service.
    return watcher.on('error', () => {});
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
