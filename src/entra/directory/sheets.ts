import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { type Entry, kindOf } from './attributes.ts'
import type { Notes } from './notes.ts'

/** A membership, or a user's manager: who, and the one that is meant, each as the file names them. */
export type Link = { readonly place: string; readonly of: string; readonly to: Json }

/** All that a directory's files say, before anything is looked up: each list in the files' order. */
export type Sheets = {
  readonly users: Entry[]
  readonly groups: Entry[]
  /** Users and groups mixed, as in /directory/deletedItems. */
  readonly deleted: Entry[]
  readonly members: Link[]
  readonly managers: Link[]
  readonly assignments: Entry[]
  readonly appRoles: Entry[]
  /** Graph leaves accountEnabled out unless it is asked for; whoever writes a directory by hand means enabled. */
  usersAreExported: boolean
}

export const noSheets = (): Sheets => ({
  users: [],
  groups: [],
  deleted: [],
  members: [],
  managers: [],
  assignments: [],
  appRoles: [],
  usersAreExported: false,
})

/** A list of any length: as arguments of push, a hundred thousand would be too many. */
export function append<Item>(list: Item[], items: readonly Item[]): void {
  for (const item of items) list.push(item)
}

/** A list as Graph answers it (`{"value":[…]}`) or bare, as `az` prints it. */
export function readList(json: unknown, place: string, notes: Notes): readonly Json[] {
  const list = isObject(json) ? json.value : json
  if (isObject(json) && typeof json['@odata.nextLink'] === 'string') {
    notes.warning(place, 'this is only the first page of a longer list; it says so in @odata.nextLink.')
  }
  if (Array.isArray(list)) return list
  notes.mistake(
    place,
    `has to be a list, or an object with a list called value, not ${kindOf(json as Json)}.`,
  )
  return []
}

/** A list's objects with their places: `users.json[3]`. Whatever else it holds is a mistake. */
export function entriesOf(list: readonly Json[], place: string, notes: Notes): Entry[] {
  return list.flatMap((value, index) => {
    if (isObject(value)) return [{ place: `${place}[${index}]`, value }]
    notes.mistake(`${place}[${index}]`, `has to be an object, not ${kindOf(value)}.`)
    return []
  })
}

/** User or group, by Graph's type or by what only a user has. */
export function isUserEntry({ value }: Entry): boolean {
  const type = typeOf(value)
  if (type !== undefined) return type === 'user'
  return Object.keys(value).some(name => name.toLowerCase() === 'userprincipalname')
}

/** `user` of `"@odata.type": "#microsoft.graph.user"`, or of the portal's `objectType`. */
export function typeOf(value: JsonObject): string | undefined {
  const type = value['@odata.type'] ?? value.objectType
  return typeof type === 'string' ? type.replace(/^#?microsoft\.graph\./, '').toLowerCase() : undefined
}
