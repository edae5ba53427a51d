import { equals, printFilter } from '../../../scim/filter/syntax.ts'
import { isObject, type JsonObject } from '../../../scim/json.ts'
import type { Plan } from '../../kit/run.ts'
import {
  type Attempt,
  causeText,
  type Endpoint,
  encodeQuery,
  type Failure as FailureAt,
  failureIn,
  isNotFound,
  isResource,
  patch,
  type Read,
  type Resource,
  unusable,
} from '../../kit/scim-request.ts'
import type { TargetRequest, TargetResponse } from '../../kit/target.ts'

const pageSize = 100

const search = (endpoint: Endpoint, attribute: string, value: string): TargetRequest => ({
  method: 'GET',
  path: `/${endpoint}?filter=${encodeQuery(printFilter(equals(attribute, value)))}&startIndex=1&count=${pageSize}`,
})

export const lookUpUser = (login: string): TargetRequest => search('Users', 'userName', login)
export const lookUpGroup = (name: string): TargetRequest => search('Groups', 'displayName', name)

const readPage = (endpoint: Endpoint, startIndex: number, count = pageSize): TargetRequest => ({
  method: 'GET',
  path: `/${endpoint}?startIndex=${startIndex}&count=${count}`,
})

export const setActive = (id: string, active: boolean): TargetRequest =>
  patch('Users', id, [{ op: 'replace', value: { active } }])

export const groupBody = (displayName: string): JsonObject => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
  members: [],
})

export const renameGroup = (id: string, displayName: string): TargetRequest =>
  patch('Groups', id, [{ op: 'replace', value: { id, displayName } }])

export type Member = {
  readonly value: string
  readonly display: string
}

export type MemberChange =
  | { readonly op: 'remove'; readonly value: string }
  | { readonly op: 'add'; readonly member: Member }

const memberPath = (id: string) =>
  printFilter({ op: '[]', attrPath: 'members', valFilter: equals('value', id) })

/** Removals first, each in an operation of its own, then one operation with all additions. */
export function changeMembers(id: string, changes: readonly MemberChange[]): TargetRequest {
  const removals = changes.flatMap(change =>
    change.op === 'remove' ? [{ op: 'remove', path: memberPath(change.value) }] : [],
  )
  const added = changes.flatMap(change => (change.op === 'add' ? [change.member] : []))
  return patch('Groups', id, [
    ...removals,
    ...(added.length > 0 ? [{ op: 'add', path: 'members', value: added }] : []),
  ])
}

export const replaceMembers = (id: string, members: readonly Member[]): TargetRequest =>
  patch('Groups', id, [{ op: 'replace', path: 'members', value: members }])

type Page = { readonly resources: readonly Resource[]; readonly totalResults: number }

const counts = ['totalResults', 'startIndex', 'itemsPerPage'] as const

/** Reads a list. A number as text is an error (Okta's SCIM 2.0 reference). */
function readList(response: TargetResponse, step: Step): Read<Page, Step> {
  const failure = failureIn(response, step)
  if (failure) return { failure }
  const body = response.kind === 'response' ? response.body : undefined
  if (!isObject(body)) return unusable(step, 'The response is not a JSON object.')
  const text = counts.find(name => body[name] !== undefined && typeof body[name] !== 'number')
  if (text) return unusable(step, `${text} of the response is not a number.`)
  const { Resources: list = [], totalResults } = body
  if (typeof totalResults !== 'number') return unusable(step, 'The response has no totalResults.')
  if (!Array.isArray(list)) return unusable(step, 'Resources of the response is not a list.')
  const resources = list.filter(isResource)
  if (resources.length < list.length) return unusable(step, 'A resource of the response has no id.')
  return { found: { resources, totalResults } }
}

/** Reads a look-up; a 404 means that there is no such object (Okta's SCIM 2.0 reference). The first match counts. */
export function readLookUp(response: TargetResponse, step: Step): Read<Resource | undefined, Step> {
  if (isNotFound(response)) return { found: undefined }
  const { found, failure } = readList(response, step)
  return failure ? { failure } : { found: found.resources[0] }
}

export type ReadAll = { readonly resources: readonly Resource[]; readonly totalResults: number }

const stepOf = (endpoint: Endpoint) => (endpoint === 'Users' ? 'user read' : 'group read')

/** What "Test API Credentials" sends (Okta's SCIM reference): the number of users differs from that of groups. */
export function* testConnection(): Plan<Read<{ readonly users: Page; readonly groups: Page }, Step>> {
  const users = readList(yield readPage('Users', 1, 2), stepOf('Users'))
  if (users.failure) return { failure: users.failure }
  const groups = readList(yield readPage('Groups', 1), stepOf('Groups'))
  if (groups.failure) return { failure: groups.failure }
  return { found: { users: users.found, groups: groups.found } }
}

/** A page without a new resource fails: a server that ignores `startIndex` would be read without end. */
export function* readAll(endpoint: Endpoint): Plan<Read<ReadAll, Step>> {
  const resources: Resource[] = []
  const seen = new Set<string>()
  for (let startIndex = 1; ; startIndex += pageSize) {
    const { found, failure } = readList(yield readPage(endpoint, startIndex), stepOf(endpoint))
    if (failure) return { failure }
    if (found.resources.length > 0 && found.resources.every(({ id }) => seen.has(id)))
      return unusable(stepOf(endpoint), 'A page repeats earlier ones: the server ignores startIndex.')
    for (const resource of found.resources) {
      resources.push(resource)
      seen.add(resource.id)
    }
    const isLast = startIndex + pageSize > found.totalResults || found.resources.length === 0
    if (isLast) return { found: { resources, totalResults: found.totalResults } }
  }
}

export const steps = [
  'profile',
  'user look-up',
  'user create',
  'user read',
  'user update',
  'user activate',
  'user deactivate',
  'group look-up',
  'group create',
  'group read',
  'group update',
  'group delete',
] as const
export type Step = (typeof steps)[number]

export type Failure = FailureAt<Step>

export type Task = Attempt<Step>

const verbs: Readonly<Record<Step, (name: string) => string>> = {
  profile: name => `Error while preparing the profile of ${name}`,
  'user look-up': name => `Error while verifying if user ${name} exists`,
  'user create': name => `Error while creating user ${name}`,
  'user read': name => `Error while trying to read user ${name}`,
  'user update': name => `Error while trying to push profile update for ${name}`,
  'user activate': name => `Error while reactivating user ${name}`,
  'user deactivate': name => `Error while deactivating user ${name}`,
  'group look-up': name => `Error while verifying if group ${name} exists`,
  'group create': name => `Error while creating user group ${name}`,
  'group read': name => `Error while trying to read user group ${name}`,
  'group update': name => `Error while updating user group ${name}`,
  'group delete': name => `Error while deleting user group ${name}`,
}

const beginningOf = (step: Step, name: string, app: string): string => {
  if (step.startsWith('group'))
    return `Unable to update Group Push mapping target App group ${name} in app ${app}`
  if (step === 'user update' || step === 'user read')
    return `Automatic profile push of user ${name} to app ${app} failed`
  if (step === 'user deactivate') return `Automatic deprovisioning of user ${name} from app ${app} failed`
  return `Automatic provisioning of user ${name} to app ${app} failed`
}

/** Sentences about look-ups and creates are Okta's (its help center); the others are formed in the same way. */
export const taskSentence = ({ step, cause }: Failure, name: string, app: string): string =>
  `${beginningOf(step, name, app)}: ${verbs[step](name)}: ${causeText(cause)}`
