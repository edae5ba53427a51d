import { type Json, type JsonObject, jsonEquals } from '../../../scim/json.ts'
import { readGroup, readUser } from './assemble.ts'
import { entraName } from './attribute-names.ts'
import {
  attributesNamedIn,
  find,
  kindOf,
  quoted,
  readAttributes,
  structuralProperties,
} from './attributes.ts'
import { createReadingProblems, type ReadingProblems } from './problems.ts'
import {
  type AppRole,
  type Assignment,
  deriveGuid,
  type SourceDirectory,
  type SourceGroup,
  type SourceUser,
  type SourceValue,
} from './source-directory.ts'

export class DirectoryEditError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DirectoryEditError'
  }
}

type LocatedObject =
  | { readonly kind: 'user'; readonly object: SourceUser }
  | { readonly kind: 'group'; readonly object: SourceGroup }

type LocateOptions = {
  readonly kind?: 'user' | 'group'
  readonly isDeleted?: true
}

export function locate(
  directory: SourceDirectory,
  name: string,
  { kind, isDeleted }: LocateOptions = {},
): LocatedObject {
  const objects: LocatedObject[] = [
    ...(kind === 'group' ? [] : directory.users.map(object => ({ kind: 'user' as const, object }))),
    ...(kind === 'user' ? [] : directory.groups.map(object => ({ kind: 'group' as const, object }))),
  ]
  const matches = withName(objects, name.toLowerCase())
  const preferred = matches.filter(({ object }) => (object.deletedAt !== undefined) === (isDeleted === true))
  const [one, ...others] = preferred.length > 0 ? preferred : matches
  if (!one) throw new DirectoryEditError(`No ${kind ?? 'user or group'} ${quoted(name)} in this directory.`)
  if (others.length > 0) {
    throw new DirectoryEditError(
      `${quoted(name)} matches ${others.length + 1} objects. Use an objectId: ${[one, ...others].map(({ object }) => object.objectId).join(', ')}.`,
    )
  }
  return one
}

function locateUser(
  directory: SourceDirectory,
  name: string,
  wanted?: Omit<LocateOptions, 'kind'>,
): SourceUser {
  const located = locate(directory, name, { ...wanted, kind: 'user' })
  if (located.kind === 'user') return located.object
  throw new DirectoryEditError(`${quoted(name)} is a group, not a user.`)
}

function locateGroup(directory: SourceDirectory, name: string): SourceGroup {
  const located = locate(directory, name, { kind: 'group' })
  if (located.kind === 'group') return located.object
  throw new DirectoryEditError(`${quoted(name)} is a user, not a group.`)
}

/** An objectId takes precedence over a userPrincipalName, and that over a displayName. */
function withName(objects: readonly LocatedObject[], name: string): readonly LocatedObject[] {
  const namesOf: readonly ((located: LocatedObject) => unknown)[] = [
    ({ object }) => object.objectId,
    ({ object }) => object.attributes.userPrincipalName,
    ({ object }) => object.attributes.displayName,
  ]
  for (const nameOf of namesOf) {
    const matches = objects.filter(located => {
      const text = nameOf(located)
      return typeof text === 'string' && text.toLowerCase() === name
    })
    if (matches.length > 0) return matches
  }
  return []
}

const withUser = (
  directory: SourceDirectory,
  objectId: string,
  change: (user: SourceUser) => SourceUser,
): SourceDirectory => ({
  ...directory,
  users: directory.users.map(user => (user.objectId === objectId ? change(user) : user)),
})

const withGroup = (
  directory: SourceDirectory,
  objectId: string,
  change: (group: SourceGroup) => SourceGroup,
): SourceDirectory => ({
  ...directory,
  groups: directory.groups.map(group => (group.objectId === objectId ? change(group) : group)),
})

const withObject = (
  directory: SourceDirectory,
  { kind, object }: LocatedObject,
  change: <One extends SourceUser | SourceGroup>(object: One) => One,
): SourceDirectory =>
  kind === 'user'
    ? withUser(directory, object.objectId, change)
    : withGroup(directory, object.objectId, change)

function withoutObject({ users, groups, assignments }: SourceDirectory, objectId: string): SourceDirectory {
  return {
    users: users
      .filter(user => user.objectId !== objectId)
      .map(user => (user.manager === objectId ? withoutManager(user) : user)),
    groups: groups
      .filter(group => group.objectId !== objectId)
      .map(group =>
        group.members.includes(objectId)
          ? { ...group, members: group.members.filter(member => member !== objectId) }
          : group,
      ),
    assignments: assignments.filter(({ principal }) => principal !== objectId),
  }
}

const withoutManager = ({ manager, ...rest }: SourceUser): SourceUser => rest

function withGeneratedId(
  { users, groups }: SourceDirectory,
  json: JsonObject,
  name: Json | undefined,
): JsonObject {
  if (json.id !== undefined || json.objectId !== undefined) return json
  const taken = new Set([...users, ...groups].map(({ objectId }) => objectId))
  let attempt = 1
  while (taken.has(deriveGuid(`${String(name)} ${attempt}`))) attempt++
  return { id: deriveGuid(`${String(name)} ${attempt}`), ...json }
}

function rejectTakenId({ users, groups }: SourceDirectory, objectId: string): void {
  if ([...users, ...groups].some(each => each.objectId.toLowerCase() === objectId.toLowerCase())) {
    throw new DirectoryEditError(`The id ${objectId} is already in use.`)
  }
}

function throwingProblems<Read>(read: (problems: ReadingProblems) => Read): Read {
  const problems = createReadingProblems()
  const result = read(problems)
  if (problems.errors.length > 0) throw new DirectoryEditError(problems.errors.join('\n'))
  return result
}

function readName(json: Json | undefined, label: string): string {
  if (typeof json === 'string') return json
  throw new DirectoryEditError(`${label} must be an objectId or a name, not ${kindOf(json)}.`)
}

// Changes that administrators make in the Entra portal. Each function returns a new directory. Objects are named by
// objectId, userPrincipalName or displayName; unknown names throw DirectoryEditError.

/**
 * Adds a user in Scimulator's format, with Graph's or Entra's property names. A missing id is generated: deterministic,
 * but different from all ids in the directory, so a rehired user is a new object.
 */
export function addUser(directory: SourceDirectory, json: JsonObject): SourceDirectory {
  const [draft] = throwingProblems(problems =>
    readUser(
      { place: 'the new user', value: withGeneratedId(directory, json, json.userPrincipalName) },
      problems,
    ),
  )
  if (!draft) return directory
  rejectTakenId(directory, draft.objectId)
  const added = { ...directory, users: [...directory.users, draft.user] }
  const manager = find(json, 'manager')
  return manager === undefined ? added : setManager(added, draft.objectId, readName(manager, 'manager'))
}

export function addGroup(directory: SourceDirectory, json: JsonObject): SourceDirectory {
  const [draft] = throwingProblems(problems =>
    readGroup(
      { place: 'the new group', value: withGeneratedId(directory, json, json.displayName) },
      problems,
    ),
  )
  if (!draft) return directory
  rejectTakenId(directory, draft.objectId)
  const members = find(json, 'members') ?? []
  if (!Array.isArray(members)) throw new DirectoryEditError(`members must be a list, not ${kindOf(members)}.`)
  return members.reduce<SourceDirectory>(
    (current, member) => addMember(current, draft.objectId, readName(member, 'a member')),
    { ...directory, groups: [...directory.groups, draft.group] },
  )
}

/** Changes attributes of a user or group; null and "" clear an attribute. */
export function changeAttributes(
  directory: SourceDirectory,
  name: string,
  changes: JsonObject,
): SourceDirectory {
  const located = locate(directory, name)
  const fixed = Object.keys(changes).find(each => structuralProperties.has(entraName(each)))
  if (fixed !== undefined) {
    throw new DirectoryEditError(
      `${fixed} can't be changed here. Use the actions that enable accounts, set managers or add members.`,
    )
  }
  const given = throwingProblems(problems => readAttributes({ place: name, value: changes }, problems))
  const cleared = attributesNamedIn(changes)
  const kept = Object.entries(located.object.attributes).filter(([attribute]) => !cleared.has(attribute))
  const attributes = Object.fromEntries<SourceValue>([...kept, ...Object.entries(given)])
  const nameless = ['userPrincipalName', 'displayName'].find(
    each => cleared.has(each) && !Object.hasOwn(attributes, each) && isNeeded(located.kind, each),
  )
  if (nameless) throw new DirectoryEditError(`${nameless} can't be cleared: a ${located.kind} needs one.`)
  return withObject(directory, located, object => ({ ...object, attributes }))
}

const isNeeded = (kind: 'user' | 'group', attribute: string) =>
  attribute === (kind === 'user' ? 'userPrincipalName' : 'displayName')

export const disable = (directory: SourceDirectory, name: string): SourceDirectory =>
  withUser(directory, locateUser(directory, name).objectId, user => ({ ...user, accountEnabled: false }))

export const enable = (directory: SourceDirectory, name: string): SourceDirectory =>
  withUser(directory, locateUser(directory, name).objectId, user => ({ ...user, accountEnabled: true }))

/** Deletes a user or group as the portal does: it can be restored for 30 days. */
export function softDelete(directory: SourceDirectory, name: string, at: number): SourceDirectory {
  const located = locate(directory, name)
  if (located.object.deletedAt !== undefined)
    throw new DirectoryEditError(`${quoted(name)} is already deleted.`)
  return withObject(directory, located, object => ({ ...object, deletedAt: at }))
}

export function restore(directory: SourceDirectory, name: string): SourceDirectory {
  const { kind, object } = locate(directory, name, { isDeleted: true })
  if (object.deletedAt === undefined)
    throw new DirectoryEditError(`${quoted(name)} is not deleted and can't be restored.`)
  return kind === 'user'
    ? withUser(directory, object.objectId, ({ deletedAt, ...user }) => user)
    : withGroup(directory, object.objectId, ({ deletedAt, ...group }) => group)
}

/** Permanently deletes a user or group and all references to it. Of two with one name, deletes the soft-deleted one. */
export function hardDelete(directory: SourceDirectory, name: string): SourceDirectory {
  return withoutObject(directory, locate(directory, name, { isDeleted: true }).object.objectId)
}

/** Security groups have no recycle bin: a deleted one is gone. */
export const deleteGroup = (directory: SourceDirectory, name: string): SourceDirectory =>
  withoutObject(directory, locateGroup(directory, name).objectId)

export const renameGroup = (directory: SourceDirectory, name: string, displayName: string): SourceDirectory =>
  changeAttributes(directory, locateGroup(directory, name).objectId, { displayName })

/** Adding a member twice changes nothing. */
export function addMember(directory: SourceDirectory, group: string, member: string): SourceDirectory {
  const { objectId, members } = locateGroup(directory, group)
  const added = locate(directory, member).object.objectId
  return members.includes(added)
    ? directory
    : withGroup(directory, objectId, group => ({ ...group, members: [...members, added] }))
}

export function removeMember(directory: SourceDirectory, group: string, member: string): SourceDirectory {
  const { objectId, members } = locateGroup(directory, group)
  const removed = locate(directory, member).object.objectId
  if (!members.includes(removed))
    throw new DirectoryEditError(`${quoted(member)} is not a member of ${quoted(group)}.`)
  return withGroup(directory, objectId, group => ({
    ...group,
    members: members.filter(each => each !== removed),
  }))
}

/** Assigns a user or group to the application; a second role is a second assignment. */
export function assign(directory: SourceDirectory, name: string, appRole?: AppRole): SourceDirectory {
  const assignment: Assignment = {
    principal: locate(directory, name).object.objectId,
    ...(appRole ? { appRole } : {}),
  }
  const isThere = directory.assignments.some(each => jsonEquals(each, assignment))
  return isThere ? directory : { ...directory, assignments: [...directory.assignments, assignment] }
}

export function unassign(directory: SourceDirectory, name: string): SourceDirectory {
  const { objectId } = locate(directory, name).object
  const assignments = directory.assignments.filter(({ principal }) => principal !== objectId)
  if (assignments.length === directory.assignments.length) {
    throw new DirectoryEditError(`${quoted(name)} isn't assigned to the application.`)
  }
  return { ...directory, assignments }
}

/** Sets the manager of a user; undefined clears it. */
export function setManager(
  directory: SourceDirectory,
  name: string,
  manager: string | undefined,
): SourceDirectory {
  const { objectId } = locateUser(directory, name)
  if (manager === undefined) return withUser(directory, objectId, withoutManager)
  const found = locateUser(directory, manager).objectId
  return withUser(directory, objectId, user => ({ ...user, manager: found }))
}
