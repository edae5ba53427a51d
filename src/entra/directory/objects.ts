import type { SourceGroup, SourceUser, SourceValue } from '../source-directory.ts'
import { type Entry, readAttributes, readBoolean, readRequired, readTime } from './attributes.ts'
import type { Notes } from './notes.ts'

/** A user without the manager, who can be looked up only when everybody is known. */
export type UserDraft = { readonly entry: Entry; readonly objectId: string; readonly user: SourceUser }
export type GroupDraft = { readonly entry: Entry; readonly objectId: string; readonly group: SourceGroup }

/** The user of an entry, or nothing after a mistake. */
export function readUser(entry: Entry, notes: Notes, expected?: 'deleted'): UserDraft[] {
  const objectId = readRequired(entry, 'objectId', notes)
  const userPrincipalName = readRequired(entry, 'userPrincipalName', notes)
  const accountEnabled = readBoolean(entry, 'accountEnabled', notes) ?? true
  const deletedAt = readDeletion(entry, notes, expected)
  if (objectId === undefined || userPrincipalName === undefined) return []
  const named = { ...entry, place: `${entry.place} (${userPrincipalName})` }
  const attributes = readAttributes(named, notes)
  if (deletedAt !== undefined) undoDeletedName(objectId, attributes)
  const user = { objectId, accountEnabled, attributes, ...(deletedAt === undefined ? {} : { deletedAt }) }
  return [{ entry: named, objectId, user }]
}

/** The group of an entry, or nothing after a mistake. */
export function readGroup(entry: Entry, notes: Notes, expected?: 'deleted'): GroupDraft[] {
  const objectId = readRequired(entry, 'objectId', notes)
  const displayName = readRequired(entry, 'displayName', notes)
  const deletedAt = readDeletion(entry, notes, expected)
  if (objectId === undefined || displayName === undefined) return []
  const named = { ...entry, place: `${entry.place} (${displayName})` }
  const attributes = readAttributes(named, notes)
  return [
    {
      entry: named,
      objectId,
      group: { objectId, attributes, members: [], ...(deletedAt === undefined ? {} : { deletedAt }) },
    },
  ]
}

function readDeletion(entry: Entry, notes: Notes, expected?: 'deleted'): number | undefined {
  const mistakesBefore = notes.mistakes.length
  const deletedAt = readTime(entry, 'deletedDateTime', notes)
  if (expected && deletedAt === undefined && notes.mistakes.length === mistakesBefore) {
    notes.mistake(entry.place, 'deletedDateTime is missing, though this is a list of deleted objects.')
  }
  return deletedAt
}

/**
 * Entra puts the id in front of a deleted user's userPrincipalName, so that it is free for others, and takes it away
 * when the user is restored. Provisioning doesn't pass that on: it disables the account and leaves its name alone.
 */
function undoDeletedName(objectId: string, attributes: Record<string, SourceValue>): void {
  const prefix = objectId.replaceAll('-', '').toLowerCase()
  const name = attributes.userPrincipalName
  if (typeof name === 'string' && name.toLowerCase().startsWith(prefix) && name.length > prefix.length) {
    attributes.userPrincipalName = name.slice(prefix.length)
  }
}
