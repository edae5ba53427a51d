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

type AwsUser = {
  readonly id: string
  readonly userName: string
  readonly externalId?: string
  readonly active: boolean
  readonly name: string
}

type AwsGroup = { readonly id: string; readonly displayName: string; readonly externalId?: string }

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
  const namesById = new Map(users.map(({ id, userName }) => [id, userName]))
  // Read before anything is written, so that a user who is created again counts as a member until the next run.
  const membersBefore = new Map(awsGroups.map(({ id }) => [id, aws.members(id)]))

  const matchUser = matcherOf(users, rules, ({ userName }) => userName)
  const created: GooglePerson[] = []
  const recreated: AwsUser[] = []
  for (const person of people) {
    const { found, isById } = matchUser(person.id, person.email)
    if (!found) created.push(person)
    else if (!isById && rules.otherExternalId === 'recreate' && found.externalId !== undefined) {
      recreated.push(found)
      created.push(person)
    } else {
      const isSame = isSamePerson(found, person) && (isById || !rules.byExternalId)
      if (!isSame) yield* send(replace('Users', found.id, userBody(person, rules, found.id)), person.id)
      links.set(person.id, found.id)
    }
  }
  for (const { id } of recreated) yield* send(remove('Users', id))
  for (const person of created) {
    const response = yield create('Users', userBody(person, rules))
    // The run goes on after a conflict only.
    if (isConflict(response)) refused.set(person.id, failureText(response) ?? '')
    else {
      const { id } = resourceIn(response, person.id)
      links.set(person.id, id)
    }
  }

  const matchGroup = matcherOf(awsGroups, rules, ({ displayName }) => displayName)
  for (const group of groups) {
    const { found, isById } = matchGroup(group.id, group.name)
    if (!found) yield* createGroup(group, group.name, rules, links)
    else {
      links.set(group.id, found.id)
      const isSame = found.displayName === group.name && (isById || !rules.byExternalId)
      if (isSame) yield* changeDifferences(group, found.id, membersBefore.get(found.id) ?? [], namesById)
      else {
        yield* send(patch('Groups', found.id, groupChanges(group)), group.id)
        yield* changeMembers('add', found.id, yield* idsOf(group.members), group.id)
      }
    }
  }

  if (retain) return
  const knownGroups = new Set(groups.flatMap(({ id, name }) => [externalKey(id), nameKey(name)]))
  for (const group of awsGroups) {
    if (isKnown(group, group.displayName, knownGroups, rules)) continue
    const { id } = yield* find('Groups', 'displayName', group.displayName)
    yield* send(remove('Groups', id))
  }
  const knownUsers = new Set(people.flatMap(({ id, email }) => [externalKey(id), nameKey(email)]))
  for (const user of users) {
    if (isKnown(user, user.userName, knownUsers, rules)) continue
    const { id } = yield* find('Users', 'userName', user.userName)
    yield* send(remove('Users', id))
  }
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

const externalKey = (id: string) => `id ${id}`
const nameKey = (name: string) => `name ${name}`

type Matched<Object> = { readonly found?: Object; readonly isById: boolean }

/** By exact texts: letter case counts. */
function matcherOf<Object extends { readonly externalId?: string }>(
  objects: readonly Object[],
  { byExternalId }: SsosyncRules,
  nameOf: (object: Object) => string,
): (id: string, name: string) => Matched<Object> {
  const byId = new Map(byExternalId ? objects.map(object => [object.externalId, object]) : [])
  const byName = new Map(objects.map(object => [nameOf(object), object]))
  return (id, name) => {
    const known = byId.get(id)
    const found = known ?? byName.get(name)
    return { ...(found && { found }), isById: known !== undefined }
  }
}

const isKnown = (
  { externalId }: { readonly externalId?: string },
  name: string,
  known: ReadonlySet<string>,
  { byExternalId }: SsosyncRules,
): boolean =>
  known.has(nameKey(name)) || (byExternalId && externalId !== undefined && known.has(externalKey(externalId)))

/** The Identity Store API lists the external IDs of all issuers; the first one counts. */
function firstExternalId({ externalId, [nonScimName]: nonScim }: Resource): { readonly externalId?: string } {
  const all = isObject(nonScim) && Array.isArray(nonScim.externalIds) ? nonScim.externalIds : []
  const first = isObject(all[0]) ? all[0].id : externalId
  return typeof first === 'string' ? { externalId: first } : {}
}

const toAwsUser = (resource: Resource): AwsUser => ({
  ...{ id: resource.id, userName: String(resource.userName), active: resource.active !== false },
  name: isObject(resource.name)
    ? nameText(resource.name.givenName, resource.name.familyName)
    : nameText('', ''),
  ...firstExternalId(resource),
})

const toAwsGroup = (resource: Resource): AwsGroup => ({
  ...{ id: resource.id, displayName: String(resource.displayName) },
  ...firstExternalId(resource),
})

const nameText = (given: unknown, family: unknown): string => JSON.stringify([given ?? '', family ?? ''])

const isSamePerson = (
  { userName, active, name }: AwsUser,
  { email, isActive, givenName, familyName }: GooglePerson,
): boolean => userName === email && active === isActive && name === nameText(givenName, familyName)

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
