// What a release changes in files, as functions of their text.

/** Whether version `one` comes after `other` (SemVer §11; both are three numbers). */
export const isNewer = (one: string, other: string): boolean =>
  one.localeCompare(other, 'en', { numeric: true }) > 0;

/** The changelog with its "Unreleased" section as that of `version`; undefined where it lists nothing. */
export function datedChangelog(text: string, version: string, date: string): string | undefined {
  const [before, section, ...more] = text.split(/^## Unreleased\n/m);
  if (section === undefined || more.length > 0) return undefined;
  const [entries = ''] = section.split(/^## /m);
  if (!/^- \S/m.test(entries)) return undefined;
  return `${before}## Unreleased\n\n## ${version} - ${date}\n${section}`;
}

interface Manifest {
  version?: string;
  dependencies?: Record<string, string>;
}

/** A package.json or package-lock.json with our own packages, and what depends on them, at `version`. */
export function atVersion(text: string, version: string): string {
  const file = JSON.parse(text) as Manifest & { packages?: Record<string, Manifest> };
  const own = Object.entries(file.packages ?? {}).filter(([path]) => !path.includes('node_modules'));
  for (const manifest of [file, ...own.map(([, entry]) => entry)]) {
    if (manifest.version !== undefined) manifest.version = version;
    for (const [name, range] of Object.entries(manifest.dependencies ?? {}))
      if (name.startsWith('@tessera-oauth/') && range !== '*' && manifest.dependencies)
        manifest.dependencies[name] = version;
  }
  return `${JSON.stringify(file, null, 2)}\n`;
}
