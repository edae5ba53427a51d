import { type Entry, readAttributes, readBoolean, readRequired, readTime } from './attributes.ts'
import type { ReadingProblems } from './problems.ts'
import type { SourceGroup, SourceUser, SourceValue } from './source-directory.ts'

export type LookupResult = {
  readonly kind: 'user' | 'group'
  readonly objectId: string
  readonly sharedBy: number
}

export type Lookup = {
  readonly user: (name: string) => LookupResult | undefined
  readonly group: (name: string) => LookupResult | undefined
  readonly any: (name: string) => LookupResult | undefined
}

/** Ids take precedence over names, present objects over deleted ones. Ignores case, as Entra does. */
export function createLookup(users: readonly SourceUser[], groups: readonly SourceGroup[]): Lookup {
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

export type UserDraft = { readonly entry: Entry; readonly objectId: string; readonly user: SourceUser }
export type GroupDraft = { readonly entry: Entry; readonly objectId: string; readonly group: SourceGroup }

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
