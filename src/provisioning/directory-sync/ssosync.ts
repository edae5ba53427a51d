import { isObject, type JsonObject } from '../../scim/json.ts'
import { nonScimName } from '../../scim/resource-types.ts'
import type { Plan } from '../kit/run.ts'
import { create, patch, type Resource, remove, replace } from '../kit/scim-request.ts'
import {
  changeMembers,
  createGroup,
  failureText,
  type GoogleGroup,
  type GooglePerson,
  type GoogleSource,
  isConflict,
  lookUp,
  RunEnded,
  resourceIn,
  type Sync,
  type Synced,
  send,
  setMembers,
  userBody,
} from './run.ts'

/** What versions of ssosync do differently. */
export type SsosyncRules = {
  readonly from: readonly [major: number, minor: number]
  /** By the ID of the user or group in Google first, and else by name. Without it, no external ID is sent. */
  readonly byExternalId: boolean
  /** A user of the same name who has another external ID. */
  readonly otherExternalId: 'overwrite' | 'recreate'
  /** Users who are suspended in Google. */
  readonly suspended: 'disable' | 'leave-out'
  /** Whether an option keeps users and groups that Google does not have. */
  readonly canRetain: boolean
}

/** v2.4.0, internal/sync.go, getUserOperations and getGroupOperations. */
const first: SsosyncRules = {
  from: [0, 0],
  byExternalId: false,
  otherExternalId: 'overwrite',
  suspended: 'disable',
  canRetain: false,
}
/** v2.6.3, internal/sync.go, the same and getGoogleUsersInGroup. */
const second: SsosyncRules = { ...first, from: [2, 5], byExternalId: true, suspended: 'leave-out' }
/** Pull request 361 of awslabs/ssosync. */
const third: SsosyncRules = { ...second, from: [2, 7], otherExternalId: 'recreate' }
/** Issue 366 of awslabs/ssosync. */
const newest: SsosyncRules = { ...third, from: [2, 8], canRetain: true }

/** Those of a version such as `2.6` or `2.6.3`; of the newest one without it. */
export function ssosyncRules(version: string | undefined): SsosyncRules {
  if (version === undefined) return newest
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isUntil = ({ from }: SsosyncRules) => from[0] < major || (from[0] === major && from[1] <= minor)
  return [newest, third, second].find(isUntil) ?? first
}

export type SsosyncOptions = {
  readonly method: 'groups' | 'users_groups'
  /** Addresses in Google, of users and of groups. */
  readonly ignoreUsers: readonly string[]
  readonly ignoreGroups: readonly string[]
  readonly retain: boolean
}

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

/** The method `groups`: lists both sides first, and deletes what Google does not have. */
export const compareAll = ({ people, groups }: GoogleSource, rules: SsosyncRules, retain: boolean): Sync =>
  function* (aws, { links, refused }) {
    const users = [...aws.users()].map(toAwsObject)
    const awsGroups = [...aws.groups()].map(toAwsObject)
    const namesById = new Map(users.map(({ id, name }) => [id, name]))
    // Read before anything is written, so that a user who is created again counts as a member until the next run.
    const membersBefore = new Map(awsGroups.map(({ id }) => [id, aws.members(id)]))

    const ofUsers = pair(people, users, ({ email }) => email, rules)
    const isRecreated = ({ found, isById }: Pair<GooglePerson>) =>
      !isById && rules.otherExternalId === 'recreate' && found?.externalId !== undefined
    const recreated = ofUsers.pairs.filter(isRecreated)
    for (const each of ofUsers.pairs) {
      const { wanted, found, isById } = each
      if (!found || isRecreated(each)) continue
      const isSame = found.name === wanted.email && found.state === stateOf(wanted)
      if (!isSame || isById !== rules.byExternalId) yield* replaceUser(wanted, found.id, rules)
      links.set(wanted.id, found.id)
    }
    for (const { found } of recreated) if (found) yield* send(remove('Users', found.id))
    for (const { wanted } of ofUsers.pairs.filter(each => !each.found || isRecreated(each))) {
      const response = yield create('Users', userOf(wanted, rules))
      // The run goes on after a conflict only.
      if (isConflict(response)) refused.set(wanted.id, failureText(response) ?? '')
      else links.set(wanted.id, resourceIn(response, wanted.id).id)
    }

    const ofGroups = pair(groups, awsGroups, ({ name }) => name, rules)
    for (const { wanted, found, isById } of ofGroups.pairs) {
      if (!found) {
        yield* createWithMembers(wanted, wanted.name, rules, links)
        continue
      }
      links.set(wanted.id, found.id)
      if (found.name === wanted.name && isById === rules.byExternalId) {
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
export const copyUsersThenGroups = ({ people, groups, deleted }: GoogleSource, rules: SsosyncRules): Sync =>
  function* (aws, { links }) {
    const present = new Set(people.map(({ email }) => email))
    for (const email of deleted) {
      const found = present.has(email) ? undefined : yield* lookUp('Users', 'userName', email)
      if (found) yield* send(remove('Users', found.id))
    }
    for (const person of people) {
      const found = yield* lookUp('Users', 'userName', person.email)
      const { id } = found ?? resourceIn(yield create('Users', userOf(person, rules)), person.id)
      if (found && (found.active !== false) !== person.isActive) yield* replaceUser(person, id, rules)
      links.set(person.id, id)
    }
    const ours = new Set(links.values())
    for (const group of groups) {
      const found = yield* lookUp('Groups', 'displayName', group.email)
      if (!found) {
        yield* createWithMembers(group, group.email, rules, links)
        continue
      }
      links.set(group.id, found.id)
      const wanted = group.members.flatMap(({ id }) => links.get(id) ?? [])
      yield* setMembers(found.id, [aws.members(found.id), wanted], group.id, id => ours.has(id))
    }
  }

function* createWithMembers(
  { id: subject, members }: GoogleGroup,
  name: string,
  { byExternalId }: SsosyncRules,
  links: Synced['links'],
): Plan<void> {
  const request = createGroup(name, { ...(byExternalId && { externalId: subject }), members: [] })
  const { id } = resourceIn(yield request, subject)
  links.set(subject, id)
  yield* changeMembers('add', id, yield* idsOf(members), subject)
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

function* find(
  endpoint: 'Users' | 'Groups',
  attribute: string,
  value: string,
  subject?: string,
): Plan<Resource> {
  const found = yield* lookUp(endpoint, attribute, value)
  if (!found) throw new RunEnded(`There is not exactly one resource with ${attribute} "${value}".`, subject)
  return found
}

/** What is compared of a user or group at AWS: a list of whole resources would be large. */
type AwsObject = {
  readonly id: string
  readonly name: string
  readonly externalId?: string
  readonly state: string
}

type Pair<Wanted> = { readonly wanted: Wanted; readonly found?: AwsObject; readonly isById: boolean }

/** What both sides have, by exact texts: letter case counts. `others` are what Google does not have. */
function pair<Wanted extends { readonly id: string }>(
  google: readonly Wanted[],
  aws: readonly AwsObject[],
  nameOf: (wanted: Wanted) => string,
  { byExternalId }: SsosyncRules,
): { readonly pairs: readonly Pair<Wanted>[]; readonly others: readonly AwsObject[] } {
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

function toAwsObject({ id, userName, displayName, name, active, ...rest }: Resource): AwsObject {
  const [givenName, familyName] = isObject(name) ? [name.givenName, name.familyName] : []
  // The Identity Store API lists the external IDs of all issuers; the first one counts.
  const { externalId, [nonScimName]: nonScim } = rest
  const all = isObject(nonScim) && Array.isArray(nonScim.externalIds) ? nonScim.externalIds : []
  const firstId = isObject(all[0]) ? all[0].id : externalId
  return {
    ...{ id, name: String(userName ?? displayName) },
    ...(typeof firstId === 'string' && { externalId: firstId }),
    state: JSON.stringify([active !== false, givenName, familyName]),
  }
}

const stateOf = ({ isActive, givenName, familyName }: GooglePerson): string =>
  JSON.stringify([isActive, givenName, familyName])

const userOf = (person: GooglePerson, { byExternalId }: SsosyncRules, more?: JsonObject): JsonObject =>
  userBody(person, {
    ...more,
    ...(byExternalId && { externalId: person.id }),
    addresses: [{ type: 'work' }],
  })

const replaceUser = (person: GooglePerson, id: string, rules: SsosyncRules) =>
  send(replace('Users', id, userOf(person, rules, { id })), person.id)

const groupChanges = ({ id, name }: GoogleGroup): readonly JsonObject[] => [
  { op: 'replace', path: 'displayName', value: name },
  { op: 'replace', path: 'externalId', value: id },
]
