/** Environment variables as lines of a shell. */
export const exportLines = (environment: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`)

/** As one word of a shell. */
const quote = (value: string): string =>
  /^[\w:/.+=-]*$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
