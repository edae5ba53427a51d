import type { Check, Need, ScimResponse, ServiceInfo, SupportedType } from '../check.ts'
import { formatValue } from '../expect.ts'
import { enterpriseUrn, groupUrn, isObject, type Json, userUrn } from '../scim.ts'

/** These look at the ids of what is created, as they come. */
const aboutIds = new Set(['rfc/common/id-given', 'entra/create/answers-the-id'])

export const isIdCheck = ({ id }: Pick<Check, 'id'>): boolean => aboutIds.has(id)

/**
 * Ids that are numbers, as the texts by which they stand in addresses. RFC 7643 §3.1 has them as texts, which the checks
 * about ids tell; all others go by what the server meant.
 */
export const withTextIds = (response: ScimResponse, check: Pick<Check, 'id'> | undefined): ScimResponse =>
  response.body === undefined || (check && isIdCheck(check)) || !/"(id|value)"\s*:\s*\d/i.test(response.text)
    ? response
    : { ...response, body: read(response.body) }

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

/** Why nothing of a type can be made. */
export type Rejection = {
  readonly reason: string
  /** `unasked`: it wasn't even asked, or the rights are too few; no fault of the server. */
  readonly why: 'refused' | 'without-id' | 'unasked'
}

export const rejectionFrom = ({ endpoint }: SupportedType, response: ScimResponse): Rejection =>
  response.status === 403
    ? { reason: `The token may not create at ${endpoint}: the server answered 403.`, why: 'unasked' }
    : {
        reason: `No resource could be created: POST ${endpoint} returned ${response.status}${describeResponse(response)}.`,
        why: isSuccess(response) ? 'without-id' : 'refused',
      }

export const isSuccess = ({ status }: Pick<ScimResponse, 'status'>): boolean => status >= 200 && status < 300

/** What else an answer says, in brackets. */
export function describeResponse(response: ScimResponse): string {
  if (isSuccess(response)) return ' and no id'
  const { body } = response
  return isObject(body) && typeof body.detail === 'string' ? ` (${formatValue(body.detail)})` : ''
}

/** One of each suite and type: where nothing can be made these fail, and no others. */
const creationCheckIds: ReadonlySet<string> = new Set([
  'rfc/create/answers-201-user',
  'rfc/create/answers-201-group',
  'rfc/create/own-types',
  'entra/create/documented-body',
  'entra/groups/documented-body',
  'aws/users/created-with-201',
  'aws/groups/empty-members',
])

/**
 * Why a check may not make anything of a type. A server that takes nothing at all refuses what is wrong, too, and fails
 * what needs something to work on: neither says anything of what a check is about.
 */
export const rejectionFor = (
  refused: Rejection | undefined,
  check: Pick<Check, 'id'> | undefined,
): string | undefined =>
  refused === undefined || (check !== undefined && isReportedBy(check, refused)) ? undefined : refused.reason

/** Whether it is just this that a check is about. */
function isReportedBy(check: Pick<Check, 'id'>, { why }: Rejection): boolean {
  if (why === 'unasked') return false
  return creationCheckIds.has(check.id) || (why === 'without-id' && isIdCheck(check))
}

/** All of whose ids there is a check. */
export const creationChecks: readonly string[] = [...creationCheckIds]

/** By their ids: these look at what comes of a create, others only need something to work on. */
export const isAboutCreating = (check: Pick<Check, 'id'> | undefined): boolean =>
  check !== undefined && (/\bcreate/.test(check.id) || creationCheckIds.has(check.id))

const is = (urn: string, endpoint: string) => (type: SupportedType) =>
  type.schema.toLowerCase() === urn.toLowerCase() || type.endpoint.toLowerCase() === endpoint

export const isUsers = is(userUrn, '/users')
export const isGroups = is(groupUrn, '/groups')

export type ServerCapabilities = {
  readonly service: ServiceInfo
  readonly types: readonly SupportedType[]
  readonly readOnly: boolean
  /** Why nothing can be made, by the name of the type. */
  readonly refused: ReadonlyMap<string, Rejection>
}

/** Why a check makes no sense here, in a sentence; undefined when it does. */
export function missingNeed(
  check: Pick<Check, 'id' | 'suite' | 'needs'>,
  circumstances: ServerCapabilities,
): string | undefined {
  const { suite, needs = [] } = check
  // Entra ID sends PATCH without a look at ServiceProviderConfig: for it, a server that has none fails.
  const asked = suite === 'entra' ? needs.filter(need => need !== 'patch') : needs
  return asked.map(need => lacksNeed(need, check, circumstances)).find(reason => reason !== undefined)
}

/** What a check writes to; users where it says nothing else, for rights are mostly the same for all. */
function rejectedToo(
  { id, needs = [] }: Pick<Check, 'id' | 'needs'>,
  { types, refused }: ServerCapabilities,
) {
  const meant = types.find(needs.includes('groups') ? isGroups : isUsers)
  const found = meant && refused.get(meant.name)
  const isMeant = found?.why === 'unasked' || needs.includes('users') || needs.includes('groups')
  return isMeant ? rejectionFor(found, { id }) : undefined
}

function lacksNeed(
  need: Need,
  check: Pick<Check, 'id' | 'needs'>,
  circumstances: ServerCapabilities,
): string | undefined {
  const { offers } = circumstances.service
  const { types, readOnly } = circumstances
  const users = types.find(isUsers)
  const groups = types.find(isGroups)
  const unless = (there: boolean, reason: string) => (there ? undefined : reason)
  switch (need) {
    case 'write':
      return readOnly ? 'It writes, and only reading was asked for.' : rejectedToo(check, circumstances)
    case 'users':
      return unless(users !== undefined, 'The server has no users.')
    case 'groups':
      return unless(groups !== undefined, 'The server has no groups.')
    case 'enterprise':
      return unless(
        users?.extensions.some(({ schema }) => schema.toLowerCase() === enterpriseUrn.toLowerCase()) === true,
        'Users don’t have the enterprise extension.',
      )
    case 'patch':
      return unless(offers.patch, 'The server doesn’t advertise PATCH.')
    case 'filter':
      return unless(offers.filter !== undefined, 'The server doesn’t advertise filters.')
    case 'sort':
      return unless(offers.sort, 'The server doesn’t advertise sorting.')
    case 'etag':
      return unless(offers.etag, 'The server doesn’t advertise ETags.')
    case 'bulk':
      return unless(offers.bulk !== undefined, 'The server doesn’t advertise bulk requests.')
    case 'change-password':
      return unless(offers.changePassword, 'The server doesn’t advertise changing passwords.')
    case 'index-paging':
      return unless(offers.indexPaging, 'The server doesn’t advertise paging by index.')
    case 'cursor-paging':
      return unless(offers.cursorPaging, 'The server doesn’t advertise paging by cursor.')
    case 'search':
      return undefined
  }
}
