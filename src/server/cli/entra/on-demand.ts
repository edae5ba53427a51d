import type { Command } from 'commander'
import { entra } from '../../../provisioning/entra/client.ts'
import { OnDemandError, type OnDemandResponse } from '../../../provisioning/entra/job/on-demand.ts'
import type {
  ModifiedProperty,
  ProvisioningStep,
} from '../../../provisioning/entra/planning/provisioning-log.ts'
import { readDirectory } from '../../../provisioning/kit/directory/read-directory.ts'
import { wrongUse } from '../cli-error.ts'
import { readSettings } from '../job-settings.ts'
import { createDirectorySource, findObject, withJob } from '../open-job.ts'
import { printable } from '../output.ts'
import { createSession } from '../session.ts'

type ResponseKey = { readonly result: string; readonly details: Readonly<Record<string, string>> }

type ResponseValue = {
  readonly action?: string
  readonly provisioningSteps?: readonly ProvisioningStep[]
  readonly modifiedProperties?: readonly ModifiedProperty[]
  readonly statusInfo?: {
    readonly errorInformation?: { readonly errorCode: string; readonly reason: string } | null
  }
  readonly targetIdentity?: { readonly id: string }
}

const onDemandResult = ({ key }: OnDemandResponse): string => (JSON.parse(key) as ResponseKey).result

export function formatOnDemand(response: OnDemandResponse): string {
  const { result, details } = JSON.parse(response.key) as ResponseKey
  const value = JSON.parse(response.value) as ResponseValue
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

export type OnDemandOptions = { readonly member?: readonly string[] }

export async function onDemand(named: string, { member }: OnDemandOptions, command: Command): Promise<void> {
  const settings = readSettings(command, entra, ['url', 'credentials', 'directory'])
  const directory = await createDirectorySource(settings.directory, readDirectory)()
  const { objectId } = findObject(directory, named)
  const members = member?.map(each => findObject(directory, each).objectId)
  try {
    const response = await withJob(entra, settings, ({ job }) =>
      job.provisionOnDemand({ directory, objectId, ...(members && { members }) }),
    )
    createSession(command).show(response, formatOnDemand(response))
    process.exitCode = onDemandResult(response) === 'Failure' ? 1 : 0
  } catch (error) {
    if (error instanceof OnDemandError) throw wrongUse(error.message)
    throw error
  }
}
