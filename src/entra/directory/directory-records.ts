import { isObject, type Json, type JsonObject } from '../../scim/json.ts'
import { type Entry, kindOf } from './attributes.ts'
import type { ReadingProblems } from './problems.ts'

/** A membership, or a user's manager: who, and the one that is meant, each as the file names them. */
export type LinkRecord = { readonly place: string; readonly of: string; readonly to: Json }

/** All that a directory's files say, before anything is looked up: each list in the files' order. */
export type DirectoryRecords = {
  readonly users: Entry[]
  readonly groups: Entry[]
  /** Users and groups mixed, as in /directory/deletedItems. */
  readonly deleted: Entry[]
  readonly members: LinkRecord[]
  readonly managers: LinkRecord[]
  readonly assignments: Entry[]
  readonly appRoles: Entry[]
  /** Graph leaves accountEnabled out unless it is asked for; whoever writes a directory by hand means enabled. */
  usersAreExported: boolean
}

export const emptyRecords = (): DirectoryRecords => ({
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
export function readList(json: unknown, place: string, problems: ReadingProblems): readonly Json[] {
  const list = isObject(json) ? json.value : json
  if (isObject(json) && typeof json['@odata.nextLink'] === 'string') {
    problems.warning(place, 'this is only the first page of a longer list; it says so in @odata.nextLink.')
  }
  if (Array.isArray(list)) return list
  problems.error(
    place,
    `has to be a list, or an object with a list called value, not ${kindOf(json as Json)}.`,
  )
  return []
}

/** A list's objects with their places: `users.json[3]`. Whatever else it holds is a mistake. */
export function readEntries(list: readonly Json[], place: string, problems: ReadingProblems): Entry[] {
  return list.flatMap((value, index) => {
    if (isObject(value)) return [{ place: `${place}[${index}]`, value }]
    problems.error(`${place}[${index}]`, `has to be an object, not ${kindOf(value)}.`)
    return []
  })
}

/** User or group, by Graph's type or by what only a user has. */
export function isUserEntry({ value }: Entry): boolean {
  const type = graphTypeOf(value)
  if (type !== undefined) return type === 'user'
  return Object.keys(value).some(name => name.toLowerCase() === 'userprincipalname')
}

/** `user` of `"@odata.type": "#microsoft.graph.user"`, or of the portal's `objectType`. */
export function graphTypeOf(value: JsonObject): string | undefined {
  const type = value['@odata.type'] ?? value.objectType
  return typeof type === 'string' ? type.replace(/^#?microsoft\.graph\./, '').toLowerCase() : undefined
}

const listNames = ['users', 'groups', 'assignments', 'appRoles'] as const

/** Whether the JSON is one whole directory: `{"users":[…],"groups":[…],"assignments":[…]}`. */
export const isScimulatorFormat = (json: unknown): json is JsonObject =>
  isObject(json) && ['users', 'groups', 'assignments'].some(name => Object.hasOwn(json, name))

/** Adds a directory in the plain form to the records; any of its lists may be missing. */
export function addScimulatorFormat(
  json: JsonObject,
  place: string,
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  for (const [name, value] of Object.entries(json)) {
    const list = listNames.find(known => known === name)
    if (name.startsWith('$')) continue
    if (!list) problems.warning(place, `${name} is no part of a directory and was left out.`)
    else if (!Array.isArray(value))
      problems.error(`${place}: ${name}`, `has to be a list, not ${kindOf(value)}.`)
    else append(records[list], entriesOfList(list, value, place, problems))
  }
}

function entriesOfList(
  list: string,
  value: readonly Json[],
  place: string,
  problems: ReadingProblems,
): readonly Entry[] {
  const objects = list === 'assignments' ? value.map(asAssignment) : value
  return readEntries(objects, `${place}: ${list}`, problems)
}

/** An assignment without a role may be the principal's name alone. */
const asAssignment = (value: Json): Json => (typeof value === 'string' ? { principal: value } : value)
