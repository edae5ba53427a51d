import type { Check, Lacking, Need, ScimResponse, ServiceInfo, Suite, SupportedType } from '../check.ts'
import { errorDetail, isSuccess } from '../expect.ts'
import { compact, enterpriseUrn, groupUrn, isObject, type Json, userUrn } from '../scim.ts'
import type { Outcome } from './result.ts'

/**
 * Converts IDs that are numbers to strings, as they appear in URLs, and totals that are strings to numbers. Only the checks that
 * report this get them unchanged (RFC 7643 §3.1, RFC 7644 §3.4.2).
 */
export function withTypes(response: ScimResponse, check: Pick<Check, 'unconverted' | 'suite'> | undefined) {
  const { body, text } = response
  if (body === undefined) return response
  const hasIds = check?.unconverted !== 'ids' && /"(id|value)"\s*:\s*\d/i.test(text)
  const typed = hasIds ? read(body) : body
  // No check of aws reports it.
  const hasTotal = check?.unconverted !== 'totals' && check?.suite !== 'aws' && isObject(typed)
  return hasTotal && typeof typed.totalResults === 'string' && /^\d+$/.test(typed.totalResults)
    ? { ...response, body: { ...typed, totalResults: Number(typed.totalResults) } }
    : { ...response, body: typed }
}

function read(value: Json): Json {
  if (Array.isArray(value)) return value.map(read)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, readAt(name.toLowerCase(), one)] as const),
  )
}

function readAt(name: string, value: Json): Json {
  if (name === 'id' && typeof value === 'number') return String(value)
  return name === 'members' || name === 'groups' ? withTextValues(value) : read(value)
}

const withTextValues = (members: Json): Json =>
  Array.isArray(members)
    ? members.map(one =>
        isObject(one) && typeof one.value === 'number' ? { ...one, value: String(one.value) } : one,
      )
    : members

export type Rejection = {
  readonly reason: string
  /** `unasked`: no request was sent, or the token lacks the permission; not a fault of the server. */
  readonly why: 'refused' | 'without-id' | 'unasked'
  readonly lacks?: Lacking
  readonly type?: SupportedType
  readonly exchange?: number
}

/** Why a check can't run; `follows`: the check that reports the reason, if it is a fault of the server. */
export type Unmet = { readonly reason: string } & Pick<Outcome, 'follows' | 'exchange' | 'lacks'>

export function rejectionFrom(type: SupportedType, response: ScimResponse): Rejection {
  const { status, exchange } = response
  const { endpoint } = type
  if (status === 403) {
    const reason = `The token lacks the permission to create at ${endpoint}: the server returned 403.`
    return { reason, why: 'unasked', lacks: 'permission', type, exchange }
  }
  const reason = `No resource could be created: POST ${endpoint} returned ${status}${describeResponse(response)}.`
  return { reason, why: isSuccess(response) ? 'without-id' : 'refused', type, exchange }
}

export const describeResponse = (response: ScimResponse): string =>
  isSuccess(response) ? ' and no id' : errorDetail(response)

type Creators = { readonly users: string; readonly groups: string; readonly others?: string }

/** The check of a suite that fails if no resource of a type can be created. */
export const creators: Readonly<Record<Suite, Creators>> = {
  rfc: {
    users: 'rfc/create/accepted-user',
    groups: 'rfc/create/accepted-group',
    others: 'rfc/create/own-types',
  },
  entra: { users: 'entra/create/documented-body', groups: 'entra/groups/documented-body' },
  aws: { users: 'aws/users/created-with-201', groups: 'aws/groups/empty-members' },
  okta: { users: 'okta/create/documented-body', groups: 'okta/groups/created-empty' },
  interop: { users: 'interop/schemas/create-user', groups: 'interop/schemas/create-group' },
  ipsie: { users: 'ipsie/users/create', groups: 'ipsie/groups/create' },
}

const creationCheckIds: ReadonlySet<string> = new Set(Object.values(creators).flatMap(Object.values<string>))

const creatorOf = (suite: Suite, type: SupportedType): string | undefined =>
  creators[suite][isUsers(type) ? 'users' : isGroups(type) ? 'groups' : 'others']

/**
 * Why a check can't create resources of a type. A server that accepts no resource also rejects invalid ones, and fails
 * checks that need a resource: neither result proves anything.
 */
export function rejectionFor(
  refused: Rejection | undefined,
  check: Pick<Check, 'id' | 'suite'> | undefined,
): Unmet | undefined {
  const isReported = refused?.why !== 'unasked' && check !== undefined && creationCheckIds.has(check.id)
  if (refused === undefined || isReported) return undefined
  const { reason, why, lacks, type, exchange } = refused
  const follows = why === 'unasked' || !check || !type ? undefined : creatorOf(check.suite, type)
  return { reason, ...compact({ follows, lacks, exchange }) }
}

/** These check the result of a creation; others only need a resource to work on. */
export const isAboutCreating = (check: Pick<Check, 'id' | 'creates'> | undefined): boolean =>
  check !== undefined && (check.creates === true || creationCheckIds.has(check.id))

const is = (urn: string, endpoint: string) => (type: SupportedType) =>
  type.schema.toLowerCase() === urn.toLowerCase() || type.endpoint.toLowerCase() === endpoint

export const isUsers = is(userUrn, '/users')
export const isGroups = is(groupUrn, '/groups')

type ServerCapabilities = {
  readonly service: ServiceInfo
  readonly types: readonly SupportedType[]
  readonly readOnly: boolean
  readonly load: boolean
  /** Why no resource can be created, by the name of the type. */
  readonly refused: ReadonlyMap<string, Rejection>
}

/** Why a check doesn't apply, in a sentence; undefined if it does. */
export function missingNeed(
  check: Pick<Check, 'id' | 'suite' | 'needs'>,
  circumstances: ServerCapabilities,
): Unmet | undefined {
  const { suite, needs = [] } = check
  // Entra ID and Okta send PATCH regardless of ServiceProviderConfig, and both drafts require it: a server without PATCH fails.
  const asked = suite === 'rfc' || suite === 'aws' ? needs : needs.filter(need => need !== 'patch')
  return asked.map(need => lacksNeed(need, check, circumstances)).find(lacking => lacking !== undefined)
}

/** The type that a check writes to; users by default, since permissions are mostly the same for all. */
function rejectedToo(
  { id, suite, needs = [] }: Pick<Check, 'id' | 'suite' | 'needs'>,
  { types, refused }: ServerCapabilities,
) {
  const meant = types.find(needs.includes('groups') ? isGroups : isUsers)
  const found = meant && refused.get(meant.name)
  const isMeant = found?.why === 'unasked' || needs.includes('users') || needs.includes('groups')
  return isMeant ? rejectionFor(found, { id, suite }) : undefined
}

function lacksNeed(
  need: Need,
  check: Pick<Check, 'id' | 'suite' | 'needs'>,
  circumstances: ServerCapabilities,
): Unmet | undefined {
  const { offers } = circumstances.service
  const { types, readOnly, load } = circumstances
  const users = types.find(isUsers)
  const groups = types.find(isGroups)
  switch (need) {
    case 'write':
      return readOnly
        ? { reason: 'The check writes, which --read-only excludes.' }
        : rejectedToo(check, circumstances)
    case 'users':
      return users ? undefined : { reason: 'The server has no users.' }
    case 'groups':
      return groups ? undefined : { reason: 'The server has no groups.', lacks: 'groups' }
    case 'enterprise':
      return users?.extensions.some(({ schema }) => schema.toLowerCase() === enterpriseUrn.toLowerCase())
        ? undefined
        : { reason: 'Users don’t have the enterprise extension.' }
    case 'search':
      return undefined
    case 'load':
      return load
        ? undefined
        : { reason: 'The check sends many requests, which only --load allows.', lacks: 'option' }
    default: {
      const [feature, name] = advertised[need]
      return offers[feature] ? undefined : { reason: `The server doesn’t advertise ${name}.` }
    }
  }
}

type Advertised = Exclude<Need, 'write' | 'users' | 'groups' | 'enterprise' | 'search' | 'load'>

const advertised: Readonly<Record<Advertised, readonly [keyof ServiceInfo['offers'], name: string]>> = {
  patch: ['patch', 'PATCH'],
  filter: ['filter', 'filters'],
  sort: ['sort', 'sorting'],
  etag: ['etag', 'ETags'],
  bulk: ['bulk', 'bulk requests'],
  'change-password': ['changePassword', 'changing passwords'],
  'index-paging': ['indexPaging', 'paging by index'],
  'cursor-paging': ['cursorPaging', 'paging by cursor'],
}
