/** What stands where a secret stood. */
export const mark = '***'

/** How a masked filter ends of which the rest couldn't be told from a secret. */
export const brokenEnd = ` ${mark}`

/** Finds the names of secrets in texts: names of attributes, paths, filters, whole bodies. */
export type SecretText = {
  /** Whether a name stands somewhere in the text, be it as part of a word: cheap, and never wrongly no. */
  readonly mayName: (text: string) => boolean
  /** Whether a name or path leads to a secret: `x`, `urn:…:User:x`, `x.value`, `x[type eq "work"]`, in any case. */
  readonly leadsTo: (path: string) => boolean
  /** The filter or path with a mark for each value that a secret is compared with. */
  readonly maskFilter: (filter: string) => string
  /** A sentence that quotes what a client wrote, with a mark for what stands there behind a secret's name. */
  readonly maskQuoted: (sentence: string) => string
  /** Words about a request, without what is joined to a secret's name: `password:x` is called `password`. */
  readonly maskWords: (words: string) => string
}

const nothing: SecretText = {
  mayName: () => false,
  leadsTo: () => false,
  maskFilter: filter => filter,
  maskQuoted: sentence => sentence,
  maskWords: words => words,
}

// What may follow a secret's name in a filter: nothing, or `pr`, which tells no value …
const harmless = String.raw`(?:\s+pr(?![^\s)\]])|\s*$)`
// … or an operator and a value in proper quotes. All else is broken, and hidden to its end.
const properComparison = String.raw`((?:\.[\w$-]+)?\s+[a-z]{2}\s+)"(?:[^"\\]|\\.)*"(?=[\s)\]]|$)`

const escaped = (name: string) => name.replace(/\W/g, String.raw`\$&`)

export function secretText(names: readonly string[]): SecretText {
  if (names.length === 0) return nothing
  const anyName = names.map(escaped).join('|')
  const wholeName = String.raw`(?<![\w$-])(?:${anyName})(?![\w$-])`
  const anywhere = new RegExp(anyName, 'i')
  const asPart = new RegExp(wholeName, 'i')
  const compared = new RegExp(`(${wholeName})(?:(${harmless})|${properComparison}|.+$)`, 'gis')
  // The client's text may hold quotes itself, so it is hidden up to the last one.
  const quoted = new RegExp(`^([^"]*"[^]*?${wholeName})(?!")[^]*"`, 'i')
  const joined = new RegExp(`(${wholeName})[:.[][^\\s,]*`, 'gi')
  const maskOne = (_: string, name: string, end: string | undefined, operator: string | undefined) => {
    if (end !== undefined) return name + end
    return operator === undefined ? name + brokenEnd : `${name}${operator}"${mark}"`
  }
  return {
    mayName: text => anywhere.test(text),
    leadsTo: path => asPart.test(path),
    maskFilter: filter => filter.replace(compared, maskOne),
    maskQuoted: sentence => sentence.replace(quoted, `$1${brokenEnd}"`),
    maskWords: words => words.replace(joined, '$1'),
  }
}
