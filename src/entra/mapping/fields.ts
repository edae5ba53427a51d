import { isObject } from '../../scim/json.ts'

/** Something wrong in a mapping, an expression or a scoping filter. */
export type MappingProblem = {
  /** Where in the mapping file: `users.attributes[3].source`; empty when the text came without a file. */
  readonly place: string
  /** What is wrong, and how to mend it. */
  readonly text: string
}

/** All that is wrong with a mapping, at once. */
export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly errors: readonly MappingProblem[]

  constructor(...errors: readonly MappingProblem[]) {
    super(errors.map(({ place, text }) => (place === '' ? text : `${place}: ${text}`)).join('\n'))
    this.errors = errors
  }
}

/** The members of an object of a mapping file, unread. */
export type FieldReader = { readonly [name: string]: unknown }

/** Collects what is wrong with a file while it is read on. */
export class ProblemList {
  readonly all: MappingProblem[] = []

  add(place: string, text: string): void {
    this.all.push({ place, text })
  }

  /** The members of an object, of which only these are known; undefined where it is no object. */
  fieldsOf(given: unknown, place: string, known: readonly string[]): FieldReader | undefined {
    if (!isObject(given)) {
      this.add(place, `should be an object with ${known.map(name => `"${name}"`).join(', ')}.`)
      return undefined
    }
    for (const name of Object.keys(given).filter(name => !known.includes(name))) {
      this.add(placeOf(place, name), `isn't known here. Known are ${known.join(', ')}.`)
    }
    return given
  }

  list(given: unknown, place: string): readonly unknown[] {
    if (Array.isArray(given)) return given
    this.add(place, given === undefined ? 'is missing.' : 'should be a list.')
    return []
  }

  boolean(fields: FieldReader, name: string, place: string): boolean | undefined {
    const value = fields[name]
    if (value === undefined || typeof value === 'boolean') return value
    this.add(placeOf(place, name), 'should be true or false.')
    return undefined
  }

  /** A text; a mistake where it is needed and missing. */
  text(fields: FieldReader, name: string, place: string, needed: 'needed' | 'optional'): string | undefined {
    const value = fields[name]
    if (typeof value === 'string' && (value !== '' || needed === 'optional')) return value
    if (value === undefined && needed === 'optional') return undefined
    this.add(placeOf(place, name), value === undefined ? 'is missing.' : 'should be a text.')
    return undefined
  }

  /** Runs a reader of one text; what it throws becomes a mistake of this place. */
  reading<Read>(place: string, read: () => Read): Read | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      for (const mistake of error.errors) this.add(place, mistake.text)
      return undefined
    }
  }
}

const placeOf = (place: string, name: string) => (place === '' ? name : `${place}.${name}`)

const compiledPatterns = new Map<string, RegExp>()

/**
 * A regular expression as .NET has them, as far as JavaScript reads the same, global and with the places of its
 * groups. `(?i)` in front makes it ignore case. Throws MappingError.
 */
export function compileRegex(pattern: string): RegExp {
  const known = compiledPatterns.get(pattern)
  if (known) return known
  const [, ignoring, rest = pattern] = /^(\(\?i\))?([\s\S]*)$/.exec(pattern) ?? []
  try {
    const regex = new RegExp(rest, ignoring ? 'dgi' : 'dg')
    compiledPatterns.set(pattern, regex)
    return regex
  } catch (error) {
    throw new MappingError({
      place: '',
      text: `"${pattern}" is no regular expression: ${error instanceof Error ? error.message : error}.`,
    })
  }
}
