import type { CheckContext, CreatedResource, HttpHeaders, SupportedType } from '../../check.ts'
import { type JsonObject, userUrn } from '../../scim.ts'
import { known } from '../steps/attributes.ts'
import { add, remove } from '../steps/patches.ts'
import { byName, sentName, uniqueAddress } from '../steps/users-and-groups.ts'

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
export const oktaSearch = ({ endpoint }: SupportedType, filter: string): string =>
  `${endpoint}?filter=${encodeURIComponent(filter)}&startIndex=1&count=100`

export const oktaSearchFor = (made: CreatedResource, context: CheckContext): string =>
  oktaSearch(made.sent.userName === undefined ? context.groups : context.users, byName(made))

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
  const filler = { groups: [], password: 'Filler-8Qz!3mTrw', active: true }
  return { schemas: [userUrn], ...known(context.users, mapped), ...filler }
}

/** An ID in the form of those of Okta's users: 20 characters. */
const oktaId = (context: CheckContext): string => {
  const mark = context.unique().replace(/[^A-Za-z\d]/g, '')
  return `00u${mark.slice(-17).padStart(17, '0')}`
}

export const setActive = (active: boolean): JsonObject => ({ op: 'replace', value: { active } })

export const memberOf = (user: CreatedResource): JsonObject => ({ value: user.id, display: sentName(user) })

export const addMember = (user: CreatedResource): JsonObject => add('members', [memberOf(user)])

export const removeMember = ({ id }: CreatedResource): JsonObject => remove(`members[value eq "${id}"]`)

/** Without a path: the value repeats the ID of the group. */
export const renameGroup = ({ id }: Pick<CreatedResource, 'id'>, displayName: string): JsonObject => ({
  op: 'replace',
  value: { id, displayName },
})
