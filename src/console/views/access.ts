import { describeEntry, type AccessEntry as FoundEntry } from '../../aws-api/account-access/entry.ts'
import { instanceArn } from '../../aws-api/identifiers.ts'
import type { AccessEntry, DanglingAssignment, PermissionSet } from '../../domain/contract/access.ts'
import { toIsoTime } from '../../domain/contract/operation.ts'
import type {
  AccountAssignment,
  DanglingAssignment as StoredDangling,
  PermissionSet as StoredPermissionSet,
} from '../../domain/ports/account-assignments.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { errors } from '../../scim/error.ts'
import { compact } from '../../scim/json.ts'

const permissionSetArn = (tenant: Tenant, id: string): string =>
  `${instanceArn(tenant.id).replace(':instance/', ':permissionSet/')}/${id}`

const viewAssignment = ({
  id,
  created,
  exchange,
}: Pick<AccountAssignment, 'id' | 'created' | 'exchange'>) => ({
  id,
  created: toIsoTime(created),
  ...compact({ exchange }),
})

export function viewAccessEntry(tenant: Tenant, entry: FoundEntry, isPast: boolean): AccessEntry {
  const { result, account, permissionSet, principal, user, joined, assignment } = entry
  return {
    result,
    summary: describeEntry(entry, isPast),
    account,
    permissionSet: { ...permissionSet, arn: permissionSetArn(tenant, permissionSet.id) },
    principal,
    ...(user && {
      user: {
        id: user.id,
        name: user.label,
        display: user.display,
        status: user.enabled ? 'active' : 'disabled',
      },
    }),
    ...(joined !== undefined && { joined: toIsoTime(joined) }),
    assignment: viewAssignment(assignment),
  }
}

export function viewDangling(
  tenant: Tenant,
  dangling: StoredDangling,
  permissionSets: ReadonlyMap<string, StoredPermissionSet>,
): DanglingAssignment {
  const { account, permissionSet: id, principal, principalName, principalDeleted, successor } = dangling
  const arn = permissionSetArn(tenant, id)
  const deleted = principalDeleted === undefined ? undefined : toIsoTime(principalDeleted)
  return {
    account,
    permissionSet: { id, arn, name: permissionSets.get(id)?.name ?? id },
    principal: { ...principal, name: principalName },
    ...compact({ deleted, successor }),
    assignment: viewAssignment(dangling),
    // None of these contains a character that a shell would interpret: each was checked by a pattern.
    command: [
      'aws sso-admin delete-account-assignment',
      `--instance-arn ${instanceArn(tenant.id)}`,
      `--target-id ${account} --target-type AWS_ACCOUNT`,
      `--permission-set-arn ${arn}`,
      `--principal-type ${principal.type === 'User' ? 'USER' : 'GROUP'} --principal-id ${principal.id}`,
    ].join(' '),
  }
}

export const viewPermissionSet = (
  tenant: Tenant,
  { id, name, content, created }: StoredPermissionSet,
): PermissionSet => ({
  id,
  arn: permissionSetArn(tenant, id),
  name,
  ...compact({ description: content.description, sessionDuration: content.sessionDuration }),
  created: toIsoTime(created),
})

/** The id of the last assignment of the previous page. */
export function parseCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || /^[\da-f-]{36}$/.test(cursor)) return cursor
  throw errors.invalidValue('The cursor was not issued by this list.')
}
