/** No list of users or groups has more; each row is read column by column. */
export const mostColumns = 1000

/**
 * What is wrong with the columns that the first line of a CSV file names: a sentence without its place. `names` are what
 * the titles mean, in the same order. Columns without a name are left out, so there may be several.
 */
export function columnsMistake(titles: readonly string[], names: readonly string[]): string | undefined {
  if (names.length > mostColumns) {
    return `${names.length} columns are named, and at most ${mostColumns} are read: remove those that are not needed.`
  }
  const places = new Map<string, number>()
  for (const [at, name] of names.entries()) {
    const earlier = places.get(name)
    if (earlier !== undefined) return repeated(titles[earlier] ?? '', titles[at] ?? '')
    if (name !== '') places.set(name, at)
  }
  return undefined
}

const repeated = (one: string, other: string): string =>
  one.trim() === other.trim()
    ? `two columns are called ${one.trim()}.`
    : `the columns "${one}" and "${other}" mean the same.`
