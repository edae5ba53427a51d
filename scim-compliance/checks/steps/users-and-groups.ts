import { randomUUID } from 'node:crypto'
import type { CheckContext, CreatedResource, ScimResponse, SupportedType } from '../../check.ts'
import {
  expectStatus,
  expectThat,
  fail,
  formatValue,
  jsonObject,
  listedResources,
  skip,
} from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import { expectPatched, patchOperation } from './patches.ts'
import { hasAttribute, orSkipAsConsequence, requireAttributes } from './prerequisites.ts'

export const uniqueAddress = (context: CheckContext): string => `${context.unique()}@example.com`

/** A user with the attributes of Entra's default mapping that the server supports. */
export const sampleUser = (context: CheckContext, userName: Json = uniqueAddress(context)): JsonObject => {
  const all: JsonObject = {
    userName,
    displayName: 'Mira Holt',
    name: { givenName: 'Mira', familyName: 'Holt' },
    active: true,
    emails: [{ primary: true, type: 'work', value: userName }],
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => hasAttribute(context.users, name)))
}

export const createUser = (context: CheckContext, given: JsonObject = {}): Promise<CreatedResource> =>
  context.create(context.users, { ...sampleUser(context, given.userName), ...given })

export const createGroup = (context: CheckContext, given: JsonObject = {}): Promise<CreatedResource> =>
  context.create(context.groups, { displayName: context.unique(), ...given })

export const sentUserName = ({ sent }: CreatedResource): string => String(sent.userName)

export const sentDisplayName = ({ sent }: CreatedResource): string => String(sent.displayName)

/** A random ID as in Entra's probes. */
export const randomId = (): string => randomUUID()

/** Encodes a query as Entra does: spaces as plus signs, the rest percent-encoded. */
export const encodeQuery = (filter: string): string => encodeURIComponent(filter).replaceAll('%20', '+')

/** `/Users?filter=userName+eq+%22…%22` */
export const lookUpPath = (type: SupportedType, filter: string, more = ''): string =>
  `${type.endpoint}?${more}filter=${encodeQuery(filter)}`

export const userNameQuery = ({ users }: CheckContext, user: CreatedResource): string =>
  lookUpPath(users, `userName eq "${sentUserName(user)}"`)

export const displayNameQuery = ({ groups }: CheckContext, group: CreatedResource, more = ''): string =>
  lookUpPath(groups, `displayName eq "${sentDisplayName(group)}"`, more)

/** The response to a search, a few times: lists may lag behind. */
export async function lookedUp(
  context: CheckContext,
  path: string,
  ids: readonly string[],
  headers?: Headers,
) {
  let response = await context.get(path, headers)
  if (response.status === 200 && !isExactly(response, ids))
    await context.eventually(async () => {
      response = await context.get(path, headers)
      return isExactly(response, ids)
    })
  return response
}

type Headers = Readonly<Record<string, string>>

/** Expects a search to return exactly these resources, and totalResults to be their number. */
export async function expectFound(
  context: CheckContext,
  path: string,
  ids: readonly string[],
  headers?: Headers,
): Promise<readonly JsonObject[]> {
  const response = await lookedUp(context, path, ids, headers)
  const found = listedResources(response)
  if (!sameIds(response, ids))
    fail(
      ids.length === 0 ? 'no resources' : `${counted(ids.length)}, with the id ${ids.join(', ')}`,
      `${counted(found.length)}, with ${formatValue(found.map(({ id }) => id ?? null))}`,
      response,
      found.some(({ id }) => !ids.includes(String(id))) ? 'excess' : 'missing',
    )
  const { totalResults } = jsonObject(response)
  if (totalResults !== ids.length) fail(`totalResults ${ids.length}`, formatValue(totalResults), response)
  return found
}

const counted = (count: number): string => `${count} resource${count === 1 ? '' : 's'}`

const foundResources = ({ body }: ScimResponse): readonly JsonObject[] =>
  isObject(body) && Array.isArray(body.Resources) ? body.Resources.filter(isObject) : []

const sameIds = (response: ScimResponse, ids: readonly string[]): boolean => {
  const found = foundResources(response)
  return found.length === ids.length && ids.every(id => found.some(other => other.id === id))
}

const isExactly = (response: ScimResponse, ids: readonly string[]): boolean =>
  sameIds(response, ids) && isObject(response.body) && response.body.totalResults === ids.length

/** The member IDs of a group as it is read; undefined if the server returns no members at all. */
async function returnedMembers(context: CheckContext, group: CreatedResource) {
  const response = await context.get(group.path)
  expectStatus(response, 200)
  const { members } = jsonObject(response)
  const ids =
    !Array.isArray(members) || members.length === 0
      ? undefined
      : members.filter(isObject).map(({ value }) => value)
  return { response, ids }
}

/** Some servers report members only if a filter asks for one. */
async function isMember(context: CheckContext, group: CreatedResource, id: string): Promise<boolean> {
  const filter = `id eq "${group.id}" and members eq "${id}"`
  const response = await context.get(lookUpPath(context.groups, filter))
  return (
    isObject(response.body) && Array.isArray(response.body.Resources) && response.body.Resources.length === 1
  )
}

/** Asks for each member; skips if the server confirms a member that doesn't exist. */
async function queriedMembers(
  context: CheckContext,
  group: CreatedResource,
  all: readonly string[],
): Promise<readonly string[]> {
  if (await isMember(context, group, randomId()))
    skip('The server returns no members, and a filter by any member returns the group.')
  const answers = await Promise.all(all.map(id => isMember(context, group, id)))
  return all.filter((_, at) => answers[at])
}

/** Expects exactly these members, and not those of before a write; searches for each one if the server returns none. */
export async function expectMembers(
  context: CheckContext,
  group: CreatedResource,
  all: readonly string[],
  wanted: readonly string[],
  before?: readonly string[],
): Promise<void> {
  const { response, ids } = await returnedMembers(context, group)
  const got: readonly unknown[] = ids ?? (await queriedMembers(context, group, all))
  const are = (these: readonly string[]) => got.length === these.length && these.every(id => got.includes(id))
  // If members are searched for, the response to the read of the group doesn't show the failure.
  const shows = ids !== undefined || got.length === 0 ? response : undefined
  const expected = `${wanted.length} members: ${wanted.join(', ')}`
  const [hasOthers, lacksSome] = [
    got.some(id => !wanted.includes(String(id))),
    wanted.some(id => !got.includes(id)),
  ]
  const came =
    before && are(before)
      ? 'without effect'
      : hasOthers && lacksSome
        ? 'other'
        : lacksSome
          ? 'missing'
          : 'excess'
  if (!are(wanted) && got.length === 0 && (await context.probe('probe/members')).kind === 'hidden')
    skip('Memberships can’t be seen: the server never returns members.')
  expectThat(are(wanted), expected, { members: got.length, ids: got.map(String) }, shows, came)
}

const rootMembershipChecks = {
  entra: 'entra/members/add-one',
  aws: 'aws/groups/create-with-members',
  okta: 'okta/members/add',
} as const

/** Adds users to a group in any way that the server accepts; skips if none has an effect. */
export async function addMembers(
  context: CheckContext,
  group: CreatedResource,
  ids: readonly string[],
  suite: keyof typeof rootMembershipChecks = 'entra',
): Promise<void> {
  const members = ids.map(value => ({ value }))
  await orSkipAsConsequence(
    'Members can’t be added',
    rootMembershipChecks[suite],
    ...['add', 'Add'].map(op => async () => {
      await expectPatched(context, group.path, patchOperation(op, 'members', members))
      await expectMembers(context, group, ids, ids)
    }),
  )
}

/** A group and so many users, the first of which are members. */
export async function createTeam(
  context: CheckContext,
  size: number,
  inside = 0,
): Promise<{ readonly group: CreatedResource; readonly ids: readonly string[] }> {
  requireAttributes(context.groups, 'members')
  const group = await createGroup(context)
  const ids: string[] = []
  while (ids.length < size) ids.push((await createUser(context)).id)
  if (inside > 0) await addMembers(context, group, ids.slice(0, inside))
  return { group, ids }
}

export async function createGroupWithMember(
  context: CheckContext,
  suite: keyof typeof rootMembershipChecks = 'entra',
): Promise<{ readonly group: CreatedResource; readonly user: CreatedResource }> {
  const [user, group] = [await createUser(context), await createGroup(context)]
  await addMembers(context, group, [user.id], suite)
  return { group, user }
}

/** Skips if the server never returns members: their absence would then prove nothing. */
export async function requireReturnedMembers(context: CheckContext, group: CreatedResource): Promise<void> {
  const { ids } = await returnedMembers(context, group)
  if (ids === undefined) skip('The server never returns the members of groups.')
}

/** Expects no members: omitted or an empty list. */
export function expectNoMembers(group: JsonObject | undefined, response?: ScimResponse): void {
  const members = group?.members
  const isEmpty = members === undefined || (Array.isArray(members) && members.length === 0)
  expectThat(isEmpty, 'no members', members, response)
}
