import type { Json, JsonObject } from '../../scim/json.ts'
import { guidOf } from '../guid.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from '../source-directory.ts'
import { kindOf } from './attributes.ts'
import { DirectoryEditError, type Located } from './locate.ts'
import { createNotes, type Notes } from './notes.ts'

export const withUser = (
  directory: SourceDirectory,
  objectId: string,
  change: (user: SourceUser) => SourceUser,
): SourceDirectory => ({
  ...directory,
  users: directory.users.map(user => (user.objectId === objectId ? change(user) : user)),
})

export const withGroup = (
  directory: SourceDirectory,
  objectId: string,
  change: (group: SourceGroup) => SourceGroup,
): SourceDirectory => ({
  ...directory,
  groups: directory.groups.map(group => (group.objectId === objectId ? change(group) : group)),
})

/** A change that fits users and groups alike. */
export const withEither = (
  directory: SourceDirectory,
  { kind, object }: Located,
  change: <One extends SourceUser | SourceGroup>(object: One) => One,
): SourceDirectory =>
  kind === 'user'
    ? withUser(directory, object.objectId, change)
    : withGroup(directory, object.objectId, change)

/** The directory without an object and without everything that points to it. */
export function without({ users, groups, assignments }: SourceDirectory, objectId: string): SourceDirectory {
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

export const withoutManager = ({ manager, ...rest }: SourceUser): SourceUser => rest

/** The object with an id of its own: the first of its name's that nobody has. */
export function withId(
  { users, groups }: SourceDirectory,
  json: JsonObject,
  name: Json | undefined,
): JsonObject {
  if (json.id !== undefined || json.objectId !== undefined) return json
  const taken = new Set([...users, ...groups].map(({ objectId }) => objectId))
  let attempt = 1
  while (taken.has(guidOf(`${String(name)} ${attempt}`))) attempt++
  return { id: guidOf(`${String(name)} ${attempt}`), ...json }
}

export function refuseTakenId({ users, groups }: SourceDirectory, objectId: string): void {
  if ([...users, ...groups].some(each => each.objectId.toLowerCase() === objectId.toLowerCase())) {
    throw new DirectoryEditError(`The id ${objectId} is taken.`)
  }
}

/** What the files' readers call mistakes, thrown as one error. */
export function noting<Read>(read: (notes: Notes) => Read): Read {
  const notes = createNotes()
  const result = read(notes)
  if (notes.mistakes.length > 0) throw new DirectoryEditError(notes.mistakes.join('\n'))
  return result
}

export function nameIn(json: Json | undefined, what: string): string {
  if (typeof json === 'string') return json
  throw new DirectoryEditError(`${what} has to be an objectId or a name, not ${kindOf(json)}.`)
}
