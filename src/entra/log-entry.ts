import { adviceFor } from './error-codes.ts'
import { retryText } from './escrow.ts'
import type { JobConfig } from './job-config.ts'
import type { Escrow } from './job-state.ts'
import type { Outcome } from './plan.ts'
import type { AuditEntry, ErrorInformation, ProvisioningEntry } from './provisioning-log.ts'

export type Occurrence = {
  readonly config: JobConfig
  readonly newId: () => string
  readonly cycleId: string
  readonly at: number
  readonly startedAt: number
  readonly kind: 'user' | 'group'
  readonly objectId: string
  readonly name: string
  readonly outcome: Outcome
  /** What the failure has led to. */
  readonly escrow: Escrow | undefined
}

/** One object of one cycle, as Graph's provisioningObjectSummary tells it. */
export function entryOf(occurrence: Occurrence): ProvisioningEntry {
  const { config, newId, cycleId, at, startedAt, kind, objectId, name, outcome } = occurrence
  const identityType = kind === 'user' ? 'User' : 'Group'
  const { application } = config
  return {
    id: newId(),
    activityDateTime: new Date(at).toISOString(),
    tenantId: config.tenantId,
    jobId: config.jobId,
    cycleId,
    changeId: newId(),
    provisioningAction: outcome.action,
    durationInMilliseconds: at - startedAt,
    initiatedBy: { id: '', displayName: 'Azure AD Provisioning Service', initiatorType: 'system' },
    servicePrincipal: application,
    sourceSystem: { id: config.tenantId, displayName: 'Azure Active Directory', details: {} },
    targetSystem: {
      id: application.id,
      displayName: application.displayName,
      details: { ApplicationId: application.id },
    },
    sourceIdentity: { id: objectId, displayName: name, identityType, details: {} },
    targetIdentity: {
      id: outcome.target ?? '',
      displayName: outcome.target ? name : '',
      identityType,
      details: {},
    },
    provisioningStatusInfo: { status: outcome.status, errorInformation: errorOf(occurrence) },
    provisioningSteps: outcome.steps,
    modifiedProperties: outcome.modified,
  }
}

function errorOf({ outcome: { failure }, escrow }: Occurrence): ErrorInformation | null {
  if (!failure) return null
  return {
    errorCode: failure.code,
    reason: failure.reason + retryText(escrow),
    additionalDetails: null,
    errorCategory: 'failure',
    recommendedAction: adviceFor(failure.code),
  }
}

export const auditOf = (
  newId: () => string,
  at: number,
  activityDisplayName: string,
  resultReason: string,
  result: AuditEntry['result'] = 'success',
): AuditEntry => ({
  id: newId(),
  activityDateTime: new Date(at).toISOString(),
  activityDisplayName,
  category: 'ProvisioningManagement',
  result,
  resultReason,
  additionalDetails: [],
})
