import type { AuditEntry, ProvisioningEntry } from '../../entra/provisioning-log.ts'
import type { Column } from '../table.ts'
import { shortTime } from '../words.ts'

export const entryColumns: readonly Column<ProvisioningEntry>[] = [
  { name: 'at', of: ({ activityDateTime }) => shortTime(activityDateTime) },
  { name: 'action', of: ({ provisioningAction }) => provisioningAction },
  { name: 'status', of: ({ provisioningStatusInfo }) => provisioningStatusInfo.status },
  { name: 'type', of: ({ sourceIdentity }) => sourceIdentity.identityType },
  { name: 'object', of: ({ sourceIdentity }) => sourceIdentity.displayName },
  { name: 'in the target', of: ({ targetIdentity }) => targetIdentity.id },
  { name: 'what', of: entry => whatOf(entry) },
]

export const auditColumns: readonly Column<AuditEntry>[] = [
  { name: 'at', of: ({ activityDateTime }) => shortTime(activityDateTime) },
  { name: 'activity', of: ({ activityDisplayName }) => activityDisplayName },
  { name: 'result', of: ({ result }) => result },
  { name: 'reason', of: ({ resultReason }) => resultReason },
]

/** The failure, or the attributes that were changed, or why nothing was. */
function whatOf({
  provisioningStatusInfo,
  modifiedProperties,
  provisioningSteps,
}: ProvisioningEntry): string | undefined {
  const { status, errorInformation } = provisioningStatusInfo
  if (errorInformation) return `${errorInformation.errorCode}: ${errorInformation.reason}`
  if (status === 'skipped') return provisioningSteps.at(-1)?.description
  return countedNames(modifiedProperties.map(({ displayName }) => displayName))
}

/** A name that comes several times is that of members: `members (3)`. */
function countedNames(names: readonly string[]): string {
  return [...new Set(names)]
    .map(name => {
      const times = names.filter(each => each === name).length
      return times === 1 ? name : `${name} (${times})`
    })
    .join(', ')
}
