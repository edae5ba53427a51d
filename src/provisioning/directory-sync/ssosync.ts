import { isObject, type JsonObject } from '../../scim/json.ts'
import { nonScimName } from '../../scim/resource-types.ts'
import type { Plan } from '../kit/run.ts'
import { create, patch, type Resource, remove, replace } from '../kit/scim-request.ts'
import type { SsosyncRules } from './rules.ts'
import {
  type AwsReads,
  changeMembers,
  failureText,
  find,
  type GoogleGroup,
  type GooglePerson,
  type GoogleSource,
  groupSchema,
  isConflict,
  lookUp,
  resourceIn,
  type SyncResult,
  send,
  sendForResource,
  setMembers,
  untilError,
  userSchema,
} from './run.ts'

export type SsosyncOptions = {
  readonly method: 'groups' | 'users_groups'
  /** Addresses in Google, of users and of groups. */
  readonly ignoreUsers: readonly string[]
  readonly ignoreGroups: readonly string[]
  readonly retain: boolean
}

type AwsObject = { readonly id: string; readonly name: string; readonly externalId?: string }
type AwsUser = AwsObject & { readonly active: boolean; readonly names: string }

/** What ssosync copies with these options: with the method `groups`, members of groups only. */
export function ssosyncScope(
  { people, groups, deleted }: GoogleSource,
  { suspended }: SsosyncRules,
  { method, ignoreUsers, ignoreGroups }: SsosyncOptions,
): GoogleSource {
  const ignored = new Set(ignoreUsers)
  const ignoredGroups = new Set(ignoreGroups)
  const isCopied = ({ email, isActive }: GooglePerson) =>
    !ignored.has(email) && (isActive || method === 'users_groups' || suspended === 'disable')
  const copied = groups
    .filter(({ email }) => !ignoredGroups.has(email))
    .map(group => ({ ...group, members: group.members.filter(isCopied) }))
  const members = new Set(copied.flatMap(group => group.members))
  return {
    people: people.filter(method === 'groups' ? person => members.has(person) : isCopied),
    groups: copied,
    deleted,
  }
}

export const planSsosync = (
  scope: GoogleSource,
  aws: AwsReads,
  rules: SsosyncRules,
  { method, retain }: SsosyncOptions,
): Plan<SyncResult> =>
  untilError(({ links, refused }) =>
    method === 'users_groups'
      ? copyUsersThenGroups(scope, aws, rules, links)
      : compareAll(scope, aws, rules, retain, links, refused),
  )

/** The method `groups`: lists both sides first, and deletes what Google does not have. */
function* compareAll(
  { people, groups }: GoogleSource,
  aws: AwsReads,
  rules: SsosyncRules,
  retain: boolean,
  links: Map<string, string>,
  refused: Map<string, string>,
): Plan<void> {
  const users = [...aws.users()].map(toAwsUser)
  const awsGroups = [...aws.groups()].map(toAwsGroup)
  const namesById = new Map(users.map(({ id, name }) => [id, name]))
  // Read before anything is written, so that a user who is created again counts as a member until the next run.
  const membersBefore = new Map(awsGroups.map(({ id }) => [id, aws.members(id)]))

  const ofUsers = pair(people, users, ({ email }) => email, rules)
  const isRecreated = ({ found, isById }: Pair<GooglePerson, AwsUser>) =>
    !isById && rules.otherExternalId === 'recreate' && found?.externalId !== undefined
  for (const each of ofUsers.pairs) {
    const { wanted, found, isById } = each
    if (!found || isRecreated(each)) continue
    const isSame = isSamePerson(found, wanted) && (isById || !rules.byExternalId)
    if (!isSame) yield* send(replace('Users', found.id, userBody(wanted, rules, found.id)), wanted.id)
    links.set(wanted.id, found.id)
  }
  for (const each of ofUsers.pairs) {
    if (each.found && isRecreated(each)) yield* send(remove('Users', each.found.id))
  }
  for (const { wanted } of ofUsers.pairs.filter(each => !each.found || isRecreated(each))) {
    const response = yield create('Users', userBody(wanted, rules))
    // The run goes on after a conflict only.
    if (isConflict(response)) refused.set(wanted.id, failureText(response) ?? '')
    else links.set(wanted.id, resourceIn(response, wanted.id).id)
  }

  const ofGroups = pair(groups, awsGroups, ({ name }) => name, rules)
  for (const { wanted, found, isById } of ofGroups.pairs) {
    if (!found) {
      yield* createGroup(wanted, wanted.name, rules, links)
      continue
    }
    links.set(wanted.id, found.id)
    if (found.name === wanted.name && (isById || !rules.byExternalId)) {
      yield* changeDifferences(wanted, found.id, membersBefore.get(found.id) ?? [], namesById)
    } else {
      yield* send(patch('Groups', found.id, groupChanges(wanted)), wanted.id)
      yield* changeMembers('add', found.id, yield* idsOf(wanted.members), wanted.id)
    }
  }

  if (retain) return
  for (const { name } of ofGroups.others)
    yield* send(remove('Groups', (yield* find('Groups', 'displayName', name)).id))
  for (const { name } of ofUsers.others)
    yield* send(remove('Users', (yield* find('Users', 'userName', name)).id))
}

/** The method `users_groups`: searches each user and group, and knows no others. Groups have the names of their addresses. */
function* copyUsersThenGroups(
  { people, groups, deleted }: GoogleSource,
  aws: AwsReads,
  rules: SsosyncRules,
  links: Map<string, string>,
): Plan<void> {
  const present = new Set(people.map(({ email }) => email))
  for (const email of deleted) {
    const found = present.has(email) ? undefined : yield* lookUp('Users', 'userName', email)
    if (found) yield* send(remove('Users', found.id))
  }
  for (const person of people) {
    const found = yield* lookUp('Users', 'userName', person.email)
    if (!found) {
      const { id } = yield* sendForResource(create('Users', userBody(person, rules)), person.id)
      links.set(person.id, id)
      continue
    }
    if ((found.active !== false) !== person.isActive)
      yield* send(replace('Users', found.id, userBody(person, rules, found.id)), person.id)
    links.set(person.id, found.id)
  }
  const ours = new Set(links.values())
  for (const group of groups) {
    const found = yield* lookUp('Groups', 'displayName', group.email)
    if (!found) {
      yield* createGroup(group, group.email, rules, links)
      continue
    }
    links.set(group.id, found.id)
    const wanted = group.members.flatMap(({ id }) => links.get(id) ?? [])
    const before = aws.members(found.id)
    yield* setMembers({ group: found.id, before, wanted, mayRemove: id => ours.has(id) }, group.id)
  }
}

function* createGroup(
  group: GoogleGroup,
  displayName: string,
  { byExternalId }: SsosyncRules,
  links: Map<string, string>,
): Plan<void> {
  const body = {
    schemas: [groupSchema],
    displayName,
    ...(byExternalId && { externalId: group.id }),
    members: [],
  }
  const { id } = yield* sendForResource(create('Groups', body), group.id)
  links.set(group.id, id)
  yield* changeMembers('add', id, yield* idsOf(group.members), group.id)
}

function* changeDifferences(
  { id: subject, members }: GoogleGroup,
  group: string,
  before: readonly string[],
  namesById: ReadonlyMap<string, string>,
): Plan<void> {
  const wanted = new Set(members.map(({ email }) => email))
  const names = new Set(before.map(id => namesById.get(id)))
  const added = members.filter(({ email }) => !names.has(email))
  yield* changeMembers('add', group, yield* idsOf(added), subject)
  const others = before.filter(id => !wanted.has(namesById.get(id) ?? ''))
  yield* changeMembers('remove', group, others, subject)
}

/** Each is searched by user name, also right after it was created. */
function* idsOf(members: readonly GooglePerson[]): Plan<readonly string[]> {
  const ids: string[] = []
  for (const { id: subject, email } of members) {
    const { id } = yield* find('Users', 'userName', email, subject)
    ids.push(id)
  }
  return ids
}

type Pair<Wanted, Found> = { readonly wanted: Wanted; readonly found?: Found; readonly isById: boolean }

/** What both sides have, by exact texts: letter case counts. `others` are what Google does not have. */
function pair<Wanted extends { readonly id: string }, Found extends AwsObject>(
  google: readonly Wanted[],
  aws: readonly Found[],
  nameOf: (wanted: Wanted) => string,
  { byExternalId }: SsosyncRules,
): { readonly pairs: readonly Pair<Wanted, Found>[]; readonly others: readonly Found[] } {
  const byId = new Map(byExternalId ? aws.map(object => [object.externalId, object]) : [])
  const byName = new Map(aws.map(object => [object.name, object]))
  const pairs = google.map(wanted => {
    const known = byId.get(wanted.id)
    const found = known ?? byName.get(nameOf(wanted))
    return { wanted, ...(found && { found }), isById: known !== undefined }
  })
  const ids = new Set<string | undefined>(byExternalId ? google.map(({ id }) => id) : [])
  const names = new Set(google.map(nameOf))
  return { pairs, others: aws.filter(({ name, externalId }) => !names.has(name) && !ids.has(externalId)) }
}

/** The Identity Store API lists the external IDs of all issuers; the first one counts. */
function firstExternalId({ externalId, [nonScimName]: nonScim }: Resource): { readonly externalId?: string } {
  const all = isObject(nonScim) && Array.isArray(nonScim.externalIds) ? nonScim.externalIds : []
  const first = isObject(all[0]) ? all[0].id : externalId
  return typeof first === 'string' ? { externalId: first } : {}
}

const toAwsUser = (resource: Resource): AwsUser => ({
  ...{ id: resource.id, name: String(resource.userName), active: resource.active !== false },
  names: isObject(resource.name) ? namesText(resource.name.givenName, resource.name.familyName) : '',
  ...firstExternalId(resource),
})

const toAwsGroup = (resource: Resource): AwsObject => ({
  ...{ id: resource.id, name: String(resource.displayName) },
  ...firstExternalId(resource),
})

const namesText = (given: unknown, family: unknown): string => JSON.stringify([given, family])

const isSamePerson = (
  { name, active, names }: AwsUser,
  { email, isActive, givenName, familyName }: GooglePerson,
): boolean => name === email && active === isActive && names === namesText(givenName, familyName)

const userBody = (
  { id: externalId, email, givenName, familyName, isActive }: GooglePerson,
  { byExternalId }: SsosyncRules,
  id?: string,
): JsonObject => ({
  schemas: [userSchema],
  ...(id !== undefined && { id }),
  ...(byExternalId && { externalId }),
  userName: email,
  name: { familyName, givenName },
  displayName: `${givenName} ${familyName}`,
  active: isActive,
  emails: [{ value: email, type: 'work', primary: true }],
  addresses: [{ type: 'work' }],
})

const groupChanges = ({ id, name }: GoogleGroup): readonly JsonObject[] => [
  { op: 'replace', path: 'displayName', value: name },
  { op: 'replace', path: 'externalId', value: id },
]
