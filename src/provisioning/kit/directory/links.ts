import { isObject, type Json, jsonEquals } from '../../../scim/json.ts'
import { type Entry, find, findFirst, kindOf, quoted } from './attributes.ts'
import { type DirectoryRecords, graphTypeOf, type LinkRecord } from './directory-records.ts'
import type { GroupDraft, Lookup, LookupResult, UserDraft } from './objects.ts'
import type { ReadingProblems } from './problems.ts'
import type { AppRole, Assignment } from './source-directory.ts'

/** objectIds of managers by objectIds of users. Cycles are kept, as in Entra. */
export function resolveManagers(
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

export function resolveMembers(
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

export function readAssignments(
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
