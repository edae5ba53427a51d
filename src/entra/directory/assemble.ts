import type { JsonObject } from '../../scim/json.ts'
import { readAssignments, resolveManagers, resolveMembers } from './links.ts'
import { createLookup, type GroupDraft, type Lookup, readGroup, readUser, type UserDraft } from './objects.ts'
import type { ReadingProblems } from './problems.ts'
import { type DirectoryRecords, graphTypeOf, isUserEntry } from './sheets.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'

/** Makes one directory of what the files say: names become ids, what leads nowhere is left out with a warning. */
export function assemble(sheets: DirectoryRecords, notes: ReadingProblems): SourceDirectory {
  const deleted = sheets.deleted.filter(entry => isUserOrGroup(entry.value))
  const drafts = {
    users: [
      ...sheets.users.flatMap(entry => readUser(entry, notes)),
      ...deleted.filter(isUserEntry).flatMap(entry => readUser(entry, notes, 'deleted')),
    ],
    groups: [
      ...sheets.groups.flatMap(entry => readGroup(entry, notes)),
      ...deleted.filter(entry => !isUserEntry(entry)).flatMap(entry => readGroup(entry, notes, 'deleted')),
    ],
  }
  rejectDuplicateIds([...drafts.users, ...drafts.groups], notes)
  const lookup = createLookup(
    drafts.users.map(({ user }) => user),
    drafts.groups.map(({ group }) => group),
  )
  const directory = {
    users: withManagers(drafts.users, sheets, lookup, notes),
    groups: withMembers(drafts.groups, sheets, lookup, notes),
    assignments: readAssignments(sheets, lookup, notes),
  }
  warnOfOddities(directory, sheets, notes)
  return directory
}

const isUserOrGroup = (value: JsonObject) => ['user', 'group', undefined].includes(graphTypeOf(value))

function withManagers(
  drafts: readonly UserDraft[],
  sheets: DirectoryRecords,
  lookup: Lookup,
  notes: ReadingProblems,
): SourceUser[] {
  const managers = resolveManagers(drafts, sheets.managers, lookup, notes)
  return drafts.map(({ user }) => {
    const manager = managers.get(user.objectId)
    return manager === undefined ? user : { ...user, manager }
  })
}

function withMembers(
  drafts: readonly GroupDraft[],
  sheets: DirectoryRecords,
  lookup: Lookup,
  notes: ReadingProblems,
): SourceGroup[] {
  const members = resolveMembers(drafts, sheets.members, lookup, notes)
  return drafts.map(({ group }) => ({ ...group, members: [...(members.get(group.objectId) ?? [])] }))
}

type PlacedObject = { readonly entry: { readonly place: string }; readonly objectId: string }

function rejectDuplicateIds(drafts: readonly PlacedObject[], notes: ReadingProblems): void {
  const places = new Map<string, string>()
  for (const { entry, objectId } of drafts) {
    const taken = places.get(objectId.toLowerCase())
    if (taken === undefined) places.set(objectId.toLowerCase(), entry.place)
    else notes.mistake(entry.place, `the id ${objectId} is taken by ${taken}.`)
  }
}

function warnOfOddities(
  { users, groups }: SourceDirectory,
  sheets: DirectoryRecords,
  notes: ReadingProblems,
): void {
  warnOfDuplicateNames('users', 'userPrincipalName', users, notes)
  warnOfDuplicateNames('groups', 'displayName', groups, notes)
  const saysEnabled = (value: object) =>
    Object.keys(value).some(name => name.toLowerCase() === 'accountenabled')
  if (
    sheets.usersAreExported &&
    !sheets.users.some(({ value }) => saysEnabled(value)) &&
    sheets.users.length > 0
  ) {
    notes.warning('users', 'accountEnabled is not among their properties; all of them count as enabled.')
  }
  if (notes.leftOut.size > 0) {
    notes.warning('properties', `no mapping can read ${[...notes.leftOut].join(', ')}; left out.`)
  }
}

function warnOfDuplicateNames(
  kind: string,
  attribute: string,
  objects: readonly (SourceUser | SourceGroup)[],
  notes: ReadingProblems,
): void {
  const sharers = Map.groupBy(
    objects.filter(({ deletedAt }) => deletedAt === undefined),
    ({ attributes }) => String(attributes[attribute]).toLowerCase(),
  )
  for (const { length, 0: one } of sharers.values()) {
    if (one && length > 1) {
      notes.warning(kind, `${length} of them have the ${attribute} ${String(one.attributes[attribute])}.`)
    }
  }
}
