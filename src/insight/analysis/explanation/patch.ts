import type { MembershipEvent } from '../../../domain/ports/directory.ts'
import { type BrokenRule, findBrokenRule, type Profile } from '../../../profiles/profile.ts'
import type { Attribute } from '../../../scim/attribute.ts'
import { type Difference, differencesBetween } from '../../../scim/differences.ts'
import { ScimError } from '../../../scim/error.ts'
import { mainSubAttribute } from '../../../scim/filter/bound-filter.ts'
import { equals, printFilter } from '../../../scim/filter/syntax.ts'
import { compact, type Json, type JsonObject } from '../../../scim/json.ts'
import { lowerCaseNames } from '../../../scim/messages.ts'
import { applyPatch, membershipEdits } from '../../../scim/patch/apply.ts'
import type { MembershipEdit, PatchOperation } from '../../../scim/patch/elements.ts'
import { attributesOnPath, parsePatch, readPatchEnvelope } from '../../../scim/patch/parse.ts'
import { checkImmutable, checkRequired } from '../../../scim/read-resource.ts'
import type { Resource } from '../../../scim/resource.ts'
import type { ResourceType } from '../../../scim/resource-types.ts'
import { isSecret, transformSecrets } from '../../../scim/secrets.ts'
import { excerpt } from '../../../scim/text.ts'
import type { ExplainedOperation } from './explanation.ts'

/** Call it for each edit in order: events are stored in that order, and an edit takes the first it can have caused. */
function createMembershipEventLookup(
  events: readonly MembershipEvent[],
): (edit: MembershipEdit) => readonly MembershipEvent[] {
  let at = 0
  const takeWhile = (isOwn: (event: MembershipEvent) => boolean): readonly MembershipEvent[] => {
    const from = at
    for (let next = events[at]; next && isOwn(next); next = events[at]) at++
    return events.slice(from, at)
  }
  const wentAway = ({ event }: MembershipEvent) => event === 'removed'
  return edit => {
    switch (edit.kind) {
      case 'add':
        return takeWhile(({ event, member }) => event === 'added' && edit.members.includes(member.id))
      case 'remove':
        return takeWhile(({ event, member }) => event === 'removed' && edit.members.includes(member.id))
      case 'replace':
        return [
          ...takeWhile(wentAway),
          ...takeWhile(({ event, member }) => event === 'added' && edit.members.includes(member.id)),
        ]
      case 'remove-where':
      case 'remove-all':
        return takeWhile(wentAway)
    }
  }
}

function memberDifference({ name }: Attribute, { event, member }: MembershipEvent): Difference {
  const path = printFilter({
    op: '[]',
    attrPath: name,
    valFilter: equals(mainSubAttribute, member.id),
  })
  const value = {
    [mainSubAttribute]: member.id,
    ...compact({ display: member.display }),
  }
  return event === 'added' ? { path, kind: 'added', after: value } : { path, kind: 'removed', before: value }
}

type Effect = {
  readonly operation: PatchOperation
  readonly differences: readonly Difference[]
  readonly memberships: readonly MembershipEvent[]
  readonly secret: boolean
}

const setsSecret = ({ op, assignments }: PatchOperation): boolean =>
  op !== 'remove' && assignments.some(({ target }) => attributesOnPath(target).some(isSecret))

const hadEffect = ({ differences, memberships, secret }: Effect): boolean =>
  differences.length > 0 || memberships.length > 0 || secret

function describeEffect(effect: Effect): string {
  const { operation, differences, memberships, secret } = effect
  if (!hadEffect(effect)) return `No effect: ${describeNoEffect(operation)}`
  const sentences = [
    ...(differences.length > 0 ? [`Changed ${listNames(differences.map(({ path }) => path))}.`] : []),
    ...(memberships.length > 0 ? [`${describeMemberships(memberships)}.`] : []),
    ...(secret ? ['Set a secret; the journal does not store its value.'] : []),
    ...(operation.ignored.length > 0 ? [`Ignored ${listNames(operation.ignored)}.`] : []),
  ]
  return sentences.join(' ')
}

function describeNoEffect({ op, assignments, ignored }: PatchOperation): string {
  if (assignments.length === 0 && ignored.length > 0) {
    return `${listNames(ignored)} ${ignored.length === 1 ? 'is' : 'are'} ignored: not in the schema, set only by the server, or accepted by the service without effect.`
  }
  return op === 'remove' ? 'there was nothing to remove.' : 'the value is already set.'
}

function describeMemberships(memberships: readonly MembershipEvent[]): string {
  const counts = (['added', 'removed'] as const).flatMap(kind => {
    const count = memberships.filter(({ event }) => event === kind).length
    return count === 0 ? [] : [`${kind} ${count} ${count === 1 ? 'member' : 'members'}`]
  })
  const words = counts.join(' and ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const maxNames = 3

function listNames(names: readonly string[]): string {
  const first = names.slice(0, maxNames).map(name => excerpt(name))
  const more = names.length - first.length
  return more > 0 ? `${first.join(', ')} and ${more} more` : first.join(', ')
}

type SentPatch = {
  readonly body: Json | undefined
  readonly type: ResourceType
  readonly profile: Profile
  readonly before: Resource | undefined
  readonly memberships: readonly MembershipEvent[]
  readonly changed: boolean
  readonly refusal: string | undefined
}

type Step = { readonly sent: JsonObject; readonly effect?: Effect; readonly refusal?: string }

function replaySteps(patch: SentPatch, sent: readonly JsonObject[], before: Resource): readonly Step[] {
  const { type, profile } = patch
  const eventsOf = createMembershipEventLookup(patch.memberships)
  // Only a new version shows that a secret changed.
  const mayChange = patch.changed || patch.refusal !== undefined
  const operations: PatchOperation[] = []
  const states = [before]
  const steps: Step[] = []
  for (const [index, object] of sent.entries()) {
    const current = states.at(-1) ?? before
    try {
      const operation = parseOperation(patch, sent, index, operations)
      const next = applyPatch(current, [operation], profile.requests)
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
  return attachFinalRefusal(patch, steps, states)
}

function parseOperation(
  { type, profile }: SentPatch,
  sent: readonly JsonObject[],
  index: number,
  operations: PatchOperation[],
): PatchOperation {
  const { rules, requests } = profile
  const soFar = sent.slice(0, index + 1)
  throwIfBroken(findBrokenRule(rules.sentPatch, { type, operations: [], sent: soFar }))
  const [operation] = parsePatch(soFar.slice(-1), type, requests, requests.limits, index)
  if (!operation) throw new Error('An operation was read as none.')
  operations.push(operation)
  throwIfBroken(findBrokenRule(rules.patch, { type, operations, sent: soFar }))
  return operation
}

function throwIfBroken(broken: BrokenRule | undefined): void {
  if (!broken) return
  throw new ScimError(broken.status, 'ruleBroken', `${broken.detail} ${broken.description}`, {
    rule: broken.id,
  })
}

const withoutSecrets = (type: ResourceType, resource: Resource) =>
  transformSecrets(type, resource, () => undefined)

const visibleDifferences = (type: ResourceType, before: Resource, after: Resource) =>
  differencesBetween(type, withoutSecrets(type, before), withoutSecrets(type, after))

/** Requirements on the whole resource are checked last: the first operation after which one stays violated counts. */
function attachFinalRefusal(
  patch: SentPatch,
  steps: readonly Step[],
  states: readonly Resource[],
): readonly Step[] {
  const [before = {}, ...after] = states
  const mistakes = after.map(state => findViolation(patch, before, state))
  const last = mistakes.at(-1)
  if (last === undefined) return steps
  const blamed = mistakes.lastIndexOf(undefined) + 1
  return steps
    .slice(0, blamed + 1)
    .map((step, at) => (at === blamed ? { sent: step.sent, refusal: last } : step))
}

function findViolation(
  { type, profile }: SentPatch,
  before: Resource,
  patched: Resource,
): string | undefined {
  const { requests, rules } = profile
  const resource = requests.completeResource?.(type, 'patch', patched) ?? patched
  try {
    checkRequired(type, resource)
    checkImmutable(type, before, resource)
    throwIfBroken(findBrokenRule(rules.resource, { operation: 'patch', type, resource, members: [] }))
    return undefined
  } catch (error) {
    if (error instanceof ScimError) return error.detail
    throw error
  }
}

/** The effect of each operation of a PATCH, or the reason for its rejection; empty if the body can't be parsed. */
export function explainPatch(patch: SentPatch): readonly ExplainedOperation[] {
  const sent = sentOperations(patch)
  const steps = patch.before === undefined ? [] : replaySteps(patch, sent, patch.before)
  const rejectedAt = steps.findIndex(({ refusal }) => refusal !== undefined)
  const isKnown = steps.length > 0 && rejectedAt >= 0 === (patch.refusal !== undefined)
  return sent.map((object, index) => ({
    index,
    ...toSentOperation(object),
    ...(isKnown ? operationOutcome(patch.type, steps[index], rejectedAt) : unknownOutcome(patch)),
  }))
}

function sentOperations({ body, type, profile }: SentPatch): readonly JsonObject[] {
  try {
    return readPatchEnvelope(body, type, profile.requests)
  } catch (error) {
    if (error instanceof ScimError) return []
    throw error
  }
}

function toSentOperation(object: JsonObject): Pick<ExplainedOperation, 'op' | 'path' | 'value'> {
  const { op, path, value } = lowercaseKeys(object)
  return {
    op: typeof op === 'string' ? op : JSON.stringify(op ?? null),
    ...(typeof path === 'string' && { path }),
    ...compact({ value }),
  }
}

/** Empty if a name occurs twice: it is undefined which one counts. */
function lowercaseKeys(object: JsonObject): JsonObject {
  try {
    return lowerCaseNames(object, 'It')
  } catch {
    return {}
  }
}

type OperationOutcome = Pick<ExplainedOperation, 'outcome' | 'summary' | 'differences'>

/** For requests that were rejected as a whole, or whose history is gone. */
const unknownOutcome = ({ refusal }: SentPatch): OperationOutcome => ({
  outcome: 'not-reached',
  summary:
    refusal === undefined
      ? 'The effect can no longer be determined: the history of the resource was deleted, or the tenant’s settings have changed.'
      : `Not applied because the whole request was rejected: ${refusal}`,
  differences: [],
})

function operationOutcome(type: ResourceType, step: Step | undefined, rejectedAt: number): OperationOutcome {
  const rejection = `Operations[${rejectedAt}] was rejected`
  if (step?.refusal !== undefined)
    return { outcome: 'rejected', summary: `Rejected: ${step.refusal}`, differences: [] }
  if (!step?.effect)
    return { outcome: 'not-reached', summary: `Not reached, because ${rejection}.`, differences: [] }
  const { effect } = step
  const summary = describeEffect(effect)
  const isRolledBack = rejectedAt >= 0 && hadEffect(effect)
  return {
    outcome: hadEffect(effect) ? 'changed' : 'no-effect',
    summary: isRolledBack ? `${summary} Rolled back, because ${rejection}.` : summary,
    differences: allDifferences(type, effect),
  }
}

function allDifferences({ attributes }: ResourceType, { differences, memberships }: Effect) {
  const relation = attributes.find(attribute => attribute.relation === 'members')
  return relation
    ? [...differences, ...memberships.map(event => memberDifference(relation, event))]
    : differences
}
