import { randomUUID } from 'node:crypto'
import type {
  Check,
  CheckContext,
  CreatedResource,
  HttpHeaders,
  ScimResponse,
  SupportedType,
} from '../../check.ts'
import {
  expectStatus,
  expectThat,
  Failure,
  fail,
  formatValue,
  jsonObject,
  listedResources,
  skip,
} from '../../expect.ts'
import { isObject, type Json, type JsonObject } from '../../scim.ts'
import type { Form } from '../forms.ts'
import { findAttribute, known, objectsIn, requireAttributes } from './attributes.ts'
import { postSample } from './create-and-read.ts'
import { readUntil } from './lists.ts'
import { expectPatched, patchOperation } from './patches.ts'

export const uniqueAddress = (context: CheckContext): string => `${context.unique()}@example.com`

/** A user with the attributes of Entra's default mapping that the server supports. */
export const sampleUser = (context: CheckContext, userName: Json = uniqueAddress(context)): JsonObject =>
  known(context.users, {
    userName,
    displayName: 'Mira Holt',
    name: { givenName: 'Mira', familyName: 'Holt' },
    active: true,
    emails: [{ primary: true, type: 'work', value: userName }],
  })

export const createUser = (context: CheckContext, given: JsonObject = {}): Promise<CreatedResource> =>
  context.create(context.users, { ...sampleUser(context, given.userName), ...given })

export const createGroup = (context: CheckContext, given: JsonObject = {}): Promise<CreatedResource> =>
  context.create(context.groups, { displayName: context.unique(), ...given })

/** The userName of a user, and the displayName of a group. */
export const sentName = ({ sent }: CreatedResource): string => String(sent.userName ?? sent.displayName)

/** `userName eq "…"` for a user, and `displayName eq "…"` for a group. */
export const byName = (made: CreatedResource): string =>
  `${made.sent.userName === undefined ? 'displayName' : 'userName'} eq "${sentName(made)}"`

/** A random ID as in Entra's probes. */
export const randomId = (): string => randomUUID()

/** Encodes a query as Entra does: spaces as plus signs, the rest percent-encoded. */
export const encodeQuery = (filter: string): string => encodeURIComponent(filter).replaceAll('%20', '+')

/** `/Users?filter=userName+eq+%22…%22` */
export const lookUpPath = (type: SupportedType, filter: string, more = ''): string =>
  `${type.endpoint}?${more}filter=${encodeQuery(filter)}`

export const nameQuery = (context: CheckContext, made: CreatedResource, more = ''): string =>
  lookUpPath(made.sent.userName === undefined ? context.groups : context.users, byName(made), more)

/** The response to a search, repeated while it succeeds without listing exactly these resources. */
export const lookedUp = (
  context: CheckContext,
  path: string,
  ids: readonly string[],
  headers?: HttpHeaders,
): Promise<ScimResponse> =>
  readUntil(
    context,
    () => context.get(path, headers),
    response => response.status !== 200 || isExactly(response, ids),
  )

/** Expects a search to return exactly these resources, and totalResults to be their number. */
export async function expectFound(
  context: CheckContext,
  path: string,
  ids: readonly string[],
  headers?: HttpHeaders,
): Promise<readonly JsonObject[]> {
  const response = await lookedUp(context, path, ids, headers)
  const found = listedResources(response)
  if (!sameIds(response, ids)) {
    const wanted = ids.length === 0 ? 'no resources' : `${counted(ids.length)}, with the id ${ids.join(', ')}`
    const got = `${counted(found.length)}, with ${formatValue(found.map(({ id }) => id ?? null))}`
    fail(wanted, got, response, found.some(({ id }) => !ids.includes(String(id))) ? 'excess' : 'missing')
  }
  const { totalResults } = jsonObject(response)
  if (totalResults !== ids.length) fail(`totalResults ${ids.length}`, formatValue(totalResults), response)
  return found
}

/** Expects a search to return only one of two: a server that ignores the filter returns both. */
export const findsOnly =
  (
    of: 'users' | 'groups',
    pathFor: (made: CreatedResource, context: CheckContext) => string,
    given: (context: CheckContext) => JsonObject = () => ({}),
    headers?: HttpHeaders,
  ): Check['run'] =>
  async context => {
    const create = of === 'users' ? createUser : createGroup
    await create(context)
    const made = await create(context, given(context))
    await expectFound(context, pathFor(made, context), [made.id], headers)
  }

const counted = (count: number): string => `${count} resource${count === 1 ? '' : 's'}`

const foundResources = ({ body }: ScimResponse): readonly JsonObject[] => objectsIn(body, 'Resources')

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
  const ids = objectsIn(members).map(({ value }) => value)
  return { response, ids: ids.length > 0 ? ids : undefined }
}

/** Some servers report members only if a filter asks for one. */
async function isMember(context: CheckContext, group: CreatedResource, id: string): Promise<boolean> {
  const filter = `id eq "${group.id}" and members eq "${id}"`
  return foundResources(await context.get(lookUpPath(context.groups, filter))).length === 1
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
  const hasOthers = got.some(id => !wanted.includes(String(id)))
  const lacksSome = wanted.some(id => !got.includes(id))
  const differs = !lacksSome ? 'excess' : hasOthers ? 'other' : 'missing'
  const came = before && are(before) ? 'without effect' : differs
  if (!are(wanted) && got.length === 0 && (await context.probe('probe/members')).kind === 'hidden')
    skip('Memberships can’t be seen: the server never returns members.')
  expectThat(are(wanted), expected, { members: got.length, ids: got.map(String) }, shows, came)
}

export const listMembers = (ids: readonly string[]): readonly JsonObject[] => ids.map(value => ({ value }))

type ClientSuite = keyof typeof rootMembershipChecks

const rootMembershipChecks = {
  entra: 'entra/members/add-one',
  aws: 'aws/groups/create-with-members',
  okta: 'okta/members/add',
  ipsie: 'ipsie/groups/fifty-members',
} as const

/** Adds users to a group in any way that the server accepts; skips if none has an effect. */
async function addMembers(
  context: CheckContext,
  group: CreatedResource,
  ids: readonly string[],
  suite: ClientSuite = 'entra',
): Promise<void> {
  for (const op of ['add', 'Add'])
    try {
      await expectPatched(context, group.path, patchOperation(op, 'members', listMembers(ids)))
      return await expectMembers(context, group, ids, ids)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
    }
  const root = rootMembershipChecks[suite]
  skip(`Members can’t be added, which ${root} reports.`, root)
}

/** A group and so many users, the first of which are members. */
export async function createTeam(context: CheckContext, size: number, inside = 0, suite?: ClientSuite) {
  requireAttributes(context.groups, 'members')
  const group = await createGroup(context)
  const users: CreatedResource[] = []
  while (users.length < size) users.push(await createUser(context))
  const ids = users.map(({ id }) => id)
  if (inside > 0) await addMembers(context, group, ids.slice(0, inside), suite)
  return { group, users, ids }
}

export async function createGroupWithMember(context: CheckContext, suite?: ClientSuite) {
  requireAttributes(context.groups, 'members')
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
  const { members = [] } = group ?? {}
  expectThat(Array.isArray(members) && members.length === 0, 'no members', members, response)
}

/** Skips if users have no userName. */
export const sentUserName = ({ sent }: { readonly sent: JsonObject }): string =>
  typeof sent.userName === 'string' ? sent.userName : skip('The sample has no userName.')

/** Two users of the same name don't have the same address as well: some servers compare only addresses. */
export const withOwnEmail = (context: CheckContext): JsonObject =>
  findAttribute(context.users, 'emails') === undefined
    ? {}
    : { emails: [{ type: 'work', value: `${context.unique()}@example.com` }] }

export const postNamed = (context: CheckContext, userName: string): Promise<ScimResponse> =>
  postSample(context, context.users, { userName, ...withOwnEmail(context) })

/** Any 4xx: rfc/create/conflict reports another status than 409. */
export function expectRejectedName(response: ScimResponse): void {
  if (response.status < 400 || response.status >= 500) expectStatus(response, 409)
}

export const rejectsNameOfAnother =
  (written: (name: string) => string): Check['run'] =>
  async context => {
    const user = await context.create(context.users, withOwnEmail(context))
    expectRejectedName(await postNamed(context, written(sentUserName(user))))
  }

/** A user whose externalId isn't found in upper case. */
export const externalIdInOtherCase: Form = {
  given: { user: s => ({ externalId: `External-${s.mark}` }) },
  request: s => ({ filter: `externalId eq "EXTERNAL-${s.mark.toUpperCase()}"` }),
  expect: { found: [] },
}
