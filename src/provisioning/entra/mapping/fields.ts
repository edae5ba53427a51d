import { isObject } from '../../../scim/json.ts'

type MappingProblem = {
  readonly place: string
  readonly text: string
}

export class MappingError extends Error {
  override readonly name = 'MappingError'
  readonly errors: readonly MappingProblem[]

  constructor(...errors: readonly MappingProblem[]) {
    super(errors.map(({ place, text }) => (place === '' ? text : `${place}: ${text}`)).join('\n'))
    this.errors = errors
  }
}

export type UncheckedFields = { readonly [name: string]: unknown }

export class ProblemList {
  readonly all: MappingProblem[] = []

  add(place: string, text: string): void {
    this.all.push({ place, text })
  }

  fieldsOf(given: unknown, place: string, known: readonly string[]): UncheckedFields | undefined {
    if (!isObject(given)) {
      this.add(place, `must be an object with ${known.map(name => `"${name}"`).join(', ')}.`)
      return undefined
    }
    for (const name of Object.keys(given).filter(name => !known.includes(name))) {
      this.add(placeOf(place, name), `unknown member. Known members: ${known.join(', ')}.`)
    }
    return given
  }

  list(given: unknown, place: string): readonly unknown[] {
    if (Array.isArray(given)) return given
    this.add(place, given === undefined ? 'is missing.' : 'must be a list.')
    return []
  }

  boolean(fields: UncheckedFields, name: string, place: string): boolean | undefined {
    const value = fields[name]
    if (value === undefined || typeof value === 'boolean') return value
    this.add(placeOf(place, name), 'must be true or false.')
    return undefined
  }

  text(
    fields: UncheckedFields,
    name: string,
    place: string,
    presence: 'required' | 'optional',
  ): string | undefined {
    const value = fields[name]
    if (typeof value === 'string' && (value !== '' || presence === 'optional')) return value
    if (value === undefined && presence === 'optional') return undefined
    this.add(placeOf(place, name), value === undefined ? 'is missing.' : 'must be a string.')
    return undefined
  }

  reading<Read>(place: string, read: () => Read): Read | undefined {
    try {
      return read()
    } catch (error) {
      if (!(error instanceof MappingError)) throw error
      for (const { text } of error.errors) this.add(place, text)
      return undefined
    }
  }
}

const placeOf = (place: string, name: string) => (place === '' ? name : `${place}.${name}`)

const compiledPatterns = new Map<string, RegExp>()

/** .NET syntax as far as JavaScript has it, with flags `d` and `g`; `(?i)` ignores case. Throws MappingError. */
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
      text: `"${pattern}" is not a valid regular expression: ${error instanceof Error ? error.message : error}.`,
    })
  }
}
