// The name that a misspelt one probably means.

/** The nearest of `names` where few letters differ, or only its end is missing; undefined where none is near. */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((name) => ({ name, distance: distanceOf(typed.toLowerCase(), name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 4)))
    // Of a name of one letter all would be replaced.
    .filter(({ name, distance }) => distance < name.length)
    .sort((one, other) => one.distance - other.distance);
  return best?.name ?? names.find((name) => isBeginning(typed, name));
}

/** Most of a name, such as `expires` of `expires_in`. */
const isBeginning = (typed: string, name: string): boolean =>
  name.startsWith(typed) && typed.length >= name.length * 0.6;

/** How many letters must be added, taken away, replaced, or swapped with their neighbours. */
function distanceOf(one: string, other: string): number {
  const letters = [...one.slice(0, 80)];
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= letters.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j++) {
      const isSame = letters[i - 1] === other[j - 1];
      const isSwapped = letters[i - 1] === other[j - 2] && letters[i - 2] === other[j - 1];
      rows[i]?.push(
        Math.min(
          at(i, j - 1) + 1,
          at(i - 1, j) + 1,
          at(i - 1, j - 1) + (isSame ? 0 : 1),
          isSwapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(letters.length, other.length);
}
