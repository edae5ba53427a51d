import type { CycleParts } from './course.ts'
import { evaluate } from './evaluate.ts'
import { drive } from './executor.ts'
import type { JobState, ObjectRecord } from './job-state.ts'
import { linksOf } from './links.ts'
import { entryOf } from './log-entry.ts'
import { planProbe, probeText } from './plan-probe.ts'
import type { ProvisioningEntry } from './provisioning-log.ts'
import { noCounts, type Run } from './run.ts'
import { isGroup } from './scope.ts'
import type { SourceDirectory, SourceGroup, SourceUser } from './source-directory.ts'
import { itemOf, type Survey, surveyOf } from './survey.ts'
import { referencesDue, updateReferences } from './update-references.ts'

/** What Graph's provisionOnDemand answers: both are JSON texts. */
export type OnDemandAnswer = {
  /** `{"result":"Success|Failure|Skipped","details":…}` */
  readonly key: string
  /** `{"action":…,"provisioningSteps":[…],"modifiedProperties":[…],"statusInfo":…,…}` */
  readonly value: string
}

export type Demand = {
  readonly directory: SourceDirectory
  readonly objectId: string
  readonly members?: readonly string[]
}

/** A demand that the service refuses; nothing was sent. */
export class DemandError extends Error {
  override name = 'DemandError'
}

/** One object, now. The flag in the tenant URL isn't honoured, and nothing is deleted or restored. */
export async function provisionOnDemand(parts: CycleParts, demand: Demand): Promise<OnDemandAnswer> {
  const { config, store, clock, newId, log, target } = parts
  const { state } = store
  const whole = surveyOf(demand.directory, state, config, clock())
  const object = demanded(whole, state, demand)
  const item = itemOf(object, state, whole.scope, config)
  const facts = factsOf(whole, object)
  const startedAt = clock()
  if (object.deletedAt !== undefined)
    return skippedAnswer(facts, 'Soft-deleted objects are left to the cycles.')
  if (item.decision === 'delete') return skippedAnswer(facts, 'Nothing is deleted on demand.')

  const refused = await drive(planProbe(config.mapping, config.probes, newId), target)
  if (refused)
    return {
      key: JSON.stringify({
        result: 'Failure',
        details: { ...facts, ErrorCode: refused.code, Reason: probeText(refused) },
      }),
      value: '{}',
    }

  const entries: ProvisioningEntry[] = []
  const cycleId = newId()
  const run: Run = {
    config,
    wire: { ...config.wire, dialect: 'default' },
    state,
    links: linksOf(state),
    survey: { ...whole, find: id => (id === demand.objectId ? object : whole.find(id)) },
    send: target,
    now: clock,
    counts: noCounts(),
    fresh: new Map(),
    mayGoOn: () => true,
    breaksJob: async () => false,
    report: ({ kind, objectId, name }, outcome, since) => {
      const record = state.objects.get(objectId)
      const escrow = record?.escrow ?? record?.references
      const entry = entryOf({
        config,
        newId,
        cycleId,
        at: clock(),
        startedAt: since,
        kind,
        objectId,
        name,
        outcome,
        escrow,
      })
      entries.push(entry)
      log.provisioned(entry)
    },
  }
  await evaluate(run, item)
  if (referencesDue(run, item.kind).includes(demand.objectId)) await updateReferences(run, demand.objectId)
  // Of a group only a part was looked at: the next cycle does the rest.
  if (isGroup(object)) delete state.objects.get(demand.objectId)?.fingerprint
  await store.save()
  await log.flush()
  return answerOf(entries, facts, startedAt, clock())
}

const mostMembers = 5

function demanded(survey: Survey, state: JobState, { objectId, members }: Demand): SourceUser | SourceGroup {
  const object = survey.find(objectId)
  if (!object) throw new DemandError(`The directory has no user or group with the objectId "${objectId}".`)
  if (!isGroup(object)) {
    if (members) throw new DemandError('Members can be given for a group only, and this is a user.')
    return object
  }
  if (members && members.length > mostMembers) {
    throw new DemandError(
      `At most ${mostMembers} members of a group are provisioned on demand, not ${members.length}.`,
    )
  }
  const record = state.objects.get(objectId)
  return { ...object, members: narrowed(object.members, members ?? [], record) }
}

/** The members that were asked for, and of the others those that the job has written, tried to write or passed over. */
function narrowed(members: readonly string[], asked: readonly string[], record: ObjectRecord | undefined) {
  const listed = new Set(members)
  const uncertain = [...(record?.uncertainMembers ?? [])].filter(id => listed.has(id))
  const settled = [...(record?.members ?? []), ...(record?.passedOver ?? [])]
  return [
    ...new Set([
      ...settled.filter(id => listed.has(id) || !asked.includes(id)),
      ...uncertain,
      ...asked.filter(id => listed.has(id)),
    ]),
  ]
}

type Facts = Readonly<Record<string, string>>

const factsOf = ({ scope }: Survey, object: SourceUser | SourceGroup): Facts => ({
  IsActive: asText(isGroup(object) || object.accountEnabled),
  Assigned: asText(scope.isEntitled(object.objectId)),
  IsInProvisioningScope: asText(scope.has(object)),
  ScopeEvaluationResult: '{}',
})

const asText = (value: boolean) => (value ? 'True' : 'False')

const skippedAnswer = (facts: Facts, SkipReason: string): OnDemandAnswer => ({
  key: JSON.stringify({ result: 'Skipped', details: { ...facts, SkipReason } }),
  value: '{}',
})

function answerOf(
  entries: readonly ProvisioningEntry[],
  facts: Facts,
  startTime: number,
  endTime: number,
): OnDemandAnswer {
  const worst =
    (['failure', 'success', 'skipped'] as const).find(status =>
      entries.some(entry => entry.provisioningStatusInfo.status === status),
    ) ?? 'skipped'
  const entry = entries.find(({ provisioningStatusInfo }) => provisioningStatusInfo.status === worst)
  const results = { failure: 'Failure', success: 'Success', skipped: 'Skipped' } as const
  return {
    key: JSON.stringify({ result: results[worst], details: facts }),
    value: JSON.stringify({
      action: entry?.provisioningAction ?? 'other',
      changeId: entry?.changeId,
      startTime: new Date(startTime).toISOString(),
      endTime: new Date(endTime).toISOString(),
      modifiedProperties: entries.flatMap(({ modifiedProperties }) => modifiedProperties),
      provisioningSteps: entries.flatMap(({ provisioningSteps }) => provisioningSteps),
      reportableIdentifier: entry?.sourceIdentity.displayName,
      statusInfo: entry?.provisioningStatusInfo,
      sourceIdentity: entry?.sourceIdentity,
      sourceSystem: entry?.sourceSystem,
      targetIdentity: entry?.targetIdentity,
      targetSystem: entry?.targetSystem,
    }),
  }
}
