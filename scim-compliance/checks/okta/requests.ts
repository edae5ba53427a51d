import type { CheckContext, CreatedResource, HttpHeaders, SupportedType } from '../../check.ts'
import { type JsonObject, userUrn } from '../../scim.ts'
import { hasAttribute } from '../steps/prerequisites.ts'
import { sentDisplayName, sentUserName, uniqueAddress } from '../steps/users-and-groups.ts'

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
