import { failureIn, readResource, unusable } from '../../kit/failure.ts'
import type { Plan } from '../../kit/plan.ts'
import { create, read, replace } from '../../kit/scim-request.ts'
import type { App } from '../app.ts'
import type { OktaUser } from '../directory/okta-directory.ts'
import { newUser, profileError, updatedUser } from './app-profile.ts'
import { lookUpUser, setActive } from './requests.ts'
import { readLookUp } from './responses.ts'
import type { Failure } from './task.ts'

export type UserEffect = 'created' | 'linked' | 'updated' | 'reactivated' | 'deactivated'

export type UserOutcome =
  | { readonly effect: UserEffect; readonly target: string; readonly failure?: never }
  | { readonly failure: Failure }

export type UserPlanContext = {
  readonly app: App
  readonly newPassword: () => string
}

/**
 * Provisions a user without a link, or one who was deactivated: searches by user name, then links and updates the match, or
 * creates the user. If several match, the first counts; what Okta does is not documented.
 */
export function* assignUser(
  user: OktaUser,
  { app, newPassword }: UserPlanContext,
  { isBack }: { readonly isBack: boolean },
): Plan<UserOutcome> {
  const text = profileError(user, app)
  if (text !== undefined) return unusable('profile', text)
  const lookUp = readLookUp(yield lookUpUser(user.login), 'user look-up')
  if (lookUp.failure) return { failure: lookUp.failure }
  if (lookUp.found) return yield* linkUser(user, lookUp.found.id, app, isBack)
  const password = app.password ? newPassword() : undefined
  const created = readResource(
    yield create('Users', newUser(user, app, password)),
    'user create',
    'Create new user returned empty user.',
  )
  return created.failure ? created : { effect: 'created', target: created.found.id }
}

function* linkUser(user: OktaUser, target: string, app: App, isBack: boolean): Plan<UserOutcome> {
  if (isBack && app.family === 'catalog') {
    const failure = failureIn(yield setActive(target, true), 'user activate')
    if (failure) return { failure }
  }
  const outcome = yield* updateUser(user, target, app)
  return outcome.failure ? outcome : { effect: isBack ? 'reactivated' : 'linked', target }
}

export function* updateUser(user: OktaUser, target: string, app: App): Plan<UserOutcome> {
  const text = profileError(user, app)
  if (text !== undefined) return unusable('profile', text)
  const current = readResource(yield read('Users', target), 'user read', 'The response has no user.')
  if (current.failure) return { failure: current.failure }
  const failure = failureIn(
    yield replace('Users', target, updatedUser(current.found, user, app)),
    'user update',
  )
  return failure ? { failure } : { effect: 'updated', target }
}

/** Sets `active` to false: Okta never deletes a user. */
export function* deactivateUser(target: string, { family }: App): Plan<UserOutcome> {
  if (family === 'catalog') {
    const failure = failureIn(yield setActive(target, false), 'user deactivate')
    return failure ? { failure } : { effect: 'deactivated', target }
  }
  const current = readResource(yield read('Users', target), 'user deactivate', 'The response has no user.')
  if (current.failure) return { failure: current.failure }
  const failure = failureIn(
    yield replace('Users', target, { ...current.found, active: false }),
    'user deactivate',
  )
  return failure ? { failure } : { effect: 'deactivated', target }
}
