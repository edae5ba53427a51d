import { quoted } from './attributes.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'

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
