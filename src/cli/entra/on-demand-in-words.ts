import type { OnDemandAnswer } from '../../entra/on-demand.ts'
import type { ModifiedProperty, ProvisioningStep } from '../../entra/provisioning-log.ts'
import { printable } from '../words.ts'

type Key = { readonly result: string; readonly details: Readonly<Record<string, string>> }

type Value = {
  readonly action?: string
  readonly provisioningSteps?: readonly ProvisioningStep[]
  readonly modifiedProperties?: readonly ModifiedProperty[]
  readonly statusInfo?: {
    readonly errorInformation?: { readonly errorCode: string; readonly reason: string } | null
  }
  readonly targetIdentity?: { readonly id: string }
}

export const resultOf = ({ key }: OnDemandAnswer): string => (JSON.parse(key) as Key).result

/** The page that the portal shows: the four steps, what was changed, and how it ended. */
export function demandInWords(answer: OnDemandAnswer): string {
  const { result, details } = JSON.parse(answer.key) as Key
  const value = JSON.parse(answer.value) as Value
  const { provisioningSteps: steps = [], modifiedProperties: modified = [] } = value
  const error = value.statusInfo?.errorInformation
  const why = error ? `${error.errorCode}: ${error.reason}` : (details.SkipReason ?? details.Reason)
  const lines = [
    [result, value.action === 'other' ? undefined : value.action, value.targetIdentity?.id]
      .filter(Boolean)
      .join(', '),
    ...(why === undefined ? [] : [why]),
    ...steps.map(
      step => `  ${step.provisioningStepType.padEnd(19)}  ${step.status.padEnd(7)}  ${step.description}`,
    ),
    ...modified.map(
      ({ displayName, oldValue, newValue }) =>
        `  ${displayName}: ${oldValue ?? '(none)'} → ${newValue ?? '(none)'}`,
    ),
  ]
  return lines.map(line => `${printable(line)}\n`).join('')
}
