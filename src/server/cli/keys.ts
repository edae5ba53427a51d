import { type Command, Option } from 'commander'
import type { AccessKey, IssuedAccessKey, NewAccessKey } from '../../domain/contract/access-keys.ts'
import { exportLines } from '../../domain/contract/environment.ts'
import { limitOption, listingCommand, tenantOption } from './options.ts'
import { formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatRecord } from './table.ts'

type TenantOption = { readonly tenant?: string }

const columns: readonly Column<AccessKey>[] = [
  { name: 'access key', of: ({ id }) => id },
  { name: 'access', of: ({ access }) => access },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'requests', of: ({ requests }) => requests },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed) },
]

/** `scimulator keys`: the access keys of a tenant for the AWS APIs. */
export function keysCommand(keys: Command): void {
  listingCommand(keys, 'List access keys, newest first')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action(listKeys)
  keys
    .command('create')
    .description('Create an access key; its secret is shown once')
    .addOption(tenantOption())
    .option('--id <id>', 'Access key ID, for tests (default: generated)')
    .option('--secret <secret>', 'Secret access key, for tests (default: generated)')
    .addOption(
      new Option('--access <access>', 'Full or read-only access').choices(['full', 'read']).default('full'),
    )
    .action(createKey)
  keys
    .command('delete <key>')
    .description('Delete an access key; requests signed with it are rejected')
    .addOption(tenantOption())
    .action(deleteKey)
}

async function listKeys(
  { tenant, limit }: TenantOption & { limit: number },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  await list(
    session,
    'GET /tenants/:tenant/access-keys',
    { params: { tenant: id } },
    {
      limit,
      columns,
      nothing: `Tenant ${id} has no access key. Create one with \`scimulator keys create\`.`,
    },
  )
}

async function createKey(
  { tenant, id, secret, access }: TenantOption & NewAccessKey,
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant) }
  const key = await api.call('POST /tenants/:tenant/access-keys', { params, body: { id, secret, access } })
  show(key, `${formatIssued(key)}\nThe secret is shown once.\n`)
}

const formatIssued = ({ id, access, created, environment }: IssuedAccessKey): string =>
  [
    formatRecord([
      ['access key', id],
      ['access', access],
      ['created', formatTime(created)],
    ]),
    ...exportLines(environment).map(line => `${line}\n`),
  ].join('')

async function deleteKey(key: string, { tenant }: TenantOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const result = await api.call('DELETE /tenants/:tenant/access-keys/:key', { params: { tenant: id, key } })
  show(result, `Deleted access key ${key} of tenant ${id}.\n`)
}
