import type { Json } from '../scim/json.ts'
import type { Failure } from './error-codes.ts'
import type { ProvisioningStatus, ProvisioningStep, StepType } from './provisioning-log.ts'

export type Operation = 'Add' | 'Update' | 'Delete'

/** The steps of one object, as they are taken. */
export type Trail = {
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

const names: Readonly<Record<StepType, string>> = {
  import: 'EntryImport',
  scoping: 'EntrySynchronization',
  matching: 'EntrySynchronization',
  processing: 'EntrySynchronization',
  referenceResolution: 'EntrySynchronization',
  export: 'EntryExport',
}

export function startTrail(): Trail {
  const steps: ProvisioningStep[] = []
  const step: Trail['step'] = (type, operation, status, description, details = {}) => {
    steps.push({
      name: `${names[type]}${operation}`,
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
