import { assignedIn, type SourceDirectory, type SourceUser } from '../../kit/directory/source-directory.ts'

/** Why a person is no longer provisioned, the strongest reason first. Google's settings have delays for each. */
export const occasions = ['deleted', 'suspended', 'app-off', 'out-of-group'] as const
export type Occasion = (typeof occasions)[number]

export const occasionLabels: Readonly<Record<Occasion, string>> = {
  deleted: 'user deleted in Google',
  suspended: 'user suspended in Google',
  'app-off': 'app turned off for the user',
  'out-of-group': 'user left the scope group',
}

export type GoogleUser = {
  /** Google's ID, 21 digits; in a directory of another origin its ID there. */
  readonly id: string
  readonly primaryEmail: string
  readonly outBecause?: Occasion
  readonly attributes: SourceUser['attributes']
}

/** People by their IDs. A person who is missing was deleted. */
export type GoogleDirectory = ReadonlyMap<string, GoogleUser>

export class ScopeGroupError extends Error {
  override name = 'ScopeGroupError'
}

/**
 * The people of a directory in the common form. The app is on for assigned users and for members of assigned groups. With a
 * scope group, by its name, address or ID, only its direct members are in scope. Throws ScopeGroupError.
 */
export function toGoogleDirectory(
  directory: SourceDirectory,
  scopeGroup: string | undefined,
): GoogleDirectory {
  const { present, assigned } = assignedIn(directory)
  const scope = scopeGroup === undefined ? undefined : membersOfScope(present, scopeGroup)
  const occasionOf = (user: SourceUser): Occasion | undefined => {
    if (user.deletedAt !== undefined) return 'deleted'
    if (!user.accountEnabled || String(user.attributes.status).toLowerCase() === 'suspended')
      return 'suspended'
    if (!assigned.has(user.objectId)) return 'app-off'
    return scope && !scope.has(user.objectId) ? 'out-of-group' : undefined
  }
  return new Map(
    directory.users.map(user => {
      const { objectId: id, attributes } = user
      const outBecause = occasionOf(user)
      const primaryEmail = String(attributes.userPrincipalName)
      return [id, { id, primaryEmail, attributes, ...(outBecause && { outBecause }) }]
    }),
  )
}

function membersOfScope(groups: SourceDirectory['groups'], named: string): ReadonlySet<string> {
  const name = named.toLowerCase()
  const found = groups.filter(({ objectId, attributes: { displayName, mail } }) =>
    [objectId, displayName, mail].some(each => String(each).toLowerCase() === name),
  )
  const [group] = found
  if (!group) throw new ScopeGroupError(`The directory has no group "${named}" for the scope.`)
  if (found.length > 1)
    throw new ScopeGroupError(`The directory has ${found.length} groups "${named}". Use an ID.`)
  return new Set(group.members)
}
