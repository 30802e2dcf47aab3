// Test files share processes: what one changes of its process is put back for the next.

import { afterAll } from 'vitest';

const [env, folder, umask] = [{ ...process.env }, process.cwd(), process.umask()];

afterAll(() => {
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  if (process.cwd() !== folder) process.chdir(folder);
  process.umask(umask);
  process.exitCode = undefined;
});
