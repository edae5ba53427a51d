import type { Command } from 'commander'
import type { AccessEntry, DanglingAssignment, PermissionSet } from '../../domain/contract/access.ts'
import { atOption, limitOption, listingCommand, tenantOption } from './options.ts'
import { formatTime, printable } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatTable } from './table.ts'

const resultLabels: Readonly<Record<AccessEntry['result'], string>> = {
  access: 'yes',
  disabled: 'user disabled',
  'no-members': 'group empty',
  'no-principal': 'does not exist',
}

const columns: readonly Column<AccessEntry>[] = [
  {
    name: 'user',
    of: ({ user, principal }) => user?.name ?? (principal.type === 'User' ? principal.name : undefined),
  },
  { name: 'account', of: ({ account }) => account },
  { name: 'permission set', of: ({ permissionSet }) => permissionSet.name },
  { name: 'through', of: ({ principal }) => (principal.type === 'Group' ? principal.name : 'direct') },
  { name: 'member since', of: ({ joined }) => (joined === undefined ? undefined : formatTime(joined)) },
  { name: 'access', of: ({ result }) => resultLabels[result] },
  { name: 'assigned', of: ({ assignment }) => formatTime(assignment.created) },
  { name: 'request', of: ({ assignment }) => assignment.exchange },
]

const danglingColumns: readonly Column<DanglingAssignment>[] = [
  { name: 'name', of: ({ principal }) => principal.name },
  { name: 'type', of: ({ principal }) => principal.type },
  { name: 'id', of: ({ principal }) => principal.id },
  { name: 'account', of: ({ account }) => account },
  { name: 'permission set', of: ({ permissionSet }) => permissionSet.name },
  { name: 'deleted', of: ({ deleted }) => formatTime(deleted) },
  { name: 'new id', of: ({ successor }) => successor },
]

const permissionSetColumns: readonly Column<PermissionSet>[] = [
  { name: 'name', of: ({ name }) => name },
  { name: 'id', of: ({ id }) => id },
  { name: 'session', of: ({ sessionDuration }) => sessionDuration },
  { name: 'description', of: ({ description }) => description },
  { name: 'created', of: ({ created }) => formatTime(created) },
]

/** `scimulator access`: who has access to which AWS account. */
export function accessCommand(access: Command): void {
  listingCommand(access, 'List access of users to accounts, in order of the assignments')
    .addOption(tenantOption())
    .option('--user <user>', 'Filter by ID or name of a user')
    .option('--group <group>', 'Filter by ID or name of a group')
    .option('--account <account>', 'Filter by AWS account')
    .option('--permission-set <permission set>', 'Filter by ID, ARN or name of a permission set')
    .addOption(atOption())
    .addOption(limitOption(50))
    .action(listAccess)
  access
    .command('dangling')
    .description('List account assignments of users and groups that do not exist')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action(listDangling)
  access
    .command('accounts')
    .description('List the AWS accounts that are assigned')
    .addOption(tenantOption())
    .addOption(atOption())
    .action(listAccounts)
  access
    .command('permission-sets')
    .description('List the permission sets')
    .addOption(tenantOption())
    .addOption(atOption())
    .action(listPermissionSets)
}

type TenantOption = { readonly tenant?: string }
type AtOption = TenantOption & { readonly at?: string }
type AccessOptions = AtOption & {
  readonly limit: number
  readonly user?: string
  readonly group?: string
  readonly account?: string
  readonly permissionSet?: string
}

async function listAccess({ tenant, limit, ...query }: AccessOptions, command: Command): Promise<void> {
  const session = createSession(command)
  const params = { tenant: await resolveTenant(session.api, tenant) }
  await list(
    session,
    'GET /tenants/:tenant/access',
    { params, query },
    { limit, columns, nothing: `No matching access in tenant ${params.tenant}.` },
  )
}

async function listDangling(
  { tenant, limit }: TenantOption & { readonly limit: number },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const params = { tenant: await resolveTenant(session.api, tenant) }
  await list(
    session,
    'GET /tenants/:tenant/access/dangling',
    { params },
    {
      limit,
      columns: danglingColumns,
      nothing: `No assignments of deleted users or groups in tenant ${params.tenant}.`,
    },
  )
}

async function listAccounts({ tenant, at }: AtOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant) }
  const accounts = await api.call('GET /tenants/:tenant/access/accounts', { params, query: { at } })
  show(
    accounts,
    accounts.items.length === 0
      ? printable(`Tenant ${params.tenant} has no account assignments.`).concat('\n')
      : formatTable([{ name: 'account', of: ({ account }) => account }], accounts.items),
  )
}

async function listPermissionSets({ tenant, at }: AtOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant) }
  const found = await api.call('GET /tenants/:tenant/access/permission-sets', { params, query: { at } })
  show(
    found,
    found.items.length === 0
      ? printable(`Tenant ${params.tenant} has no permission sets.`).concat('\n')
      : formatTable(permissionSetColumns, found.items),
  )
}
