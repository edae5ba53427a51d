import { isObject } from '../scim/json.ts'
import { MappingError, type MappingMistake } from './mapping-error.ts'

/** The members of an object of a mapping file, unread. */
export type Fields = { readonly [name: string]: unknown }

/** Collects what is wrong with a file while it is read on. */
export class MistakeList {
  readonly all: MappingMistake[] = []

  add(place: string, text: string): void {
    this.all.push({ place, text })
  }

  /** The members of an object, of which only these are known; undefined where it is no object. */
  fieldsOf(given: unknown, place: string, known: readonly string[]): Fields | undefined {
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

  boolean(fields: Fields, name: string, place: string): boolean | undefined {
    const value = fields[name]
    if (value === undefined || typeof value === 'boolean') return value
    this.add(placeOf(place, name), 'should be true or false.')
    return undefined
  }

  /** A text; a mistake where it is needed and missing. */
  text(fields: Fields, name: string, place: string, needed: 'needed' | 'optional'): string | undefined {
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
      for (const mistake of error.mistakes) this.add(place, mistake.text)
      return undefined
    }
  }
}

const placeOf = (place: string, name: string) => (place === '' ? name : `${place}.${name}`)
