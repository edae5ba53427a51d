import { type Command, InvalidArgumentError, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { wrongUse } from './cli-error.ts'
import { list } from './listing.ts'
import { limitOption, listingCommand } from './options.ts'
import { sessionOf } from './session.ts'
import type { Column } from './table.ts'
import { type TenantAnswer, tenantFacts, tenantInWords } from './tenant-in-words.ts'
import { typesCommand } from './types.ts'
import { whichTenant } from './which-tenant.ts'

type Settings = {
  readonly profile?: string
  readonly onDelete?: string
  readonly throttle?: string
  readonly switch?: Readonly<Record<string, string | null>>
}

const columns: readonly Column<TenantAnswer>[] = [
  { name: 'tenant', of: ({ id }) => id },
  { name: 'profile', of: ({ profile }) => profile },
  { name: 'on delete', of: ({ onDelete }) => onDelete },
  { name: 'throttle', of: ({ throttle }) => throttle },
  { name: 'tokens', of: ({ tokens }) => tokens },
  { name: 'SCIM endpoint', of: ({ endpoint }) => endpoint },
]

/** `scimulator tenants`: the emulated directories. */
export function tenantsCommand(program: Command): void {
  const tenants = program.command('tenants').description('the emulated directories')
  listingCommand(tenants, 'list the tenants').addOption(limitOption(50)).action(listTenants)
  tenants
    .command('show [tenant]')
    .description('show a tenant: endpoint, policy, counts, switches')
    .action(showTenant)
  withSettings(tenants.command('create').description('make a tenant'))
    .option('--id <id>', 'its id, the first segment of its URL; generated when left out')
    .action(createTenant)
  withSettings(tenants.command('set [tenant]').description('change a tenant')).action(setTenant)
  typesCommand(tenants)
  tenants
    .command('delete [tenant]')
    .description('delete a tenant with its tokens, users, groups and history')
    .option('--yes', 'yes, delete it')
    .action(deleteTenant)
}

const withSettings = (command: Command): Command =>
  command
    .addOption(new Option('--profile <name>', 'whose SCIM it speaks').choices(['aws', 'entra', 'rfc']))
    .addOption(
      new Option('--on-delete <policy>', 'what a DELETE leaves behind').choices(['retain', 'remove']),
    )
    .addOption(new Option('--throttle <limit>', '429 over the rates of AWS').choices(['off', 'aws']))
    .option('--switch <id=value>', "a choice of the profile's; without a value, its default", readSwitch)

function readSwitch(
  text: string,
  before: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string | null>> {
  const [, id, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (id === undefined || value === undefined) throw new InvalidArgumentError('Give id=value.')
  return { ...before, [id]: value === '' ? null : value }
}

const bodyOf = ({ profile, onDelete, throttle, switch: switches }: Settings) => ({
  profile,
  onDelete,
  throttle,
  switches,
})

const listTenants = ({ limit }: { limit: number }, command: Command) =>
  list(sessionOf(command), {
    path: apiPath('tenants'),
    limit,
    columns,
    nothing: 'There are no tenants: `scimulator tenants create` makes one.',
  })

async function showTenant(named: string | undefined, _options: object, command: Command): Promise<void> {
  const { api, show } = sessionOf(command)
  const tenant = await api.get<TenantAnswer>(apiPath('tenants', await whichTenant(api, named)))
  show(tenant, tenantInWords(tenant))
}

async function createTenant(
  { id, ...settings }: Settings & { id?: string },
  command: Command,
): Promise<void> {
  const { api, show } = sessionOf(command)
  const body = { id, ...bodyOf(settings) }
  const tenant = await api.post<TenantAnswer>(apiPath('tenants'), { body })
  const next = `It has no access token yet: \`scimulator tokens create --tenant ${tenant.id}\` makes one.\n`
  show(tenant, `${tenantFacts(tenant)}\n${next}`)
}

async function setTenant(named: string | undefined, settings: Settings, command: Command): Promise<void> {
  if (Object.keys(settings).length === 0) {
    throw wrongUse('Say what to change: --profile, --on-delete, --throttle or --switch.')
  }
  const { api, show } = sessionOf(command)
  const path = apiPath('tenants', await whichTenant(api, named))
  const tenant = await api.patch<TenantAnswer>(path, { body: bodyOf(settings) })
  show(tenant, tenantFacts(tenant))
}

async function deleteTenant(
  named: string | undefined,
  { yes }: { yes?: true },
  command: Command,
): Promise<void> {
  const { api, show } = sessionOf(command)
  const tenant = await whichTenant(api, named)
  if (!yes) {
    throw wrongUse(
      `This deletes the tenant ${tenant} with its tokens, users, groups and history: repeat it with --yes.`,
    )
  }
  const answer = await api.delete(apiPath('tenants', tenant))
  show(answer, `Deleted the tenant ${tenant}.\n`)
}
