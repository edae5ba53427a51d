import type { JsonObject } from '../../../scim/json.ts'
import { type DirectoryRecords, graphTypeOf, isUserEntry } from './directory-records.ts'
import { readAssignments, resolveManagers, resolveMembers } from './links.ts'
import { createLookup, type GroupDraft, type Lookup, readGroup, readUser, type UserDraft } from './objects.ts'
import type { ReadingProblems } from './problems.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'

/** Omits dangling references with a warning. */
export function assemble(records: DirectoryRecords, problems: ReadingProblems): SourceDirectory {
  const deleted = records.deleted.filter(entry => isUserOrGroup(entry.value))
  const drafts = {
    users: [
      ...records.users.flatMap(entry => readUser(entry, problems)),
      ...deleted.filter(isUserEntry).flatMap(entry => readUser(entry, problems, 'deleted')),
    ],
    groups: [
      ...records.groups.flatMap(entry => readGroup(entry, problems)),
      ...deleted.filter(entry => !isUserEntry(entry)).flatMap(entry => readGroup(entry, problems, 'deleted')),
    ],
  }
  rejectDuplicateIds([...drafts.users, ...drafts.groups], problems)
  const lookup = createLookup(
    drafts.users.map(({ user }) => user),
    drafts.groups.map(({ group }) => group),
  )
  const directory = {
    users: withManagers(drafts.users, records, lookup, problems),
    groups: withMembers(drafts.groups, records, lookup, problems),
    assignments: readAssignments(records, lookup, problems),
  }
  warnOfUnusualData(directory, records, problems)
  return directory
}

const isUserOrGroup = (value: JsonObject) => ['user', 'group', undefined].includes(graphTypeOf(value))

function withManagers(
  drafts: readonly UserDraft[],
  records: DirectoryRecords,
  lookup: Lookup,
  problems: ReadingProblems,
): SourceUser[] {
  const managers = resolveManagers(drafts, records.managers, lookup, problems)
  return drafts.map(({ user }) => {
    const manager = managers.get(user.objectId)
    return manager === undefined ? user : { ...user, manager }
  })
}

function withMembers(
  drafts: readonly GroupDraft[],
  records: DirectoryRecords,
  lookup: Lookup,
  problems: ReadingProblems,
): SourceGroup[] {
  const members = resolveMembers(drafts, records.members, lookup, problems)
  return drafts.map(({ group }) => ({ ...group, members: [...(members.get(group.objectId) ?? [])] }))
}

type PlacedObject = { readonly entry: { readonly place: string }; readonly objectId: string }

function rejectDuplicateIds(drafts: readonly PlacedObject[], problems: ReadingProblems): void {
  const places = new Map<string, string>()
  for (const { entry, objectId } of drafts) {
    const taken = places.get(objectId.toLowerCase())
    if (taken === undefined) places.set(objectId.toLowerCase(), entry.place)
    else problems.error(entry.place, `the id ${objectId} is also used by ${taken}.`)
  }
}

function warnOfUnusualData(
  { users, groups }: SourceDirectory,
  records: DirectoryRecords,
  problems: ReadingProblems,
): void {
  warnOfDuplicateNames('users', 'userPrincipalName', users, problems)
  warnOfDuplicateNames('groups', 'displayName', groups, problems)
  const hasAccountEnabled = (value: object) =>
    Object.keys(value).some(name => name.toLowerCase() === 'accountenabled')
  if (
    records.usersAreExported &&
    !records.users.some(({ value }) => hasAccountEnabled(value)) &&
    records.users.length > 0
  ) {
    problems.warning('users', 'no user has accountEnabled; all users are treated as enabled.')
  }
  if (problems.leftOut.size > 0) {
    problems.warning('properties', `mappings can't read ${[...problems.leftOut].join(', ')}; ignored.`)
  }
}

function warnOfDuplicateNames(
  kind: string,
  attribute: string,
  objects: readonly (SourceUser | SourceGroup)[],
  problems: ReadingProblems,
): void {
  const sharers = Map.groupBy(
    objects.filter(({ deletedAt }) => deletedAt === undefined),
    ({ attributes }) => String(attributes[attribute]).toLowerCase(),
  )
  for (const { length, 0: one } of sharers.values()) {
    if (one && length > 1) {
      problems.warning(kind, `${length} of them have the ${attribute} ${String(one.attributes[attribute])}.`)
    }
  }
}
