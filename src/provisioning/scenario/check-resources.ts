import { isObject, isUnassigned, type Json, type JsonObject } from '../../scim/json.ts'
import type { JobConfig, JobState } from '../entra/job/job-state.ts'
import { evaluateScope, isGroup, isPurged, type Scope, scopedUserContext } from '../entra/mapping/scope.ts'
import { groupExpressionContext } from '../entra/mapping/values.ts'
import { changesBetween, desiredValues } from '../entra/planning/changes.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from '../kit/directory/source-directory.ts'
import type { Target } from '../kit/target.ts'
import { type FoundResource, findMembers, findResource, type KnownIds, type ListMembers } from './lookup.ts'
import type { Expectation, ExpectedResource } from './scenario.ts'

export type ExpectationResult = {
  readonly claim: string
  readonly outcome: 'met' | 'notMet' | 'notChecked'
  readonly reason?: string
}

export const expectationResult = (claim: string, reason: string | undefined): ExpectationResult =>
  reason === undefined ? { claim, outcome: 'met' } : { claim, outcome: 'notMet', reason }

/** Lists must contain each expected element; null means no value. Undefined without a mismatch. */
export function findMissing(expected: Json, found: Json | undefined, place = ''): string | undefined {
  if (isUnassigned(expected) || expected === '')
    return isUnassigned(found) || found === '' ? undefined : mismatchMessage(place, 'no value', found)
  if (Array.isArray(expected)) {
    if (!Array.isArray(found)) return mismatchMessage(place, JSON.stringify(expected), found)
    const missing = expected.find(each => !found.some(one => findMissing(each, one) === undefined))
    return missing === undefined
      ? undefined
      : mismatchMessage(place, `an element like ${JSON.stringify(missing)}`, found)
  }
  if (isObject(expected)) {
    if (!isObject(found)) return mismatchMessage(place, JSON.stringify(expected), found)
    for (const [name, value] of Object.entries(expected)) {
      const mismatch = findMissing(
        value,
        memberIgnoringCase(found, name),
        place === '' ? name : `${place}.${name}`,
      )
      if (mismatch !== undefined) return mismatch
    }
    return undefined
  }
  return expected === found ? undefined : mismatchMessage(place, JSON.stringify(expected), found)
}

/** Attribute names are case-insensitive (RFC 7643 §2.1). */
const memberIgnoringCase = (object: { readonly [name: string]: Json }, name: string) =>
  Object.entries(object).find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1]

const mismatchMessage = (place: string, expected: string, found: Json | undefined) =>
  `${place === '' ? '' : `${place}: `}expected ${expected}, found ${found === undefined ? 'no value' : JSON.stringify(found)}`

type ObservedTarget = {
  readonly target: Target
  readonly ids: KnownIds
  readonly candidates: readonly string[]
  readonly listMembers: ListMembers | undefined
}

export async function checkResources(
  observed: ObservedTarget,
  { users, groups }: Expectation,
): Promise<readonly ExpectationResult[]> {
  const checks: ExpectationResult[] = []
  for (const user of users) checks.push(await checkResource(observed, 'Users', user))
  for (const group of groups) {
    checks.push(await checkResource(observed, 'Groups', group))
    if (group.members) checks.push(await checkMembers(observed, group.name, group.members))
  }
  return checks
}

async function checkResource(
  { target, ids }: ObservedTarget,
  endpoint: 'Users' | 'Groups',
  { name, attributes }: ExpectedResource,
): Promise<ExpectationResult> {
  const found = await findResource(target, endpoint, name)
  if (attributes === 'absent') {
    return expectationResult(`${name} is not in the target`, found && `it exists with the id ${found.id}`)
  }
  const claim = `${name} is in the target${formatAttributes(attributes)}`
  return expectationResult(
    claim,
    found ? findMissing(ids.resolveJson(attributes), found) : 'it does not exist',
  )
}

function formatAttributes(attributes: object): string {
  const text = Object.entries(attributes).map(([name, value]) => {
    if (name === 'active') return value === true ? 'active' : 'disabled'
    return `${name.split(':').at(-1)} ${typeof value === 'string' ? value : JSON.stringify(value)}`
  })
  return text.length > 0 ? `: ${text.join(', ')}` : ''
}

async function checkMembers(
  observed: ObservedTarget,
  name: string,
  expected: readonly string[],
): Promise<ExpectationResult> {
  const claim = `the members of ${name} are ${expected.length > 0 ? expected.join(', ') : 'none'}`
  const group = await findResource(observed.target, 'Groups', name)
  if (!group) return expectationResult(claim, 'the group is not in the target')
  const found = await findMembers(observed.target, group, observed.candidates, observed.listMembers)
  if (!found) {
    return {
      claim,
      outcome: 'notChecked',
      reason: 'the target returns no members; use --console if it is a Scimulator server',
    }
  }
  const wanted: string[] = []
  for (const each of expected) {
    const member = await memberNamed(observed.target, each)
    if (!member) return expectationResult(claim, `${each} is not in the target`)
    wanted.push(member.id)
  }
  const missing = wanted.filter(id => !found.includes(id))
  const extra = found.filter(id => !wanted.includes(id))
  const reasons = [
    ...(missing.length > 0 ? [`missing: ${missing.map(id => observed.ids.withNames(id)).join(', ')}`] : []),
    ...(extra.length > 0 ? [`unexpected: ${extra.map(id => observed.ids.withNames(id)).join(', ')}`] : []),
  ]
  return expectationResult(claim, reasons.length > 0 ? reasons.join('; ') : undefined)
}

const memberNamed = async (target: Target, name: string): Promise<FoundResource | undefined> =>
  (await findResource(target, 'Users', name)) ?? (await findResource(target, 'Groups', name))

type CheckOptions = {
  readonly observed: ObservedTarget
  readonly directory: SourceDirectory
  readonly config: JobConfig
  readonly state: JobState
  readonly now: number
}

type Comparison = CheckOptions & {
  readonly objects: ReadonlyMap<string, SourceUser | SourceGroup>
  readonly scope: Scope
}

/**
 * Whether the target matches the directory: attributes, manager and members of each object in scope; objects that left
 * the scope are disabled or deleted.
 */
export async function checkDirectory(options: CheckOptions): Promise<ExpectationResult> {
  const { directory, config, state, now } = options
  const all = [...directory.users, ...directory.groups].filter(object => !isPurged(object, now))
  const objects = new Map(all.map(object => [object.objectId, object]))
  const comparison: Comparison = {
    ...options,
    objects,
    scope: evaluateScope(directory, config.mapping, config.scope),
  }
  const mismatches: string[] = []
  for (const object of all) {
    const mismatch = await mismatchOf(comparison, object)
    const { userPrincipalName, displayName } = object.attributes
    if (mismatch !== undefined) mismatches.push(`${String(userPrincipalName ?? displayName)} ${mismatch}`)
  }
  for (const [objectId, { target, name, kind, managed }] of state.objects) {
    if (objects.has(objectId) || !managed || target === undefined) continue
    if (await readTargetResource(comparison, kind, target)) mismatches.push(`${name} still exists`)
  }
  return expectationResult(
    'the target matches the directory',
    mismatches.length > 0 ? mismatches.join('; ') : undefined,
  )
}

async function mismatchOf(
  comparison: Comparison,
  object: SourceUser | SourceGroup,
): Promise<string | undefined> {
  const { config, state, scope } = comparison
  const kind = isGroup(object) ? 'group' : 'user'
  const target = state.objects.get(object.objectId)?.target
  const isIn = isExpected(comparison, object)
  const context = isGroup(object)
    ? groupExpressionContext(object)
    : scopedUserContext(object, isIn, scope.rolesOf(object.objectId))
  const found = target === undefined ? undefined : await readTargetResource(comparison, kind, target)
  // A user never active in scope is not created; groups that leave the scope are deleted.
  if (!isIn || (kind === 'user' && context.isSoftDeleted)) return found && remainsMessage(kind, found)
  if (target === undefined || !found) return 'does not exist'
  const desired = desiredValues(config.mapping[`${kind}s`], context, objectId => linkOf(comparison, objectId))
  const clearManager = !isGroup(object) && object.manager === undefined
  const [change] = changesBetween(desired, found, { clearManager })
  if (change) return `differs in ${change.target.text}`
  return isGroup(object) ? membersMismatch(comparison, object, target) : undefined
}

const isExpected = ({ scope }: Comparison, object: SourceUser | SourceGroup) =>
  object.deletedAt === undefined && scope.has(object)

function linkOf(comparison: Comparison, objectId: string): string | undefined {
  const object = comparison.objects.get(objectId)
  return object && isExpected(comparison, object) ? comparison.state.objects.get(objectId)?.target : undefined
}

const remainsMessage = (kind: 'user' | 'group', found: JsonObject) => {
  if (kind === 'group') return 'still exists'
  return found.active === false ? undefined : 'is not disabled'
}

async function readTargetResource(
  { observed }: Comparison,
  kind: 'user' | 'group',
  id: string,
): Promise<JsonObject | undefined> {
  const path = `/${kind === 'user' ? 'Users' : 'Groups'}/${encodeURIComponent(id)}`
  const response = await observed.target({ method: 'GET', path })
  return response.kind === 'response' && response.status === 200 && isObject(response.body)
    ? response.body
    : undefined
}

async function membersMismatch(
  comparison: Comparison,
  { members }: SourceGroup,
  id: string,
): Promise<string | undefined> {
  const { observed, state } = comparison
  const shown = await findMembers(observed.target, { id }, observed.candidates, observed.listMembers)
  if (!shown) return undefined
  const found = new Set(shown)
  const missing = members.map(objectId => linkOf(comparison, objectId)).find(link => link && !found.has(link))
  if (missing) return `lacks the member ${observed.ids.withNames(missing)}`
  // Members that left the scope but not the group stay in it, disabled.
  const listed = new Set(members.map(objectId => state.objects.get(objectId)?.target))
  const extra = shown.find(each => !listed.has(each))
  return extra === undefined ? undefined : `has the member ${observed.ids.withNames(extra)}`
}
