import { MappingError } from './mapping-error.ts'

const compiled = new Map<string, RegExp>()

/**
 * A regular expression as .NET has them, as far as JavaScript reads the same, global and with the places of its
 * groups. `(?i)` in front makes it ignore case. Throws MappingError.
 */
export function compileRegex(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known) return known
  const [, ignoring, rest = pattern] = /^(\(\?i\))?([\s\S]*)$/.exec(pattern) ?? []
  try {
    const regex = new RegExp(rest, ignoring ? 'dgi' : 'dg')
    compiled.set(pattern, regex)
    return regex
  } catch (error) {
    throw new MappingError({
      place: '',
      text: `"${pattern}" is no regular expression: ${error instanceof Error ? error.message : error}.`,
    })
  }
}
