// Finds a Chromium to test with: the one CHROMIUM_PATH names, one that is installed, or the one that comes with
// the dependencies.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

/** What of Playwright's launch options says which browser to run. */
type Chromium = { executablePath: string; env?: NodeJS.ProcessEnv } | { channel: string };

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const modules = join(import.meta.dirname, '../../../node_modules');

export async function findChromium(): Promise<Chromium> {
  const named = process.env.CHROMIUM_PATH;
  if (named) return { executablePath: named };
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = names.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync);
  if (installed !== undefined) return { executablePath: installed };
  // The packaged one is for this platform alone. Elsewhere Playwright looks where Chrome installs itself.
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' };
  const folder = await unpacked();
  const env = {
    ...process.env,
    LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  };
  return { executablePath: join(folder, 'chromium'), env };
}

/** Unpacks the packaged Chromium once for each version; test files that start together may each do it. */
async function unpacked(): Promise<string> {
  const manifest = await readFile(join(modules, '@sparticuz/chromium/package.json'), 'utf8');
  const cache = join(modules, '.cache');
  const folder = join(cache, `chromium-${JSON.parse(manifest).version}`);
  if (existsSync(folder)) return folder;
  await mkdir(cache, { recursive: true });
  const fresh = await mkdtemp(`${folder}-`);
  // Only where this variable is set are the shared libraries unpacked too.
  const env = { ...process.env, TMPDIR: fresh, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' };
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'unpack-chromium.ts')], { env });
  await writeFile(join(fresh, 'fonts.conf'), fonts);
  await rename(fresh, folder).catch(async (error) => {
    await rm(fresh, { recursive: true });
    if (!existsSync(folder)) throw error;
  });
  return folder;
}

// The packaged font first, so that pages look alike everywhere; the machine's own for what it lacks. What Chromium
// takes for `system-ui` is what is called `sans` here.
const fonts = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="strong"><family>sans</family><prefer><family>Open Sans</family></prefer></alias>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
`;
