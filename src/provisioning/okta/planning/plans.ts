import { isObject, type Json, type JsonObject } from '../../../scim/json.ts'
import { optionalValues, attributeText as text } from '../../kit/directory/source-directory.ts'
import type { Plan } from '../../kit/run.ts'
import {
  create,
  failureIn,
  isNotFound,
  type Read,
  read,
  readResource,
  remove,
  replace,
  unusable,
} from '../../kit/scim-request.ts'
import type { OktaUser } from '../directory.ts'
import { type App, addressOf, addressParts, isWhole, optionalAttributes } from '../settings.ts'
import {
  changeMembers,
  type Failure,
  groupBody,
  lookUpGroup,
  lookUpUser,
  type Member,
  type MemberChange,
  readLookUp,
  renameGroup,
  replaceMembers,
  type Step,
  setActive,
} from './requests.ts'

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

type Linked = { readonly target: string; readonly effect: 'created' | 'linked' }

/** With imports of groups, `imported` has the ID by name, and nothing is searched. */
export function* linkGroup(
  name: string,
  { groupImport }: App,
  imported: ReadonlyMap<string, string>,
): Plan<Read<Linked, Step>> {
  const known = groupImport ? imported.get(name) : undefined
  if (known !== undefined) return { found: { target: known, effect: 'linked' } }
  if (!groupImport) {
    const lookUp = readLookUp(yield lookUpGroup(name), 'group look-up')
    if (lookUp.failure) return { failure: lookUp.failure }
    if (lookUp.found) return { found: { target: lookUp.found.id, effect: 'linked' } }
  }
  const { found, failure } = readResource(
    yield create('Groups', groupBody(name)),
    'group create',
    'Create new group returned empty group.',
  )
  return failure ? { failure } : { found: { target: found.id, effect: 'created' } }
}

export type Members = ReadonlyMap<string, Member>

export type GroupPush = {
  readonly name: string
  readonly target: string
  readonly pushed: Members
  readonly wanted: Members
  /** Members whose users are inactive: a push of changes leaves them as they are. */
  readonly inactive: Members
  readonly isRenamed: boolean
  readonly mode: 'changes' | 'now'
}

export type PushOutcome = {
  readonly members: Members
  readonly added: number
  readonly removed: number
  readonly failure?: Failure
}

export function pushMembers(push: GroupPush, app: App): Plan<PushOutcome> {
  if (app.family === 'wizard') return putGroup(push)
  return push.mode === 'now' && app.pushNow === 'replace' ? pushAll(push) : pushChanges(push, app)
}

type Change = MemberChange & { readonly user: string }

const isSame = (one: Member | undefined, other: Member | undefined) => one?.value === other?.value

function changesOf({ pushed, wanted, inactive, mode }: GroupPush): readonly Change[] {
  const isKept = (user: string, member: Member) =>
    isSame(wanted.get(user), member) || isSame(inactive.get(user), member)
  return [
    ...[...pushed]
      .filter(([user, member]) => !isKept(user, member))
      .map(([user, { value }]) => ({ op: 'remove' as const, user, value })),
    ...[...wanted]
      .filter(([user, member]) => mode === 'now' || !isSame(pushed.get(user), member))
      .map(([user, member]) => ({ op: 'add' as const, user, member })),
  ]
}

function* pushChanges(push: GroupPush, { batch }: App): Plan<PushOutcome> {
  const { name, target, pushed, isRenamed, mode } = push
  const changes = changesOf(push)
  const members = new Map(pushed)
  let added = 0
  let removed = 0
  const size = Math.min(batch, Math.max(1, changes.length))
  for (let at = 0; at < changes.length; at += size) {
    const some = changes.slice(at, at + size)
    const failure = failureIn(yield changeMembers(target, some), 'group update')
    if (failure) return { members, added, removed, failure }
    for (const change of some) {
      if (change.op === 'remove') {
        members.delete(change.user)
        removed++
      } else {
        if (!isSame(pushed.get(change.user), change.member)) added++
        members.set(change.user, change.member)
      }
    }
  }
  // Okta sends the name with each change of members (its SCIM 2.0 reference).
  const failure =
    changes.length > 0 || isRenamed || mode === 'now'
      ? failureIn(yield renameGroup(target, name), 'group update')
      : undefined
  return { members, added, removed, ...(failure && { failure }) }
}

function* pushAll({ name, target, pushed, wanted }: GroupPush): Plan<PushOutcome> {
  const failure =
    failureIn(yield replaceMembers(target, [...wanted.values()]), 'group update') ??
    failureIn(yield renameGroup(target, name), 'group update')
  return replacedBy(pushed, wanted, failure)
}

function* putGroup({ name, target, pushed, wanted, inactive }: GroupPush): Plan<PushOutcome> {
  const kept = [...inactive].filter(([user, member]) => isSame(pushed.get(user), member))
  const all: Members = new Map([...kept, ...wanted])
  const current = readResource(yield read('Groups', target), 'group read', 'The response has no group.')
  if (current.failure) return replacedBy(pushed, all, current.failure)
  const body = { ...current.found, displayName: name, members: [...all.values()] }
  const failure = failureIn(yield replace('Groups', target, body), 'group update')
  return replacedBy(pushed, all, failure)
}

function replacedBy(pushed: Members, members: Members, failure: Failure | undefined): PushOutcome {
  if (failure) return { members: pushed, added: 0, removed: 0, failure }
  const without = (some: Members, others: Members) =>
    [...some].filter(([user, member]) => !isSame(others.get(user), member)).length
  return { members, added: without(members, pushed), removed: without(pushed, members) }
}

/** Deletes a group that is no longer pushed. One that is gone already counts as deleted. */
export function* deleteGroup(target: string): Plan<Failure | undefined> {
  const response = yield remove('Groups', target)
  return isNotFound(response) ? undefined : failureIn(response, 'group delete')
}

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

function profileError(user: OktaUser, { attributes }: App): string | undefined {
  if (!attributes.includes('addresses')) return undefined
  const parts = addressOf(user)
  if (Object.keys(parts).length === 0 || isWhole(parts)) return undefined
  const missing = addressParts.filter(([part]) => !Object.hasOwn(parts, part)).map(([, name]) => name)
  return `The address is incomplete: ${missing.join(', ')} missing. Okta sends an address only as a whole.`
}

/** The profile of a user in the app, in the order of Okta's SCIM 2.0 reference. Where other attributes stand is not known. */
function appProfile(user: OktaUser, { attributes }: App): JsonObject {
  const { login, displayName, oktaId } = user
  const name = namesOf(user)
  const values = optionalValues(attributes, optionalAttributes, user)
  const isExtended = Object.keys(values.enterprise).length > 0
  return {
    schemas: isExtended ? [core, enterprise] : [core],
    userName: login,
    ...(Object.keys(name).length > 0 && { name }),
    emails: [{ primary: true, value: text('mail')(user) ?? login, type: 'work' }],
    displayName,
    locale: text('locale')(user) ?? 'en-US',
    ...values.core,
    ...(isExtended && { [enterprise]: values.enterprise }),
    externalId: oktaId,
    groups: [],
  }
}

function namesOf(user: OktaUser): JsonObject {
  const givenName = text('givenName')(user)
  const familyName = text('surname')(user)
  return { ...(givenName !== undefined && { givenName }), ...(familyName !== undefined && { familyName }) }
}

/** The body of a new user. `password`: a filler, which Okta sends even if passwords are not synchronized. */
const newUser = (user: OktaUser, app: App, password: string | undefined): JsonObject => ({
  ...appProfile(user, app),
  ...(password !== undefined && { password }),
  active: true,
})

/**
 * The resource as the server returned it, with the values of the app's profile: attributes keep their places, and what
 * Okta doesn't know stays, so that `name.formatted` may be out of date. `groups` are the server's, unless it returned none.
 */
function updatedUser(current: JsonObject, user: OktaUser, app: App): JsonObject {
  const { schemas, groups, ...profile } = appProfile(user, app)
  const merged = Object.entries(profile).map(([name, value]) => [name, mergeValue(current[name], value)])
  return {
    ...current,
    schemas: mergeSchemas(current.schemas, schemas),
    ...Object.fromEntries(merged),
    groups: current.groups ?? groups ?? [],
    active: true,
  }
}

const mergeSchemas = (current: Json | undefined, sent: Json | undefined): Json =>
  [...new Set([...listOf(current), ...listOf(sent)])] as readonly Json[]

const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : [])

function mergeValue(current: Json | undefined, value: Json): Json {
  if (isObject(value)) return isObject(current) ? { ...current, ...value } : value
  if (!Array.isArray(value) || !Array.isArray(current)) return value
  // Each list of the profile has one value of the type `work`.
  const [sent] = value.filter(isObject)
  const elements = current.filter(isObject)
  const at = Math.max(
    0,
    elements.findIndex(({ type }) => type === 'work'),
  )
  return elements.length === 0 ? value : elements.with(at, { ...elements[at], ...sent })
}

export const comparedUser = (user: OktaUser, app: App): JsonObject => appProfile(user, app)
