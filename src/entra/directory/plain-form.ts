import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { type Entry, kindOf } from './attributes.ts'
import type { Notes } from './notes.ts'
import { append, entriesOf, type Sheets } from './sheets.ts'

const lists = ['users', 'groups', 'assignments', 'appRoles'] as const

/** Whether the JSON is one whole directory: `{"users":[…],"groups":[…],"assignments":[…]}`. */
export const isPlainForm = (json: unknown): json is JsonObject =>
  isObject(json) && ['users', 'groups', 'assignments'].some(name => Object.hasOwn(json, name))

/** Adds a directory in the plain form to the sheets; any of its lists may be missing. */
export function addPlainForm(json: JsonObject, place: string, sheets: Sheets, notes: Notes): void {
  for (const [name, value] of Object.entries(json)) {
    const list = lists.find(known => known === name)
    if (name.startsWith('$')) continue
    if (!list) notes.warning(place, `${name} is no part of a directory and was left out.`)
    else if (!Array.isArray(value))
      notes.mistake(`${place}: ${name}`, `has to be a list, not ${kindOf(value)}.`)
    else append(sheets[list], entriesOfList(list, value, place, notes))
  }
}

function entriesOfList(list: string, value: readonly Json[], place: string, notes: Notes): readonly Entry[] {
  const objects = list === 'assignments' ? value.map(asAssignment) : value
  return entriesOf(objects, `${place}: ${list}`, notes)
}

/** An assignment without a role may be the principal's name alone. */
const asAssignment = (value: Json): Json => (typeof value === 'string' ? { principal: value } : value)
