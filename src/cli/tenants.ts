import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatDuration } from '../entra/duration.ts'
import { apiPath } from './api-client.ts'
import { wrongUse } from './cli-error.ts'
import { limitOption, listingCommand } from './options.ts'
import { type Column, formatRecord, formatTable, formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { typesCommand } from './types.ts'

export type ClockAnswer = { readonly now: string; readonly offset: number; readonly machine: string }

type Counts = {
  readonly active: number
  readonly disabled: number
  readonly retained: number
  readonly removed: number
}

type Switch = {
  readonly id: string
  readonly description: string
  readonly values: readonly string[]
  readonly default: string
  readonly chosen: string
}

export type TenantAnswer = {
  readonly id: string
  readonly profile: string
  readonly onDelete: string
  readonly throttle: string
  readonly endpoint: string
  readonly created: string
  readonly clock: ClockAnswer
  readonly switches: readonly Switch[]
  readonly tokens: number
  readonly counts: Readonly<Record<string, Counts>>
}

/** A tenant with its settings, counts and switches. */
export const formatTenant = (tenant: TenantAnswer): string =>
  [
    formatTenantFacts(tenant),
    formatCounts(tenant),
    ...(tenant.switches.length > 0 ? [formatSwitches(tenant)] : []),
  ].join('\n')

/** The settings and the endpoint of a tenant. */
export const formatTenantFacts = (tenant: TenantAnswer): string =>
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
export const formatClock = ({ now, offset }: ClockAnswer): string =>
  offset === 0 ? `${formatTime(now)}, real time` : `${formatTime(now)}, ${formatDuration(offset)} ahead`

const formatCounts = (tenant: TenantAnswer): string =>
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

const formatSwitches = (tenant: TenantAnswer): string =>
  formatTable(
    [
      { name: 'switch', of: ({ id }) => id },
      { name: 'value', of: ({ chosen }) => chosen },
      { name: 'choices', of: ({ values }) => values.join(', ') },
      { name: 'description', of: ({ description }) => description },
    ],
    tenant.switches,
  )

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
  { name: 'rate limiting', of: ({ throttle }) => throttle },
  { name: 'tokens', of: ({ tokens }) => tokens },
  { name: 'SCIM endpoint', of: ({ endpoint }) => endpoint },
]

/** `scimulator tenants`: the tenants of the server. */
export function tenantsCommand(program: Command): void {
  const tenants = program.command('tenants').description('Manage tenants')
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
    .option('--yes', 'Skip confirmation')
    .action(deleteTenant)
}

const addSettingOptions = (command: Command): Command =>
  command
    .addOption(new Option('--profile <name>', 'Emulated service').choices(['aws', 'entra', 'rfc']))
    .addOption(new Option('--on-delete <policy>', 'Effect of DELETE').choices(['retain', 'remove']))
    .addOption(new Option('--throttle <limit>', 'Rate limiting').choices(['off', 'aws']))
    .option('--switch <id=value>', 'Set a behavior option (no value: default)', parseSwitch)

function parseSwitch(
  text: string,
  previous: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string | null>> {
  const [, id, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (id === undefined || value === undefined) throw new InvalidArgumentError('expected id=value.')
  return { ...previous, [id]: value === '' ? null : value }
}

const toBody = ({ profile, onDelete, throttle, switch: switches }: Settings) => ({
  profile,
  onDelete,
  throttle,
  switches,
})

const listTenants = ({ limit }: { limit: number }, command: Command) =>
  list(createSession(command), {
    path: apiPath('tenants'),
    limit,
    columns,
    nothing: 'No tenants. Create one with `scimulator tenants create`.',
  })

async function showTenant(named: string | undefined, _options: object, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const tenant = await api.get<TenantAnswer>(apiPath('tenants', await resolveTenant(api, named)))
  show(tenant, formatTenant(tenant))
}

async function createTenant(
  { id, ...settings }: Settings & { id?: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const body = { id, ...toBody(settings) }
  const tenant = await api.post<TenantAnswer>(apiPath('tenants'), { body })
  const next = `Generate an access token with \`scimulator tokens create --tenant ${tenant.id}\`.\n`
  show(tenant, `${formatTenantFacts(tenant)}\n${next}`)
}

async function setTenant(named: string | undefined, settings: Settings, command: Command): Promise<void> {
  if (Object.keys(settings).length === 0) {
    throw wrongUse('Use at least one of --profile, --on-delete, --throttle and --switch.')
  }
  const { api, show } = createSession(command)
  const path = apiPath('tenants', await resolveTenant(api, named))
  const tenant = await api.patch<TenantAnswer>(path, { body: toBody(settings) })
  show(tenant, formatTenantFacts(tenant))
}

async function deleteTenant(
  named: string | undefined,
  { yes }: { yes?: true },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const tenant = await resolveTenant(api, named)
  if (!yes) {
    throw wrongUse(
      `This deletes tenant ${tenant} with its tokens, users, groups and history. Use --yes to confirm.`,
    )
  }
  const result = await api.delete(apiPath('tenants', tenant))
  show(result, `Deleted tenant ${tenant}.\n`)
}
