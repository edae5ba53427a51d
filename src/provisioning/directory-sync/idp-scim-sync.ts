import { isObject, type JsonObject } from '../../scim/json.ts'
import type { Plan } from '../kit/run.ts'
import {
  create,
  type Endpoint,
  isNotFound,
  patch,
  type Resource,
  remove,
  replace,
} from '../kit/scim-request.ts'
import {
  createGroup,
  endIfFailed,
  type GooglePerson,
  type GoogleSource,
  isConflict,
  lookUp,
  resourceIn,
  type Sync,
  send,
  setMembers,
  userBody,
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
export const syncAll = ({ people, groups }: GoogleSource): Sync =>
  function* (aws, { links }) {
    yield* reconcile('Groups', groups, [...aws.groups()], links, {
      keyOf: ({ name }) => name,
      presentKeyOf: ({ displayName }) => String(displayName),
      *create({ id, name }) {
        const response = yield createGroup(name, { externalId: id })
        const existing = isConflict(response) ? yield* lookUp('Groups', 'displayName', name) : undefined
        return (existing ?? resourceIn(response, id)).id
      },
      *update({ id }, found) {
        if (found.externalId === id) return
        const value = { id: found.id, externalId: id }
        yield* send(patch('Groups', found.id, [{ op: 'replace', value }]), id)
      },
    })
    yield* reconcile('Users', people, [...aws.users()], links, {
      keyOf: ({ email }) => email,
      presentKeyOf: primaryEmailOf,
      create: createOrReplace,
      *update(person, found) {
        if (!isSame(found, person)) yield* replaceUser(person, found.id)
      },
    })
    for (const { id, members } of groups) {
      const target = links.get(id)
      const wanted = members.flatMap(member => links.get(member.id) ?? [])
      if (target !== undefined) yield* setMembers(target, [aws.members(target), wanted], id)
    }
  }

type Steps<Wanted> = {
  readonly keyOf: (wanted: Wanted) => string
  readonly presentKeyOf: (resource: Resource) => string
  /** Returns the ID at AWS. */
  readonly create: (wanted: Wanted) => Plan<string>
  readonly update: (wanted: Wanted, found: Resource) => Plan<void>
}

function* reconcile<Wanted extends { readonly id: string }>(
  endpoint: Endpoint,
  wanted: readonly Wanted[],
  present: readonly Resource[],
  links: Map<string, string>,
  { keyOf, presentKeyOf, create, update }: Steps<Wanted>,
): Plan<void> {
  const byKey = new Map(present.map(resource => [presentKeyOf(resource), resource]))
  for (const each of wanted) if (!byKey.has(keyOf(each))) links.set(each.id, yield* create(each))
  for (const each of wanted) {
    const found = byKey.get(keyOf(each))
    if (!found) continue
    links.set(each.id, found.id)
    yield* update(each, found)
  }
  const keys = new Set(wanted.map(keyOf))
  for (const resource of present) {
    if (keys.has(presentKeyOf(resource))) continue
    const response = yield remove(endpoint, resource.id)
    if (!isNotFound(response)) endIfFailed(response)
  }
}

function* createOrReplace(person: GooglePerson): Plan<string> {
  const { id, email } = person
  const response = yield create('Users', userBody(person, { externalId: id }))
  if (!isConflict(response)) return resourceIn(response, id).id
  const found = yield* lookUp('Users', 'userName', email)
  if (found) return yield* replaceUser(person, found.id)
  // Another user has the external ID.
  return resourceIn(yield create('Users', userBody(person, {})), id).id
}

function* replaceUser(person: GooglePerson, id: string): Plan<string> {
  yield* send(replace('Users', id, userBody(person, { id, externalId: person.id })), person.id)
  return id
}

/** Without a primary address, an empty text, which no person in Google has. */
export function primaryEmailOf({ emails }: JsonObject): string {
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
