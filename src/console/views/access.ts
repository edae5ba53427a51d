import { describeEntry, type AccessEntry as FoundEntry } from '../../aws-api/account-access/entry.ts'
import { instanceArn } from '../../aws-api/identifiers.ts'
import type { DanglingAssignment, PermissionSet } from '../../domain/ports/account-assignments.ts'
import type { Tenant } from '../../domain/tenants/tenant.ts'
import { errors } from '../../scim/error.ts'

const permissionSetArn = (tenant: Tenant, id: string): string =>
  `${instanceArn(tenant.id).replace(':instance/', ':permissionSet/')}/${id}`

export function viewAccessEntry(tenant: Tenant, entry: FoundEntry, isPast: boolean) {
  const { permissionSet, user } = entry
  const status = user?.enabled ? ('active' as const) : ('disabled' as const)
  return {
    ...entry,
    summary: describeEntry(entry, isPast),
    permissionSet: { ...permissionSet, arn: permissionSetArn(tenant, permissionSet.id) },
    user: user && { ...user, name: user.label, status },
  }
}

export function viewDangling(
  tenant: Tenant,
  dangling: DanglingAssignment,
  permissionSets: ReadonlyMap<string, PermissionSet>,
) {
  const { account, permissionSet: id, principal, principalName, principalDeleted, successor } = dangling
  const arn = permissionSetArn(tenant, id)
  return {
    account,
    permissionSet: { id, arn, name: permissionSets.get(id)?.name ?? id },
    principal: { ...principal, name: principalName },
    deleted: principalDeleted,
    successor,
    assignment: dangling,
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

export const viewPermissionSet = (tenant: Tenant, { content, ...permissionSet }: PermissionSet) => ({
  ...content,
  ...permissionSet,
  arn: permissionSetArn(tenant, permissionSet.id),
})

export function parseCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || /^[\da-f-]{36}$/.test(cursor)) return cursor
  throw errors.invalidValue('The cursor was not issued by this list.')
}
