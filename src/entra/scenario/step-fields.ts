import { isObject, type JsonObject } from '../../scim/json.ts'
import type { Fields, MistakeList } from '../mapping-fields.ts'

/** The members of one step; what is missing or of the wrong type becomes a mistake. */
export class StepFields {
  readonly fields: Fields
  readonly place: string
  readonly mistakes: MistakeList

  constructor(fields: Fields, place: string, mistakes: MistakeList) {
    this.fields = fields
    this.place = place
    this.mistakes = mistakes
  }

  wrong(name: string, text: string): void {
    this.mistakes.add(`${this.place}.${name}`, text)
  }

  text(name: string): string {
    return this.mistakes.text(this.fields, name, this.place, 'needed') ?? ''
  }

  object(name: string): JsonObject {
    const value = this.fields[name]
    if (isObject(value)) return value
    this.wrong(name, 'has to be an object.')
    return {}
  }

  count(name: string, otherwise: number): number {
    const value = this.fields[name] ?? otherwise
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
    this.wrong(name, 'has to be a whole number from 0 on.')
    return otherwise
  }
}
