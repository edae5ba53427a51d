import type { SourceDirectory, SourceGroup, SourceUser } from '../../kit/directory/source-directory.ts'
import { isGroup } from '../mapping/scope.ts'
import { probeFailureMessage } from '../planning/probe.ts'
import type { ProvisioningEntry, ProvisioningLog } from '../planning/provisioning-log.ts'
import { type ChangeSet, workItemFor } from './change-set.ts'
import { type CycleContext, createCycleContext, type JobDeps } from './cycle-context.ts'
import { provisionItem } from './evaluate.ts'
import type { JobState, ObjectRecord } from './job-state.ts'
import { referencesDue, updateReferences } from './update-references.ts'

/** The response of Graph's provisionOnDemand; both members are JSON. */
export type OnDemandResponse = {
  /** `{"result":"Success|Failure|Skipped","details":…}` */
  readonly key: string
  /** `{"action":…,"provisioningSteps":[…],"modifiedProperties":[…],"statusInfo":…,…}` */
  readonly value: string
}

export type OnDemandRequest = {
  readonly directory: SourceDirectory
  readonly objectId: string
  /** objectIds of members of the group, five at most. */
  readonly members?: readonly string[]
}

export class OnDemandError extends Error {
  override name = 'OnDemandError'
}

/** The dialect is always the default one; nothing is deleted or restored. Throws OnDemandError. */
export async function provisionOnDemand(deps: JobDeps, request: OnDemandRequest): Promise<OnDemandResponse> {
  const { config, store, clock, log } = deps
  const { state } = store
  const entries: ProvisioningEntry[] = []
  const collectingLog: ProvisioningLog = {
    ...log,
    provisioned: entry => {
      entries.push(entry)
      log.provisioned(entry)
    },
  }
  const cycle = createCycleContext({ ...deps, log: collectingLog }, { directory: request.directory })
  const object = findRequested(cycle.changeSet, state, request)
  const item = workItemFor(object, state, cycle.changeSet.scope, config)
  const details = objectDetails(cycle.changeSet, object)
  if (object.deletedAt !== undefined)
    return skippedResponse(details, 'Soft-deleted objects are provisioned by cycles only.')
  if (item.decision === 'delete')
    return skippedResponse(details, 'Objects are not deleted by provisioning on demand.')

  await cycle.authenticate()
  if (cycle.canContinue()) await cycle.probe()
  const cause = cycle.quarantineCause()
  if (cause) {
    const { failure } = cause
    const Reason = probeFailureMessage(failure)
    return {
      key: JSON.stringify({
        result: 'Failure',
        details: { ...details, ErrorCode: failure.code, Reason },
      }),
      value: '{}',
    }
  }

  const context: CycleContext = {
    ...cycle,
    wire: { ...config.wire, dialect: 'default' },
    changeSet: {
      ...cycle.changeSet,
      find: id => (id === request.objectId ? object : cycle.changeSet.find(id)),
    },
    // A failure is shown in the response; it never quarantines the job.
    isJobFailure: async () => false,
  }
  await provisionItem(context, item)
  if (referencesDue(context, item.kind).includes(request.objectId))
    await updateReferences(context, request.objectId)
  // Only some members of a group were evaluated: the next cycle evaluates all of them.
  if (isGroup(object)) delete state.objects.get(request.objectId)?.fingerprint
  await store.save()
  await log.flush()
  return responseOf(entries, details, cycle.startedAt, clock())
}

const maxMembers = 5

function findRequested(
  changeSet: ChangeSet,
  state: JobState,
  { objectId, members }: OnDemandRequest,
): SourceUser | SourceGroup {
  const object = changeSet.find(objectId)
  if (!object) throw new OnDemandError(`No user or group in the directory has the objectId "${objectId}".`)
  if (!isGroup(object)) {
    if (members) throw new OnDemandError('Members can be selected for groups only, and this is a user.')
    return object
  }
  if (members && members.length > maxMembers) {
    throw new OnDemandError(
      `At most ${maxMembers} members of a group can be provisioned on demand; ${members.length} were selected.`,
    )
  }
  const record = state.objects.get(objectId)
  return { ...object, members: selectedMembers(object.members, members ?? [], record) }
}

function selectedMembers(
  members: readonly string[],
  selected: readonly string[],
  record: ObjectRecord | undefined,
) {
  const listed = new Set(members)
  const uncertain = [...(record?.uncertainMembers ?? [])].filter(id => listed.has(id))
  const settled = [...(record?.members ?? []), ...(record?.passedOver ?? [])]
  return [
    ...new Set([
      ...settled.filter(id => listed.has(id) || !selected.includes(id)),
      ...uncertain,
      ...selected.filter(id => listed.has(id)),
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

const skippedResponse = (details: ObjectDetails, SkipReason: string): OnDemandResponse => ({
  key: JSON.stringify({ result: 'Skipped', details: { ...details, SkipReason } }),
  value: '{}',
})

function responseOf(
  entries: readonly ProvisioningEntry[],
  details: ObjectDetails,
  startTime: number,
  endTime: number,
): OnDemandResponse {
  const overall =
    (['failure', 'success', 'skipped'] as const).find(status =>
      entries.some(entry => entry.provisioningStatusInfo.status === status),
    ) ?? 'skipped'
  const entry = entries.find(({ provisioningStatusInfo }) => provisioningStatusInfo.status === overall)
  const results = { failure: 'Failure', success: 'Success', skipped: 'Skipped' } as const
  return {
    key: JSON.stringify({ result: results[overall], details: details }),
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
