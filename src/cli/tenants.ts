import { type Command, InvalidArgumentError, Option } from 'commander'
import { formatDuration } from '../entra/duration.ts'
import { profileNames } from '../profiles/names.ts'
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

/** What is to be known of a tenant: facts, counts and switches. */
export const formatTenant = (tenant: TenantAnswer): string =>
  [
    formatTenantFacts(tenant),
    formatCounts(tenant),
    ...(tenant.switches.length > 0 ? [formatSwitches(tenant)] : []),
  ].join('\n')

/** Its settings and where it is. */
export const formatTenantFacts = (tenant: TenantAnswer): string =>
  formatRecord([
    ['tenant', tenant.id],
    ['SCIM endpoint', tenant.endpoint],
    ['profile', tenant.profile],
    ['on delete', tenant.onDelete],
    ['throttle', tenant.throttle],
    ['tokens', tenant.tokens],
    ['created', formatTime(tenant.created)],
    ['clock', formatClock(tenant.clock)],
  ])

/** What the clock shows, and how far it is ahead. */
export const formatClock = ({ now, offset }: ClockAnswer): string =>
  offset === 0
    ? `${formatTime(now)}, as the machine's`
    : `${formatTime(now)}, ${formatDuration(offset)} ahead`

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
      { name: 'chosen', of: ({ chosen }) => chosen },
      { name: 'of', of: one => one.values.join(', ') },
      { name: 'what it decides', of: ({ description }) => description },
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
  addSettingOptions(tenants.command('create').description('make a tenant'))
    .option('--id <id>', 'its id, the first segment of its URL; generated when left out')
    .action(createTenant)
  addSettingOptions(tenants.command('set [tenant]').description('change a tenant')).action(setTenant)
  typesCommand(tenants)
  tenants
    .command('delete [tenant]')
    .description('delete a tenant with its tokens, users, groups and history')
    .option('--yes', 'yes, delete it')
    .action(deleteTenant)
}

const addSettingOptions = (command: Command): Command =>
  command
    .addOption(new Option('--profile <name>', 'whose SCIM it speaks').choices(profileNames))
    .addOption(
      new Option('--on-delete <policy>', 'what a DELETE leaves behind').choices(['retain', 'remove']),
    )
    .addOption(new Option('--throttle <limit>', '429 over the rates of AWS').choices(['off', 'aws']))
    .option('--switch <id=value>', "a choice of the profile's; without a value, its default", parseSwitch)

function parseSwitch(
  text: string,
  before: Readonly<Record<string, string | null>> = {},
): Readonly<Record<string, string | null>> {
  const [, id, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (id === undefined || value === undefined) throw new InvalidArgumentError('Give id=value.')
  return { ...before, [id]: value === '' ? null : value }
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
    nothing: 'There are no tenants: `scimulator tenants create` makes one.',
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
  const next = `It has no access token yet: \`scimulator tokens create --tenant ${tenant.id}\` makes one.\n`
  show(tenant, `${formatTenantFacts(tenant)}\n${next}`)
}

async function setTenant(named: string | undefined, settings: Settings, command: Command): Promise<void> {
  if (Object.keys(settings).length === 0) {
    throw wrongUse('Say what to change: --profile, --on-delete, --throttle or --switch.')
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
      `This deletes the tenant ${tenant} with its tokens, users, groups and history: repeat it with --yes.`,
    )
  }
  const answer = await api.delete(apiPath('tenants', tenant))
  show(answer, `Deleted the tenant ${tenant}.\n`)
}
