export const exportLines = (environment: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(environment).map(([name, value]) => `export ${name}=${quote(value)}`)

const quote = (value: string): string =>
  /^[\w:/.+=-]*$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`
