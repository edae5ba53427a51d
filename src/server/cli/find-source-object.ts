import type {
  SourceDirectory,
  SourceGroup,
  SourceUser,
} from '../../provisioning/kit/directory/source-directory.ts'
import { wrongUse } from './cli-error.ts'
import { formatCount } from './output.ts'

const names = ['userPrincipalName', 'mail', 'displayName'] as const

/** Finds a user or group by objectId or, ignoring case, by name. Throws a CliError unless exactly one matches. */
export function findObject(
  { users, groups }: Pick<SourceDirectory, 'users' | 'groups'>,
  named: string,
): SourceUser | SourceGroup {
  const all = [...users, ...groups]
  const name = named.toLowerCase()
  const byId = all.find(({ objectId }) => objectId.toLowerCase() === name)
  if (byId) return byId
  for (const attribute of names) {
    const found = all.filter(({ attributes }) => String(attributes[attribute] ?? '').toLowerCase() === name)
    if (found.length > 1) {
      const ids = found.map(({ objectId }) => objectId).join(', ')
      throw wrongUse(
        `"${named}" is the ${attribute} of ${formatCount(found.length, 'object')}. Use an objectId: ${ids}.`,
      )
    }
    if (found[0]) return found[0]
  }
  throw wrongUse(
    `No user or group "${named}" in the directory. Use a userPrincipalName, mail, displayName or objectId.`,
  )
}
