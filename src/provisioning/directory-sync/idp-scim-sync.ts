import { isObject, type JsonObject } from '../../scim/json.ts'
import type { Plan } from '../kit/run.ts'
import { create, isNotFound, patch, type Resource, remove, replace } from '../kit/scim-request.ts'
import {
  type AwsReads,
  endIfFailed,
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

/** What it copies: groups, and the users who are members of them. */
export function idpScimSyncScope({ groups, deleted, people }: GoogleSource): GoogleSource {
  const members = new Set(groups.flatMap(group => group.members))
  return { people: people.filter(person => members.has(person)), groups, deleted }
}

/**
 * The first run, which has no state of earlier ones: makes AWS like Google. Later runs compare Google with their state, and do not read
 * AWS. Users are the same if their primary addresses are, groups if their names are, by exact texts.
 */
export const planIdpScimSync = ({ people, groups }: GoogleSource, aws: AwsReads): Plan<SyncResult> =>
  untilError(function* ({ links }) {
    yield* reconcileGroups(groups, [...aws.groups()], links)
    yield* reconcileUsers(people, [...aws.users()], links)
    for (const group of groups) {
      const target = links.get(group.id)
      const wanted = group.members.flatMap(({ id }) => links.get(id) ?? [])
      if (target !== undefined)
        yield* setMembers({ group: target, before: aws.members(target), wanted }, group.id)
    }
  })

function* reconcileGroups(
  groups: readonly GoogleGroup[],
  present: readonly Resource[],
  links: Map<string, string>,
): Plan<void> {
  const byName = new Map(present.map(group => [group.displayName, group]))
  for (const { id, name } of groups.filter(group => !byName.has(group.name))) {
    const response = yield create('Groups', { schemas: [groupSchema], externalId: id, displayName: name })
    const existing = isConflict(response) ? yield* lookUp('Groups', 'displayName', name) : undefined
    links.set(id, (existing ?? resourceIn(response, id)).id)
  }
  for (const { id, name } of groups) {
    const found = byName.get(name)
    if (!found) continue
    links.set(id, found.id)
    if (found.externalId === id) continue
    yield* send(patch('Groups', found.id, [{ op: 'replace', value: { id: found.id, externalId: id } }]), id)
  }
  const names = new Set(groups.map(({ name }) => name))
  for (const { id, displayName } of present) {
    if (!names.has(String(displayName))) yield* send(remove('Groups', id))
  }
}

function* reconcileUsers(
  people: readonly GooglePerson[],
  present: readonly Resource[],
  links: Map<string, string>,
): Plan<void> {
  const byEmail = new Map(present.map(user => [primaryEmailOf(user), user]))
  for (const person of people.filter(({ email }) => !byEmail.has(email))) {
    links.set(person.id, yield* createOrReplace(person))
  }
  for (const person of people) {
    const found = byEmail.get(person.email)
    if (!found) continue
    links.set(person.id, found.id)
    if (!isSame(found, person)) yield* send(replace('Users', found.id, userBody(person, found.id)), person.id)
  }
  const emails = new Set(people.map(({ email }) => email))
  for (const user of present) {
    if (emails.has(primaryEmailOf(user))) continue
    const response = yield remove('Users', user.id)
    if (!isNotFound(response)) endIfFailed(response)
  }
}

function* createOrReplace(person: GooglePerson): Plan<string> {
  const response = yield create('Users', userBody(person))
  if (!isConflict(response)) return resourceIn(response, person.id).id
  const found = yield* lookUp('Users', 'userName', person.email)
  if (found) {
    yield* send(replace('Users', found.id, userBody(person, found.id)), person.id)
    return found.id
  }
  // Another user has the external ID.
  const { externalId: _, ...rest } = userBody(person)
  const { id } = yield* sendForResource(create('Users', rest), person.id)
  return id
}

/** Without a primary address, an empty text, which nobody in Google has. */
function primaryEmailOf({ emails }: Resource): string {
  const all = Array.isArray(emails) ? emails.filter(isObject) : []
  const primary = all.find(each => each.primary === true)
  return typeof primary?.value === 'string' ? primary.value : ''
}

const isSame = (user: Resource, { id, givenName, familyName, isActive }: GooglePerson): boolean =>
  isObject(user.name) &&
  user.name.givenName === givenName &&
  user.name.familyName === familyName &&
  (user.active !== false) === isActive &&
  user.externalId === id

const userBody = (
  { id: externalId, email, givenName, familyName, isActive }: GooglePerson,
  id?: string,
): JsonObject => ({
  schemas: [userSchema],
  ...(id !== undefined && { id }),
  externalId,
  userName: email,
  displayName: `${givenName} ${familyName}`,
  name: { familyName, givenName },
  active: isActive,
  emails: [{ value: email, type: 'work', primary: true }],
})
