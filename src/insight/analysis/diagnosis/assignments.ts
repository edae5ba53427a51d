import type { Exchange } from '../../../domain/journal/exchange.ts'
import type { AccountAssignments } from '../../../domain/ports/account-assignments.ts'
import type { Tenant } from '../../../domain/tenants/tenant.ts'
import type { DiagnosisRule, LostAssignment } from './subject.ts'

/** Assignments that a finding names. */
const maxNamed = 3

const describeLost = (lost: readonly LostAssignment[]): string => {
  const named = lost
    .slice(0, maxNamed)
    .map(({ account, permissionSet }) => `${permissionSet} in account ${account}`)
  const more = lost.length - named.length
  return `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

/** Access that is lost because a user or group got another ID. */
export const assignmentRules: readonly DiagnosisRule[] = [
  {
    id: 'client/assignments-lost',
    severity: 'warning',
    title: 'Created again: account assignments lost',
    reason:
      'AWS assigns accounts and permission sets to the ID of a user or group. A user or group that is deleted and created again has a new ID and no assignments: the user or all members of the group lose access. The old assignments remain, for an ID that does not exist.',
    remedy:
      'Assign the accounts to the new ID, and delete the old assignments, which `scimulator access dangling` lists. To prevent this, keep users and groups in scope, disable users instead of deleting them, and assign accounts to groups.',
    source:
      'https://docs.aws.amazon.com/singlesignon/latest/userguide/users-groups-provisioning.html#user-deletion',
    basis: 'documented',
    detect: ({ exchange: { target }, lostAssignments = [] }) => {
      const [first] = lostAssignments
      return first === undefined
        ? undefined
        : `The ID is ${target?.id} now; it was ${first.formerId}, which still has ${describeLost(lostAssignments)}.`
    },
  },
]

/** Whether a request created a user or group. Assignments are created for one, too. */
const createsResource = ({ operation, status, target, api }: Exchange): boolean =>
  operation === 'create' && status < 300 && target?.id !== undefined && api !== 'sso-admin'

/** The assignments that the earlier user or group with this name had when an exchange created it again. */
export async function findLostAssignments(
  assignments: Pick<AccountAssignments, 'leftBehind' | 'permissionSetsById'>,
  tenant: Tenant,
  exchange: Exchange,
): Promise<readonly LostAssignment[]> {
  const id = exchange.target?.id
  if (id === undefined || !createsResource(exchange)) return []
  const left = await assignments.leftBehind(tenant.key, id, exchange.tenantTime)
  if (left.length === 0) return []
  const names = await assignments.permissionSetsById(tenant.key, [
    ...new Set(left.map(({ permissionSet }) => permissionSet)),
  ])
  return left.map(({ account, permissionSet, principal }) => ({
    formerId: principal.id,
    account,
    permissionSet: names.get(permissionSet)?.name ?? permissionSet,
  }))
}
