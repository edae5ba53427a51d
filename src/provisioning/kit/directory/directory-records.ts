import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { type Entry, kindOf } from './attributes.ts'
import type { ReadingProblems } from './problems.ts'

export type LinkRecord = { readonly place: string; readonly of: string; readonly to: Json }

export type DirectoryRecords = {
  readonly users: Entry[]
  readonly groups: Entry[]
  /** Users and groups mixed, as in /directory/deletedItems. */
  readonly deleted: Entry[]
  readonly members: LinkRecord[]
  readonly managers: LinkRecord[]
  readonly assignments: Entry[]
  readonly appRoles: Entry[]
  /** Graph omits accountEnabled unless it is selected; in a handwritten directory, absent means enabled. */
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

/** Unlike push(...items), has no limit on the number of items. */
export function append<Item>(list: Item[], items: readonly Item[]): void {
  for (const item of items) list.push(item)
}

/** A list as returned by Graph (`{"value":[…]}`), or a plain array as `az` prints it. */
export function readList(json: unknown, place: string, problems: ReadingProblems): readonly Json[] {
  const list = isObject(json) ? json.value : json
  if (isObject(json) && typeof json['@odata.nextLink'] === 'string') {
    problems.warning(place, 'this is only the first page of a longer list (it has @odata.nextLink).')
  }
  if (Array.isArray(list)) return list
  problems.error(place, `must be a list, or an object with a list named value, not ${kindOf(json as Json)}.`)
  return []
}

export function readEntries(list: readonly Json[], place: string, problems: ReadingProblems): Entry[] {
  return list.flatMap((value, index) => {
    if (isObject(value)) return [{ place: `${place}[${index}]`, value }]
    problems.error(`${place}[${index}]`, `must be an object, not ${kindOf(value)}.`)
    return []
  })
}

export function isUserEntry({ value }: Entry): boolean {
  const type = graphTypeOf(value)
  if (type !== undefined) return type === 'user'
  return Object.keys(value).some(name => name.toLowerCase() === 'userprincipalname')
}

export function graphTypeOf(value: JsonObject): string | undefined {
  const type = value['@odata.type'] ?? value.objectType
  return typeof type === 'string' ? type.replace(/^#?microsoft\.graph\./, '').toLowerCase() : undefined
}

const listNames = ['users', 'groups', 'assignments', 'appRoles'] as const

export const isScimulatorFormat = (json: unknown): json is JsonObject =>
  isObject(json) && ['users', 'groups', 'assignments'].some(name => Object.hasOwn(json, name))

export function addScimulatorFormat(
  json: JsonObject,
  place: string,
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  for (const [name, value] of Object.entries(json)) {
    const list = listNames.find(known => known === name)
    if (name.startsWith('$')) continue
    if (!list) problems.warning(place, `unknown list ${name} was ignored.`)
    else if (!Array.isArray(value))
      problems.error(`${place}: ${name}`, `must be a list, not ${kindOf(value)}.`)
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

/** An assignment without a role may be just the name of the principal. */
const asAssignment = (value: Json): Json => (typeof value === 'string' ? { principal: value } : value)
