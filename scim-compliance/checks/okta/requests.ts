import type { CheckContext, CreatedResource, HttpHeaders, SupportedType } from '../../check.ts'
import { expectStatus } from '../../expect.ts'
import { type JsonObject, userUrn } from '../../scim.ts'
import { expectStored } from '../steps/create-and-read.ts'
import { expectPatched } from '../steps/patches.ts'
import { hasAttribute, orSkipAsConsequence, requireAttributes } from '../steps/prerequisites.ts'
import {
  createUser,
  expectFound,
  sentDisplayName,
  sentUserName,
  uniqueAddress,
} from '../steps/users-and-groups.ts'

/** The headers of a request of Okta, as public captures have them. */
export const oktaHeaders: HttpHeaders = {
  Accept: 'application/scim+json',
  'Accept-Charset': 'utf-8',
  'User-Agent': 'Okta SCIM Client 1.0.0',
}

export const oktaBodyHeaders: HttpHeaders = {
  ...oktaHeaders,
  'Content-Type': 'application/scim+json; charset=utf-8',
}

/** A search as Okta encodes it: spaces as `%20`, and the first 100 results. */
export const oktaSearch = ({ endpoint }: SupportedType, attribute: string, value: string): string =>
  `${endpoint}?filter=${encodeURIComponent(`${attribute} eq "${value}"`)}&startIndex=1&count=100`

export const userSearch = ({ users }: CheckContext, user: CreatedResource): string =>
  oktaSearch(users, 'userName', sentUserName(user))

export const groupSearch = ({ groups }: CheckContext, group: CreatedResource): string =>
  oktaSearch(groups, 'displayName', sentDisplayName(group))

/** The body with which Okta creates a user. Attributes that the server lacks are not mapped. */
export function oktaUser(context: CheckContext): JsonObject {
  const userName = uniqueAddress(context)
  const mapped: JsonObject = {
    userName,
    name: { givenName: 'Nell', familyName: 'Gray' },
    emails: [{ primary: true, value: userName, type: 'work' }],
    displayName: 'Nell Gray',
    locale: 'en-US',
    externalId: oktaId(context),
  }
  const known = Object.entries(mapped).filter(([name]) => hasAttribute(context.users, name))
  return {
    schemas: [userUrn],
    ...Object.fromEntries(known),
    groups: [],
    password: 'Filler-8Qz!3mTrw',
    active: true,
  }
}

/** An ID in the form of those of Okta's users: 20 characters. */
const oktaId = (context: CheckContext): string =>
  `00u${context
    .unique()
    .replace(/[^A-Za-z\d]/g, '')
    .slice(-17)
    .padStart(17, '0')}`

export const setActive = (active: boolean): JsonObject => ({ op: 'replace', value: { active } })

export const addMember = (user: CreatedResource): JsonObject => ({
  op: 'add',
  path: 'members',
  value: [memberOf(user)],
})

export const removeMember = ({ id }: Pick<CreatedResource, 'id'>): JsonObject => ({
  op: 'remove',
  path: `members[value eq "${id}"]`,
})

export const memberOf = (user: CreatedResource): JsonObject => ({
  value: user.id,
  display: sentUserName(user),
})

/** Without a path: the value repeats the ID of the group. */
export const renameGroup = ({ id }: Pick<CreatedResource, 'id'>, displayName: string): JsonObject => ({
  op: 'replace',
  value: { id, displayName },
})

/** Skips unless a search returns only this user. */
export async function requireUserFound(context: CheckContext, user: CreatedResource): Promise<void> {
  // A server that ignores filters returns this one, too.
  await createUser(context)
  await orSkipAsConsequence('A search doesn’t find only the user', 'okta/look-up/by-user-name', () =>
    expectFound(context, userSearch(context, user), [user.id]),
  )
}

/** Deactivates a user; skips if that has no effect. */
export async function requireDeactivated(
  context: CheckContext,
  { path }: Pick<CreatedResource, 'path'>,
): Promise<void> {
  requireAttributes(context.users, 'active')
  await orSkipAsConsequence('Users can’t be deactivated', 'okta/deactivate/active-false', async () => {
    await expectPatched(context, path, setActive(false))
    await expectStored(context, path, { active: false })
  })
}

/** Skips unless PUT changes a user: that nothing else changes would then prove nothing. */
export async function requireReplaced(context: CheckContext): Promise<void> {
  requireAttributes(context.users, 'displayName')
  const { path } = await createUser(context)
  await orSkipAsConsequence('PUT doesn’t change a user', 'okta/update/put-what-was-read', async () => {
    const read = await context.get(path)
    expectStatus(read, 200)
    const displayName = 'Nell Moss'
    expectStatus(await context.put(path, { ...(read.body as JsonObject), displayName }), 200, 204)
    await expectStored(context, path, { displayName })
  })
}
