import { equals, printFilter } from '../../../scim/filter/syntax.ts'
import { isObject, type JsonObject } from '../../../scim/json.ts'
import {
  type Cause,
  causeIn,
  type Failure as FailureAt,
  failureIn,
  isNotFound,
  isResource,
  readResource,
} from '../../kit/failure.ts'
import type { Plan } from '../../kit/plan.ts'
import { create, encodeQuery, patch, remove, replace } from '../../kit/scim-request.ts'
import type { TargetRequest, TargetResponse } from '../../kit/target.ts'
import type { App } from '../app.ts'
import { changesOf, replacedUser } from './user-body.ts'

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
