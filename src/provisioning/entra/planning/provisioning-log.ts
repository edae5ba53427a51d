import type { Json, JsonObject } from '../../../scim/json.ts'
import type { Failure } from './responses.ts'

export type ProvisioningAction = 'create' | 'update' | 'delete' | 'stageddelete' | 'disable' | 'other'
export type ProvisioningStatus = 'success' | 'warning' | 'failure' | 'skipped'
type StepType = 'import' | 'scoping' | 'matching' | 'processing' | 'referenceResolution' | 'export'

export type ProvisioningStep = {
  readonly name: string
  readonly provisioningStepType: StepType
  readonly status: ProvisioningStatus
  readonly description: string
  readonly details: Readonly<Record<string, Json>>
}

export type ModifiedProperty = {
  readonly displayName: string
  readonly oldValue: string | null
  readonly newValue: string | null
}

export type ErrorInformation = {
  readonly errorCode: string
  readonly reason: string
  readonly additionalDetails: string | null
  readonly errorCategory: 'failure' | 'nonServiceFailure'
  readonly recommendedAction: string
}

type Identity = {
  readonly id: string
  readonly displayName: string
  readonly identityType: 'User' | 'Group'
  readonly details: Readonly<Record<string, Json>>
}

type System = {
  readonly id: string
  readonly displayName: string
  readonly details: Readonly<Record<string, Json>>
}

export type Outcome = {
  readonly action: ProvisioningAction
  readonly status: ProvisioningStatus
  readonly effect: 'created' | 'matched' | 'updated' | 'disabled' | 'deleted' | 'nothing'
  readonly target: string | undefined
  readonly failure?: Failure
  readonly steps: readonly ProvisioningStep[]
  readonly modified: readonly ModifiedProperty[]
  /** The resource as read, unless it was written since: saves a second read for references. */
  readonly current?: JsonObject
  readonly referencesDiffer: boolean
}

/** The result for one object, in the format of Graph's provisioningObjectSummary. */
export type ProvisioningEntry = {
  readonly id: string
  /** ISO 8601. */
  readonly activityDateTime: string
  readonly tenantId: string
  readonly jobId: string
  readonly cycleId: string
  readonly changeId: string
  readonly provisioningAction: ProvisioningAction
  readonly durationInMilliseconds: number
  readonly initiatedBy: {
    readonly id: string
    readonly displayName: string
    readonly initiatorType: 'system'
  }
  readonly servicePrincipal: { readonly id: string; readonly displayName: string }
  readonly sourceSystem: System
  readonly targetSystem: System
  readonly sourceIdentity: Identity
  readonly targetIdentity: Identity
  readonly provisioningStatusInfo: {
    readonly status: ProvisioningStatus
    readonly errorInformation: ErrorInformation | null
  }
  readonly provisioningSteps: readonly ProvisioningStep[]
  readonly modifiedProperties: readonly ModifiedProperty[]
}

/** A change of the job itself, in the format of Entra's audit log. */
export type AuditEntry = {
  readonly id: string
  readonly activityDateTime: string
  readonly activityDisplayName: string
  readonly category: 'ProvisioningManagement'
  readonly result: 'success' | 'failure'
  readonly resultReason: string
  readonly additionalDetails: readonly { readonly key: string; readonly value: string }[]
}

/** Receives entries without waiting for the disk; `flush` resolves when all of them are written. */
export type ProvisioningLog = {
  provisioned(entry: ProvisioningEntry): void
  audited(entry: AuditEntry): void
  flush(): Promise<void>
}

export type Operation = 'Add' | 'Update' | 'Delete'

export type StepLog = {
  readonly steps: readonly ProvisioningStep[]
  step(
    type: StepType,
    operation: Operation,
    status: ProvisioningStatus,
    description: string,
    details?: Readonly<Record<string, Json>>,
  ): void
  failed(type: StepType, operation: Operation, failure: Failure): void
}

const stepNames: Readonly<Record<StepType, string>> = {
  import: 'EntryImport',
  scoping: 'EntrySynchronization',
  matching: 'EntrySynchronization',
  processing: 'EntrySynchronization',
  referenceResolution: 'EntrySynchronization',
  export: 'EntryExport',
}

export function createStepLog(): StepLog {
  const steps: ProvisioningStep[] = []
  const step: StepLog['step'] = (type, operation, status, description, details = {}) => {
    steps.push({
      name: `${stepNames[type]}${operation}`,
      provisioningStepType: type,
      status,
      description,
      details,
    })
  }
  return {
    steps,
    step,
    failed: (type, operation, { code, reason }) =>
      step(type, operation, 'failure', reason, { ErrorCode: code }),
  }
}
