import { quoted } from './attributes.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'

/** An edit that can't be meant: nobody has that name, or there is nothing to undo. */
export class DirectoryEditError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'DirectoryEditError'
  }
}

export type LocatedObject =
  | { readonly kind: 'user'; readonly object: SourceUser }
  | { readonly kind: 'group'; readonly object: SourceGroup }

type LocateOptions = {
  readonly kind?: 'user' | 'group'
  /** Of two with one name, deleted ones are meant only by what is done to deleted ones. */
  readonly isDeleted?: true
}

/** The one that is meant by an objectId, a userPrincipalName or a displayName, in any letter case. */
export function locate(
  directory: SourceDirectory,
  name: string,
  { kind, isDeleted }: LocateOptions = {},
): LocatedObject {
  const objects: LocatedObject[] = [
    ...(kind === 'group' ? [] : directory.users.map(object => ({ kind: 'user' as const, object }))),
    ...(kind === 'user' ? [] : directory.groups.map(object => ({ kind: 'group' as const, object }))),
  ]
  const called = withName(objects, name.toLowerCase())
  const wanted = called.filter(({ object }) => (object.deletedAt !== undefined) === (isDeleted === true))
  const [one, ...others] = wanted.length > 0 ? wanted : called
  if (!one)
    throw new DirectoryEditError(`${quoted(name)} is no ${kind ?? 'user or group'} of this directory.`)
  if (others.length > 0) {
    throw new DirectoryEditError(
      `${quoted(name)} may be any of ${others.length + 1}: ${[one, ...others].map(({ object }) => object.objectId).join(', ')}. Use the objectId.`,
    )
  }
  return one
}

export function locateUser(
  directory: SourceDirectory,
  name: string,
  wanted?: Omit<LocateOptions, 'kind'>,
): SourceUser {
  const located = locate(directory, name, { ...wanted, kind: 'user' })
  if (located.kind === 'user') return located.object
  throw new DirectoryEditError(`${quoted(name)} is a group, not a user.`)
}

export function locateGroup(directory: SourceDirectory, name: string): SourceGroup {
  const located = locate(directory, name, { kind: 'group' })
  if (located.kind === 'group') return located.object
  throw new DirectoryEditError(`${quoted(name)} is a user, not a group.`)
}

/** Ids come before names, and names to sign in with before those for people's eyes. */
function withName(objects: readonly LocatedObject[], name: string): readonly LocatedObject[] {
  const namesOf: readonly ((located: LocatedObject) => unknown)[] = [
    ({ object }) => object.objectId,
    ({ object }) => object.attributes.userPrincipalName,
    ({ object }) => object.attributes.displayName,
  ]
  for (const nameOf of namesOf) {
    const called = objects.filter(located => {
      const text = nameOf(located)
      return typeof text === 'string' && text.toLowerCase() === name
    })
    if (called.length > 0) return called
  }
  return []
}
