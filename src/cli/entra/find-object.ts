import type { SourceDirectory, SourceGroup, SourceUser } from '../../entra/source-directory.ts'
import { wrongUse } from '../cli-error.ts'
import { counted } from '../words.ts'

const names = ['userPrincipalName', 'mail', 'displayName'] as const

/** The user or group that is meant by an objectId or, in any letter case, by a name. Throws a CliError unless it is one. */
export function findObject({ users, groups }: SourceDirectory, named: string): SourceUser | SourceGroup {
  const all = [...users, ...groups]
  const meant = named.toLowerCase()
  const byId = all.find(({ objectId }) => objectId.toLowerCase() === meant)
  if (byId) return byId
  for (const name of names) {
    const found = all.filter(({ attributes }) => String(attributes[name] ?? '').toLowerCase() === meant)
    if (found.length > 1) {
      const ids = found.map(({ objectId }) => objectId).join(', ')
      throw wrongUse(
        `"${named}" is the ${name} of ${counted(found.length, 'object')}: name one by its objectId: ${ids}.`,
      )
    }
    if (found[0]) return found[0]
  }
  throw wrongUse(
    `The directory has no user or group "${named}": name one by its userPrincipalName, mail, displayName or objectId.`,
  )
}
