import type { SourceDirectory, SourceGroup, SourceUser } from '../directory/source-directory.ts'
import { isGroup } from '../mapping/scope.ts'
import { executePlan } from '../planning/plan.ts'
import { planProbe, probeFailureMessage } from '../planning/probe.ts'
import type { ProvisioningEntry } from '../planning/provisioning-log.ts'
import { buildChangeSet, type ChangeSet, workItemFor } from './change-set.ts'
import { type CycleContext, type JobDeps, noCounts } from './cycle-context.ts'
import { provisionItem } from './evaluate.ts'
import { createLinks, type JobState, type ObjectRecord } from './job-state.ts'
import { toProvisioningEntry } from './log.ts'
import { referencesDue, updateReferences } from './update-references.ts'

/** What Graph's provisionOnDemand answers: both are JSON texts. */
export type OnDemandResponse = {
  /** `{"result":"Success|Failure|Skipped","details":…}` */
  readonly key: string
  /** `{"action":…,"provisioningSteps":[…],"modifiedProperties":[…],"statusInfo":…,…}` */
  readonly value: string
}

export type OnDemandRequest = {
  readonly directory: SourceDirectory
  readonly objectId: string
  readonly members?: readonly string[]
}

/** A demand that the service refuses; nothing was sent. */
export class OnDemandError extends Error {
  override name = 'DemandError'
}

/** One object, now. The flag in the tenant URL isn't honoured, and nothing is deleted or restored. */
export async function provisionOnDemand(parts: JobDeps, demand: OnDemandRequest): Promise<OnDemandResponse> {
  const { config, store, clock, newId, log, target } = parts
  const { state } = store
  const whole = buildChangeSet(demand.directory, state, config, clock())
  const object = findRequested(whole, state, demand)
  const item = workItemFor(object, state, whole.scope, config)
  const facts = objectDetails(whole, object)
  const startedAt = clock()
  if (object.deletedAt !== undefined)
    return skippedResponse(facts, 'Soft-deleted objects are left to the cycles.')
  if (item.decision === 'delete') return skippedResponse(facts, 'Nothing is deleted on demand.')

  const refused = await executePlan(planProbe(config.mapping, config.probes, newId), target)
  if (refused)
    return {
      key: JSON.stringify({
        result: 'Failure',
        details: { ...facts, ErrorCode: refused.code, Reason: probeFailureMessage(refused) },
      }),
      value: '{}',
    }

  const entries: ProvisioningEntry[] = []
  const cycleId = newId()
  const run: CycleContext = {
    config,
    wire: { ...config.wire, dialect: 'default' },
    state,
    links: createLinks(state),
    changeSet: { ...whole, find: id => (id === demand.objectId ? object : whole.find(id)) },
    send: target,
    now: clock,
    counts: noCounts(),
    currentResources: new Map(),
    canContinue: () => true,
    isJobFailure: async () => false,
    report: ({ kind, objectId, name }, outcome, since) => {
      const record = state.objects.get(objectId)
      const escrow = record?.escrow ?? record?.references
      const entry = toProvisioningEntry({
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
  await provisionItem(run, item)
  if (referencesDue(run, item.kind).includes(demand.objectId)) await updateReferences(run, demand.objectId)
  // Of a group only a part was looked at: the next cycle does the rest.
  if (isGroup(object)) delete state.objects.get(demand.objectId)?.fingerprint
  await store.save()
  await log.flush()
  return responseOf(entries, facts, startedAt, clock())
}

const maxMembers = 5

function findRequested(
  changeSet: ChangeSet,
  state: JobState,
  { objectId, members }: OnDemandRequest,
): SourceUser | SourceGroup {
  const object = changeSet.find(objectId)
  if (!object) throw new OnDemandError(`The directory has no user or group with the objectId "${objectId}".`)
  if (!isGroup(object)) {
    if (members) throw new OnDemandError('Members can be given for a group only, and this is a user.')
    return object
  }
  if (members && members.length > maxMembers) {
    throw new OnDemandError(
      `At most ${maxMembers} members of a group are provisioned on demand, not ${members.length}.`,
    )
  }
  const record = state.objects.get(objectId)
  return { ...object, members: selectedMembers(object.members, members ?? [], record) }
}

/** The members that were asked for, and of the others those that the job has written, tried to write or passed over. */
function selectedMembers(
  members: readonly string[],
  asked: readonly string[],
  record: ObjectRecord | undefined,
) {
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

type ObjectDetails = Readonly<Record<string, string>>

const objectDetails = ({ scope }: ChangeSet, object: SourceUser | SourceGroup): ObjectDetails => ({
  IsActive: toJsonText(isGroup(object) || object.accountEnabled),
  Assigned: toJsonText(scope.isEntitled(object.objectId)),
  IsInProvisioningScope: toJsonText(scope.has(object)),
  ScopeEvaluationResult: '{}',
})

const toJsonText = (value: boolean) => (value ? 'True' : 'False')

const skippedResponse = (facts: ObjectDetails, SkipReason: string): OnDemandResponse => ({
  key: JSON.stringify({ result: 'Skipped', details: { ...facts, SkipReason } }),
  value: '{}',
})

function responseOf(
  entries: readonly ProvisioningEntry[],
  facts: ObjectDetails,
  startTime: number,
  endTime: number,
): OnDemandResponse {
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
