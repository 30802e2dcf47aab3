// What a browser says of itself (RFC 9110 §10.1.5), in a few words of our own: enough for people to know their devices by,
// and nothing that a stranger has written.

type Names = readonly (readonly [sign: string, name: string])[];

/** In this order: each of them names those that it wants to be taken for. */
const browsers: Names = [
  ['Edg', 'Edge'],
  ['OPR/', 'Opera'],
  ['SamsungBrowser/', 'Samsung Internet'],
  ['Firefox/', 'Firefox'],
  ['FxiOS/', 'Firefox'],
  ['CriOS/', 'Chrome'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
];
const systems: Names = [
  ['iPhone', 'iPhone'],
  ['iPad', 'iPad'],
  ['Android', 'Android'],
  ['CrOS', 'ChromeOS'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['Linux', 'Linux'],
];

/** Such as `Firefox, Windows`; undefined where nothing is known of it. */
export function deviceOf(user_agent: string | undefined): string | undefined {
  const known = [browsers, systems].flatMap(
    (names) => names.find(([sign]) => user_agent?.includes(sign))?.[1] ?? [],
  );
  return known.length === 0 ? undefined : known.join(', ');
}
