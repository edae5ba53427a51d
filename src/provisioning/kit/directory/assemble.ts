import { isObject, type Json, type JsonObject, jsonEquals } from '../../../scim/json.ts'
import {
  type Entry,
  find,
  findFirst,
  kindOf,
  quoted,
  readAttributes,
  readBoolean,
  readRequired,
  readTime,
} from './attributes.ts'
import { type DirectoryRecords, graphTypeOf, isUserEntry, type LinkRecord } from './directory-records.ts'
import type { ReadingProblems } from './problems.ts'
import type {
  AppRole,
  Assignment,
  SourceDirectory,
  SourceGroup,
  SourceUser,
  SourceValue,
} from './source-directory.ts'

/** Omits dangling references with a warning. */
export function assemble(records: DirectoryRecords, problems: ReadingProblems): SourceDirectory {
  const deleted = records.deleted.filter(entry => isUserOrGroup(entry.value))
  const drafts = {
    users: [
      ...records.users.flatMap(entry => readUser(entry, problems)),
      ...deleted.filter(isUserEntry).flatMap(entry => readUser(entry, problems, 'deleted')),
    ],
    groups: [
      ...records.groups.flatMap(entry => readGroup(entry, problems)),
      ...deleted.filter(entry => !isUserEntry(entry)).flatMap(entry => readGroup(entry, problems, 'deleted')),
    ],
  }
  rejectDuplicateIds([...drafts.users, ...drafts.groups], problems)
  const lookup = createLookup(
    drafts.users.map(({ user }) => user),
    drafts.groups.map(({ group }) => group),
  )
  const directory = {
    users: withManagers(drafts.users, records, lookup, problems),
    groups: withMembers(drafts.groups, records, lookup, problems),
    assignments: readAssignments(records, lookup, problems),
  }
  warnOfUnusualData(directory, records, problems)
  return directory
}

const isUserOrGroup = (value: JsonObject) => ['user', 'group', undefined].includes(graphTypeOf(value))

function withManagers(
  drafts: readonly UserDraft[],
  records: DirectoryRecords,
  lookup: Lookup,
  problems: ReadingProblems,
): SourceUser[] {
  const managers = resolveManagers(drafts, records.managers, lookup, problems)
  return drafts.map(({ user }) => {
    const manager = managers.get(user.objectId)
    return manager === undefined ? user : { ...user, manager }
  })
}

function withMembers(
  drafts: readonly GroupDraft[],
  records: DirectoryRecords,
  lookup: Lookup,
  problems: ReadingProblems,
): SourceGroup[] {
  const members = resolveMembers(drafts, records.members, lookup, problems)
  return drafts.map(({ group }) => ({ ...group, members: [...(members.get(group.objectId) ?? [])] }))
}

type PlacedObject = { readonly entry: { readonly place: string }; readonly objectId: string }

function rejectDuplicateIds(drafts: readonly PlacedObject[], problems: ReadingProblems): void {
  const places = new Map<string, string>()
  for (const { entry, objectId } of drafts) {
    const taken = places.get(objectId.toLowerCase())
    if (taken === undefined) places.set(objectId.toLowerCase(), entry.place)
    else problems.error(entry.place, `the id ${objectId} is also used by ${taken}.`)
  }
}

function warnOfUnusualData(
  { users, groups }: SourceDirectory,
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  warnOfDuplicateNames('users', 'userPrincipalName', users, problems)
  warnOfDuplicateNames('groups', 'displayName', groups, problems)
  const hasAccountEnabled = (value: object) =>
    Object.keys(value).some(name => name.toLowerCase() === 'accountenabled')
  if (
    records.usersAreExported &&
    !records.users.some(({ value }) => hasAccountEnabled(value)) &&
    records.users.length > 0
  ) {
    problems.warning('users', 'no user has accountEnabled; all users are treated as enabled.')
  }
  if (problems.leftOut.size > 0) {
    problems.warning('properties', `mappings can't read ${[...problems.leftOut].join(', ')}; ignored.`)
  }
}

function warnOfDuplicateNames(
  kind: string,
  attribute: string,
  objects: readonly (SourceUser | SourceGroup)[],
  problems: ReadingProblems,
): void {
  const sharers = Map.groupBy(
    objects.filter(({ deletedAt }) => deletedAt === undefined),
    ({ attributes }) => String(attributes[attribute]).toLowerCase(),
  )
  for (const { length, 0: one } of sharers.values()) {
    if (one && length > 1) {
      problems.warning(kind, `${length} of them have the ${attribute} ${String(one.attributes[attribute])}.`)
    }
  }
}

/** objectIds of managers by objectIds of users. Cycles are kept, as in Entra. */
function resolveManagers(
  drafts: readonly UserDraft[],
  separate: readonly LinkRecord[],
  lookup: Lookup,
  problems: ReadingProblems,
): ReadonlyMap<string, string> {
  const managers = new Map<string, string>()
  const give = (user: string, { place, to }: Pick<LinkRecord, 'place' | 'to'>) => {
    const manager = resolveLink(to, `${place}: manager`, lookup.any, problems)
    if (manager?.kind === 'user') managers.set(user, manager.objectId)
    else if (manager) problems.warning(`${place}: manager`, `${linkName(to)} is a group; ignored.`)
  }
  for (const { entry, objectId } of drafts) {
    const to = find(entry.value, 'manager')
    if (to !== undefined) give(objectId, { place: entry.place, to })
  }
  for (const link of separate) {
    const user = resolveLink(link.of, link.place, lookup.user, problems)
    if (user) give(user.objectId, link)
  }
  return managers
}

function resolveMembers(
  drafts: readonly GroupDraft[],
  separate: readonly LinkRecord[],
  lookup: Lookup,
  problems: ReadingProblems,
): ReadonlyMap<string, ReadonlySet<string>> {
  const members = new Map<string, Set<string>>(drafts.map(({ objectId }) => [objectId, new Set()]))
  const add = (group: string, to: Json, place: string) => {
    const member = resolveLink(to, place, lookup.any, problems)
    const known = members.get(group)
    if (!member || !known) return
    if (known.has(member.objectId)) problems.warning(place, `${linkName(to)} is listed twice; counted once.`)
    known.add(member.objectId)
  }
  for (const { entry, objectId } of drafts) {
    const list = find(entry.value, 'members') ?? []
    if (!Array.isArray(list)) problems.error(entry.place, `members must be a list, not ${kindOf(list)}.`)
    else
      list.forEach((to, index) => {
        add(objectId, to, `${entry.place}: members[${index}]`)
      })
  }
  for (const { of, to, place } of separate) {
    const group = resolveLink(of, place, lookup.group, problems)
    if (group) add(group.objectId, to, place)
  }
  return members
}

/** Resolves a name or a Graph object. Unknown names are warnings; other values are errors. */
function resolveLink(
  to: Json,
  place: string,
  find: (name: string) => LookupResult | undefined,
  problems: ReadingProblems,
): LookupResult | undefined {
  const name = linkName(to)
  if (name === undefined) {
    problems.error(place, `must be an id, a userPrincipalName or a group name, not ${kindOf(to)}.`)
    return undefined
  }
  const found = find(name)
  if (!found) problems.warning(place, `${quoted(name)} ${missingMessage(to)}; ignored.`)
  else if (found.sharedBy > 1)
    problems.warning(
      place,
      `${found.sharedBy} ${found.kind}s have the name ${quoted(name)}; the first is used.`,
    )
  return found
}

const missingMessage = (to: Json): string => {
  const type = isObject(to) ? graphTypeOf(to) : undefined
  return type === undefined || type === 'user' || type === 'group'
    ? 'is not in this directory'
    : `is not a user or group but ${type}`
}

function linkName(to: Json): string | undefined {
  const name = isObject(to)
    ? (find(to, 'objectId') ?? find(to, 'userPrincipalName') ?? find(to, 'displayName'))
    : to
  return typeof name === 'string' && name !== '' ? name : undefined
}

/** Graph's id for "assigned without a role". */
const defaultAccess = '00000000-0000-0000-0000-000000000000'

function readAssignments(
  { assignments, appRoles }: DirectoryRecords,
  lookup: Lookup,
  problems: ReadingProblems,
): readonly Assignment[] {
  const roles = appRoles.flatMap(entry => readAppRole(entry.value, entry.place, problems) ?? [])
  const byPrincipal = new Map<string, Assignment[]>()
  for (const entry of assignments) {
    const assignment = readAssignment(entry, roles, lookup, problems)
    if (!assignment) continue
    const others = byPrincipal.get(assignment.principal) ?? []
    if (others.some(other => jsonEquals(other, assignment)))
      problems.warning(entry.place, 'is listed twice; counted once.')
    else byPrincipal.set(assignment.principal, [...others, assignment])
  }
  return [...byPrincipal.values()].flat()
}

function readAssignment(
  { place, value }: Entry,
  roles: readonly AppRole[],
  lookup: Lookup,
  problems: ReadingProblems,
): Assignment | undefined {
  const names = ['principal', 'principalId', 'user', 'group', 'userPrincipalName']
  const principal = resolveLink(findFirst(value, names) ?? null, `${place}: principal`, lookup.any, problems)
  const written = findFirst(value, ['appRole', 'appRoleId'])
  const appRole = roleOf(written, roles, `${place}: appRole`, problems)
  if (!principal) return undefined
  return { principal: principal.objectId, ...(appRole ? { appRole } : {}) }
}

function roleOf(
  written: Json | undefined,
  roles: readonly AppRole[],
  place: string,
  problems: ReadingProblems,
): AppRole | undefined {
  if (written === undefined || written === defaultAccess) return undefined
  if (typeof written !== 'string') return readAppRole(written, place, problems)
  const known = roles.find(({ id, value, displayName }) => [id, value, displayName].includes(written))
  if (!known && roles.length > 0)
    problems.warning(place, `${quoted(written)} is not a known role; used as given.`)
  return known ?? { id: written, value: written, displayName: written }
}

function readAppRole(written: Json, place: string, problems: ReadingProblems): AppRole | undefined {
  if (!isObject(written)) {
    problems.error(place, `must be a role name or {"id","value","displayName"}, not ${kindOf(written)}.`)
    return undefined
  }
  const value = findFirst(written, ['value', 'displayName'])
  const displayName = findFirst(written, ['displayName', 'value'])
  const id = findFirst(written, ['id']) ?? value
  if (typeof id === 'string' && typeof value === 'string' && typeof displayName === 'string') {
    return { id, value, displayName }
  }
  problems.error(place, 'a role requires a value or a displayName; all its members must be strings.')
  return undefined
}

type LookupResult = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  readonly sharedBy: number
}

type Lookup = {
  readonly user: (name: string) => LookupResult | undefined
  readonly group: (name: string) => LookupResult | undefined
  readonly any: (name: string) => LookupResult | undefined
}

/** Ids take precedence over names, present objects over deleted ones. Ignores case, as Entra does. */
function createLookup(users: readonly SourceUser[], groups: readonly SourceGroup[]): Lookup {
  const user = index('user', users, 'userPrincipalName')
  const group = index('group', groups, 'displayName')
  return {
    user: name => user.byId(name) ?? user.byName(name),
    group: name => group.byId(name) ?? group.byName(name),
    any: name => user.byId(name) ?? group.byId(name) ?? user.byName(name) ?? group.byName(name),
  }
}

function index(
  kind: LookupResult['kind'],
  objects: readonly (SourceUser | SourceGroup)[],
  nameAttribute: string,
) {
  const ids = new Map<string, LookupResult>()
  const names = new Map<string, LookupResult>()
  const isDeleted = ({ deletedAt }: SourceUser | SourceGroup) => deletedAt !== undefined
  for (const object of [...objects.filter(each => !isDeleted(each)), ...objects.filter(isDeleted)]) {
    const { objectId, attributes } = object
    const name = lowerCase(String(attributes[nameAttribute]))
    const known = names.get(name)
    ids.set(lowerCase(objectId), { kind, objectId, sharedBy: 1 })
    if (!known) names.set(name, { kind, objectId, sharedBy: 1 })
    else if (!isDeleted(object)) names.set(name, { ...known, sharedBy: known.sharedBy + 1 })
  }
  return {
    byId: (id: string) => ids.get(lowerCase(id)),
    byName: (name: string) => names.get(lowerCase(name)),
  }
}

const lowerCase = (text: string): string => text.toLowerCase()

type UserDraft = { readonly entry: Entry; readonly objectId: string; readonly user: SourceUser }
type GroupDraft = { readonly entry: Entry; readonly objectId: string; readonly group: SourceGroup }

export function readUser(entry: Entry, problems: ReadingProblems, expected?: 'deleted'): UserDraft[] {
  const objectId = readRequired(entry, 'objectId', problems)
  const userPrincipalName = readRequired(entry, 'userPrincipalName', problems)
  const accountEnabled = readBoolean(entry, 'accountEnabled', problems) ?? true
  const deletedAt = readDeletedAt(entry, problems, expected)
  if (objectId === undefined || userPrincipalName === undefined) return []
  const named = { ...entry, place: `${entry.place} (${userPrincipalName})` }
  const attributes = readAttributes(named, problems)
  if (deletedAt !== undefined) originalUserPrincipalName(objectId, attributes)
  const user = { objectId, accountEnabled, attributes, ...(deletedAt === undefined ? {} : { deletedAt }) }
  return [{ entry: named, objectId, user }]
}

export function readGroup(entry: Entry, problems: ReadingProblems, expected?: 'deleted'): GroupDraft[] {
  const objectId = readRequired(entry, 'objectId', problems)
  const displayName = readRequired(entry, 'displayName', problems)
  const deletedAt = readDeletedAt(entry, problems, expected)
  if (objectId === undefined || displayName === undefined) return []
  const named = { ...entry, place: `${entry.place} (${displayName})` }
  const attributes = readAttributes(named, problems)
  return [
    {
      entry: named,
      objectId,
      group: { objectId, attributes, members: [], ...(deletedAt === undefined ? {} : { deletedAt }) },
    },
  ]
}

function readDeletedAt(entry: Entry, problems: ReadingProblems, expected?: 'deleted'): number | undefined {
  const errorsBefore = problems.errors.length
  const deletedAt = readTime(entry, 'deletedDateTime', problems)
  if (expected && deletedAt === undefined && problems.errors.length === errorsBefore) {
    problems.error(entry.place, 'deletedDateTime is missing in a list of deleted objects.')
  }
  return deletedAt
}

/**
 * Removes the id that Entra prefixes to the userPrincipalName of a deleted user to free the name. Provisioning disables
 * such an account without changing its name.
 */
function originalUserPrincipalName(objectId: string, attributes: Record<string, SourceValue>): void {
  const prefix = objectId.replaceAll('-', '').toLowerCase()
  const name = attributes.userPrincipalName
  if (typeof name === 'string' && name.toLowerCase().startsWith(prefix) && name.length > prefix.length) {
    attributes.userPrincipalName = name.slice(prefix.length)
  }
}
