import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Clock } from '../../domain/contract/clock.ts'
import type { NewTenant, Tenant, TenantChange } from '../../domain/contract/tenants.ts'
import { formatDuration } from '../../domain/duration.ts'
import { profileNames } from '../../profiles/names.ts'
import { wrongUse } from './cli-error.ts'
import { limitOption, listingCommand } from './options.ts'
import { formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatRecord, formatTable } from './table.ts'
import { typesCommand } from './types.ts'

/** A tenant with its settings, counts and switches. */
const formatTenant = (tenant: Tenant): string =>
  [
    formatTenantFacts(tenant),
    formatCounts(tenant),
    ...(tenant.switches.length > 0 ? [formatSwitches(tenant)] : []),
  ].join('\n')

/** The settings and the endpoint of a tenant. */
const formatTenantFacts = (tenant: Tenant): string =>
  formatRecord([
    ['tenant', tenant.id],
    ['SCIM endpoint', tenant.endpoint],
    ['profile', tenant.profile],
    ['on delete', tenant.onDelete],
    ['rate limiting', tenant.throttle],
    ['tokens', tenant.tokens],
    ['created', formatTime(tenant.created)],
    ['clock', formatClock(tenant.clock)],
  ])

/** The time of the clock, and its lead over real time. */
export const formatClock = ({ now, offset }: Clock): string =>
  offset === 0 ? `${formatTime(now)}, real time` : `${formatTime(now)}, ${formatDuration(offset)} ahead`

const formatCounts = (tenant: Tenant): string =>
  formatTable(
    [
      { name: 'type', of: ([type]) => type },
      { name: 'active', of: ([, { active }]) => active },
      { name: 'disabled', of: ([, { disabled }]) => disabled },
      { name: 'retained', of: ([, { retained }]) => retained },
      { name: 'removed', of: ([, { removed }]) => removed },
    ],
    Object.entries(tenant.counts),
  )

const formatSwitches = (tenant: Tenant): string =>
  formatTable(
    [
      { name: 'switch', of: ({ id }) => id },
      { name: 'value', of: ({ chosen }) => chosen },
      { name: 'choices', of: ({ values }) => values.join(', ') },
      { name: 'description', of: ({ description }) => description },
    ],
    tenant.switches,
  )

/** The values by switch; null is the default. */
type Switches = NonNullable<TenantChange['switches']>

type Settings = Pick<TenantChange, 'profile' | 'onDelete' | 'throttle'> & { readonly switch?: Switches }

const columns: readonly Column<Tenant>[] = [
  { name: 'tenant', of: ({ id }) => id },
  { name: 'profile', of: ({ profile }) => profile },
  { name: 'on delete', of: ({ onDelete }) => onDelete },
  { name: 'rate limiting', of: ({ throttle }) => throttle },
  { name: 'tokens', of: ({ tokens }) => tokens },
  { name: 'SCIM endpoint', of: ({ endpoint }) => endpoint },
]

/** `scimulator tenants`: the tenants of the server. */
export function tenantsCommand(tenants: Command): void {
  listingCommand(tenants, 'List tenants').addOption(limitOption(50)).action(listTenants)
  tenants
    .command('show [tenant]')
    .description('Show a tenant with its settings, counts and switches')
    .action(showTenant)
  addSettingOptions(tenants.command('create').description('Create a tenant'))
    .option('--id <id>', 'ID, the first segment of its URL (default: generated)')
    .action(createTenant)
  addSettingOptions(tenants.command('set [tenant]').description('Change the settings of a tenant')).action(
    setTenant,
  )
  typesCommand(tenants)
  tenants
    .command('delete [tenant]')
    .description('Delete a tenant with its tokens, users, groups and history')
    .option('--yes', 'Confirm the action (required)')
    .action(deleteTenant)
}

const addSettingOptions = (command: Command): Command =>
  command
    .addOption(new Option('--profile <name>', 'Profile of the tenant').choices(profileNames))
    .addOption(new Option('--on-delete <policy>', 'Effect of DELETE').choices(['retain', 'remove']))
    .addOption(new Option('--throttle <limit>', 'Rate limiting').choices(['off', 'aws']))
    .option('--switch <id=value>', 'Set a switch; an empty value restores the default', parseSwitch)

function parseSwitch(text: string, previous: Switches = {}): Switches {
  const [, id, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (id === undefined || value === undefined) throw new InvalidArgumentError('expected id=value.')
  return { ...previous, [id]: value === '' ? null : value }
}

const toChange = ({ profile, onDelete, throttle, switch: switches }: Settings): TenantChange => ({
  profile,
  onDelete,
  throttle,
  switches,
})

/** A new tenant has the defaults already. */
const toNewTenant = ({ switch: switches = {}, ...settings }: Settings): NewTenant => ({
  ...toChange(settings),
  switches: Object.fromEntries(
    Object.entries(switches).flatMap(([id, value]) => (value === null ? [] : [[id, value]])),
  ),
})

const listTenants = ({ limit }: { limit: number }, command: Command) =>
  list(
    createSession(command),
    'GET /tenants',
    {},
    {
      limit,
      columns,
      nothing: 'No tenants. Create one with `scimulator tenants create`.',
    },
  )

async function showTenant(named: string | undefined, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, named, 'an argument')
  const tenant = await api.call('GET /tenants/:tenant', { params: { tenant: id } })
  show(tenant, formatTenant(tenant))
}

async function createTenant(
  { id, ...settings }: Settings & { id?: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const body: NewTenant = { id, ...toNewTenant(settings) }
  const tenant = await api.call('POST /tenants', { body })
  const next = `Generate an access token with \`scimulator tokens create --tenant ${tenant.id}\`.\n`
  show(tenant, `${formatTenantFacts(tenant)}\n${next}`)
}

async function setTenant(named: string | undefined, settings: Settings, command: Command): Promise<void> {
  if (Object.keys(settings).length === 0) {
    throw wrongUse('Use at least one of --profile, --on-delete, --throttle and --switch.')
  }
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, named, 'an argument') }
  const tenant = await api.call('PATCH /tenants/:tenant', { params, body: toChange(settings) })
  show(tenant, formatTenantFacts(tenant))
}

async function deleteTenant(
  named: string | undefined,
  { yes }: { yes?: true },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const tenant = await resolveTenant(api, named, 'an argument')
  if (!yes) {
    throw wrongUse(
      `This deletes tenant ${tenant} with its tokens, users, groups and history. Use --yes to confirm.`,
    )
  }
  const result = await api.call('DELETE /tenants/:tenant', { params: { tenant } })
  show(result, `Deleted tenant ${tenant}.\n`)
}
