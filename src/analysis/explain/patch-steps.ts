import { brokenRules } from '../../profiles/enforce.ts'
import type { Profile } from '../../profiles/profile.ts'
import { differencesBetween } from '../../scim/differences.ts'
import { ScimError } from '../../scim/error.ts'
import type { Json, JsonObject } from '../../scim/json.ts'
import { applyPatch } from '../../scim/patch/apply.ts'
import { membershipEdits } from '../../scim/patch/membership.ts'
import type { PatchOperation } from '../../scim/patch/operation.ts'
import { parsePatch } from '../../scim/patch/parse.ts'
import { checkImmutable, checkRequired } from '../../scim/read-resource.ts'
import type { Resource } from '../../scim/resource.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { sealedResource } from '../../scim/secrets.ts'
import type { MembershipEvent } from '../../store/effects.ts'
import { createEventsOf } from './member-events.ts'
import { type Effect, setsSecret } from './operation-words.ts'

/** A PATCH as it was sent, and what is known of its course. */
export type SentPatch = {
  readonly body: Json | undefined
  readonly type: ResourceType
  readonly profile: Profile
  /** The resource as it was; absent when there was none, or nobody knows any more. */
  readonly before: Resource | undefined
  /** The memberships of the resource that came and went by it, in their order. */
  readonly memberships: readonly MembershipEvent[]
  /** Whether it left another version of the resource. */
  readonly changed: boolean
  /** What the answer says of the mistake; absent when it was taken. */
  readonly refusal: string | undefined
}

/** An operation and what it did, or why it was refused. */
export type Step = { readonly sent: JsonObject; readonly effect?: Effect; readonly refusal?: string }

/** The operations one by one, up to the one that is refused. */
export function stepsOf(patch: SentPatch, sent: readonly JsonObject[], before: Resource): readonly Step[] {
  const { type, profile } = patch
  const eventsOf = createEventsOf(patch.memberships)
  // Only a version of its own tells that a secret is another one.
  const mayChange = patch.changed || patch.refusal !== undefined
  const operations: PatchOperation[] = []
  const states = [before]
  const steps: Step[] = []
  for (const [index, object] of sent.entries()) {
    const current = states.at(-1) ?? before
    try {
      const operation = readOne(patch, sent, index, operations)
      const next = applyPatch(current, [operation], profile.reads)
      const memberships = membershipEdits([operation]).flatMap(eventsOf)
      const differences = visibleDifferences(type, current, next)
      states.push(next)
      steps.push({
        sent: object,
        effect: { operation, differences, memberships, secret: setsSecret(operation) && mayChange },
      })
    } catch (error) {
      if (!(error instanceof ScimError)) throw error
      return [...steps, { sent: object, refusal: error.detail }]
    }
  }
  return withRefusalAtTheEnd(patch, steps, states)
}

/** Reads an operation and adds it to those before it, with which it must not break a rule. */
function readOne(
  { type, profile }: SentPatch,
  sent: readonly JsonObject[],
  index: number,
  operations: PatchOperation[],
): PatchOperation {
  const { rules, reads, limits } = profile
  const soFar = sent.slice(0, index + 1)
  refuseBroken(brokenRules(rules.sentPatch, { type, operations: [], sent: soFar }))
  const [operation] = parsePatch(soFar.slice(-1), type, reads, limits, index)
  if (!operation) throw new Error('An operation was read as none.')
  operations.push(operation)
  refuseBroken(brokenRules(rules.patch, { type, operations, sent: soFar }))
  return operation
}

function refuseBroken([broken]: ReturnType<typeof brokenRules>): void {
  if (!broken) return
  throw new ScimError(broken.status, 'ruleBroken', `${broken.detail} ${broken.says}`, { rule: broken.id })
}

const withoutSecrets = (type: ResourceType, resource: Resource) =>
  sealedResource(type, resource, () => undefined)

const visibleDifferences = (type: ResourceType, before: Resource, after: Resource) =>
  differencesBetween(type, withoutSecrets(type, before), withoutSecrets(type, after))

/**
 * What is demanded of the resource as a whole is looked at when all is done. The operation is to blame after which
 * it wasn't so any more.
 */
function withRefusalAtTheEnd(
  patch: SentPatch,
  steps: readonly Step[],
  states: readonly Resource[],
): readonly Step[] {
  const [before = {}, ...after] = states
  const mistakes = after.map(state => mistakeIn(patch, before, state))
  const last = mistakes.at(-1)
  if (last === undefined) return steps
  const blamed = mistakes.lastIndexOf(undefined) + 1
  return steps
    .slice(0, blamed + 1)
    .map((step, at) => (at === blamed ? { sent: step.sent, refusal: last } : step))
}

function mistakeIn({ type, profile }: SentPatch, before: Resource, patched: Resource): string | undefined {
  const { completes, rules } = profile
  const resource = completes ? completes(type, 'patch', patched) : patched
  try {
    checkRequired(type, resource)
    checkImmutable(type, before, resource)
    refuseBroken(brokenRules(rules.resource, { operation: 'patch', type, resource, members: [] }))
    return undefined
  } catch (error) {
    if (error instanceof ScimError) return error.detail
    throw error
  }
}
