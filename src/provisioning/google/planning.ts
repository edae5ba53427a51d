import { equals, printFilter } from '../../scim/filter/syntax.ts'
import { isObject, type Json, type JsonObject, jsonEquals } from '../../scim/json.ts'
import { optionalValues, attributeText as text } from '../kit/directory/source-directory.ts'
import type { Plan } from '../kit/run.ts'
import {
  type Cause,
  causeIn,
  create,
  encodeQuery,
  type Failure as FailureAt,
  failureIn,
  isNotFound,
  isResource,
  patch,
  readResource,
  remove,
  replace,
} from '../kit/scim-request.ts'
import type { TargetRequest, TargetResponse } from '../kit/target.ts'
import type { GoogleUser } from './directory/google-directory.ts'
import { type App, optionalAttributes } from './settings.ts'

export const steps = ['mapping', 'look-up', 'create', 'update', 'delete'] as const
export type Step = (typeof steps)[number]

export type Failure = FailureAt<Step>
export type Planned<Done> = (Done & { readonly failure?: never }) | { readonly failure: Failure }

/** The request that starts provisioning, without parameters (grokability/snipe-it#12642). */
const listUsers: TargetRequest = { method: 'GET', path: '/Users' }

/** The search before a create. Not in a capture: AWS's guide says that an existing user is overwritten. */
const lookUp = (userName: string): TargetRequest => ({
  method: 'GET',
  path: `/Users?filter=${encodeQuery(printFilter(equals('userName', userName)))}`,
})

/** Starts provisioning: reads users, whose number is undefined if the response is no SCIM list. */
export function* activate(): Plan<{ readonly users: number | undefined } | { readonly cause: Cause }> {
  const response = yield listUsers
  const cause = causeIn(response)
  if (cause) return { cause }
  const total = listIn(response)?.totalResults
  return { users: typeof total === 'number' ? total : undefined }
}

export function* assignUser(
  body: JsonObject,
  app: App,
): Plan<Planned<{ readonly effect: 'created' | 'linked'; readonly target: string }>> {
  const found = yield lookUp(String(body.userName))
  const refusal = failureIn(found, 'look-up')
  if (refusal && !isNotFound(found)) return { failure: refusal }
  const { Resources: resources } = listIn(found) ?? {}
  const match = Array.isArray(resources) ? resources.find(isResource) : undefined
  if (match) {
    const failure = yield* updateUser(body, undefined, match.id, app)
    return failure ? { failure } : { effect: 'linked', target: match.id }
  }
  const created = readResource(yield create('Users', body), 'create', 'The response to the create has no id.')
  return created.failure ? created : { effect: 'created', target: created.found.id }
}

/** Changes a user, also to `active: false`. `sent`: what was sent last, if that is known. */
export function* updateUser(
  body: JsonObject,
  sent: JsonObject | undefined,
  target: string,
  app: App,
): Plan<Failure | undefined> {
  const request =
    app.update === 'put'
      ? replace('Users', target, replacedUser(body, target))
      : patch('Users', target, changesOf(body, sent))
  return failureIn(yield request, 'update')
}

export function* deleteUser(target: string): Plan<Failure | undefined> {
  const response = yield remove('Users', target)
  return isNotFound(response) ? undefined : failureIn(response, 'delete')
}

const listIn = (response: TargetResponse): JsonObject | undefined =>
  response.kind === 'response' && isObject(response.body) ? response.body : undefined

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
/** SCIM 1.0's, which Google sends first (grokability/snipe-it#12642). */
const core1 = 'urn:scim:schemas:core:1.0'

export type MissingValue = { readonly missing: string }

/** A user as it should be in the app, without its ID there: the order up to `active` is captured. */
export function userBody(user: GoogleUser, app: App, active: boolean): JsonObject | MissingValue {
  const givenName = text('givenName')(user)
  const familyName = text('surname')(user)
  if (givenName === undefined) return { missing: 'name.givenName' }
  if (familyName === undefined) return { missing: 'name.familyName' }
  const values = optionalValues(app.attributes, optionalAttributes, user)
  const isExtended = Object.keys(values.enterprise).length > 0
  return {
    schemas: [...(app.schemas === 'both' ? [core1] : []), core, ...(isExtended ? [enterprise] : [])],
    userName: user.primaryEmail,
    emails: [{ value: user.primaryEmail, primary: true, type: 'work' }],
    displayName: text('displayName')(user) ?? `${givenName} ${familyName}`,
    name: { givenName, familyName },
    active,
    ...values.core,
    ...(isExtended && { [enterprise]: values.enterprise }),
  }
}

export const isMissing = (body: JsonObject | MissingValue): body is MissingValue =>
  typeof body.missing === 'string'

const replacedUser = ({ schemas = [], ...rest }: JsonObject, id: string): JsonObject => ({
  schemas,
  id,
  ...rest,
})

/** The operations of a PATCH: one for each changed attribute, and all of them if it is not known what was sent last. */
function changesOf(body: JsonObject, sent: JsonObject | undefined): readonly JsonObject[] {
  const before = sent ? valuesByPath(sent) : new Map<string, Json>()
  const after = valuesByPath(body)
  return [
    ...[...after]
      .filter(([path, value]) => !jsonEquals(value, before.get(path)))
      .map(([path, value]) => ({ op: 'replace', path, value })),
    ...[...before.keys()].filter(path => !after.has(path)).map(path => ({ op: 'remove', path })),
  ]
}

function valuesByPath({ schemas: _, ...attributes }: JsonObject): ReadonlyMap<string, Json> {
  const values = new Map<string, Json>()
  for (const [name, value] of Object.entries(attributes)) {
    const separator = name === enterprise ? ':' : '.'
    if (!isObject(value)) values.set(name, value)
    else for (const [part, each] of Object.entries(value)) values.set(`${name}${separator}${part}`, each)
  }
  return values
}

/** The kinds of errors that Google's admin console lists. It shows no text of the server. */
export type ErrorCategory = 'authorization' | 'transient' | 'user'

export const categoryLabels: Readonly<Record<ErrorCategory, string>> = {
  authorization: 'authorization error',
  transient: 'transient error',
  user: 'user-level error',
}

/** Which responses Google counts as which kind is not documented. */
export function categoryOf(cause: Cause): ErrorCategory {
  if (cause.kind === 'no response') return 'transient'
  if (cause.kind === 'unusable') return 'user'
  if (cause.status === 401 || cause.status === 403) return 'authorization'
  return cause.status === 429 || cause.status >= 500 ? 'transient' : 'user'
}
