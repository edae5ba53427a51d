import { InvalidArgumentError } from 'commander'
import type { Clock, NewTenant, Tenant, TenantChange } from '../../domain/contract/tenants.ts'
import { formatDuration } from '../../domain/duration.ts'
import { profileNames } from '../../profiles/names.ts'
import { wrongUse } from './cli-error.ts'
import { lists, noun, runs } from './noun.ts'
import { choice, text, type Values, value } from './options.ts'
import { formatTime } from './output.ts'
import { type Column, formatRecord, formatTable } from './table.ts'
import { types } from './types.ts'

const formatTenant = (tenant: Tenant): string =>
  [
    formatTenantFacts(tenant),
    formatCounts(tenant),
    ...(tenant.switches.length > 0 ? [formatSwitches(tenant)] : []),
  ].join('\n')

const formatTenantFacts = (tenant: Tenant): string =>
  formatRecord([
    ['tenant', tenant.id],
    ['name', tenant.name],
    ['SCIM endpoint', tenant.endpoint],
    ['profile', tenant.profile],
    ['on delete', tenant.onDelete],
    ['rate limiting', tenant.throttle],
    ['tokens', tenant.tokens],
    ['created', formatTime(tenant.created)],
    ['clock', formatClock(tenant.clock)],
  ])

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

const columns: readonly Column<Tenant>[] = [
  { name: 'tenant', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'profile', of: ({ profile }) => profile },
  { name: 'on delete', of: ({ onDelete }) => onDelete },
  { name: 'rate limiting', of: ({ throttle }) => throttle },
  { name: 'tokens', of: ({ tokens }) => tokens },
  { name: 'SCIM endpoint', of: ({ endpoint }) => endpoint },
]

const settings = {
  name: text('name', 'Name for people; --tenant accepts it'),
  profile: choice(profileNames, 'Profile of the tenant', 'name'),
  onDelete: choice(['retain', 'remove'], 'Effect of DELETE', 'policy'),
  throttle: choice(['off', 'aws'], 'Rate limiting', 'limit'),
  switch: value('id=value', 'Set a switch; an empty value restores the default', parseSwitch),
}

type Settings = Partial<Values<typeof settings>>

function parseSwitch(text: string, previous: Switches = {}): Switches {
  const [, id, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
  if (id === undefined || value === undefined) throw new InvalidArgumentError('expected id=value.')
  return { ...previous, [id]: value === '' ? null : value }
}

const toChange = ({ name, profile, onDelete, throttle, switch: switches }: Settings): TenantChange => ({
  name,
  profile,
  onDelete,
  throttle,
  switches,
})

const toNewTenant = ({ switch: switches = {}, ...settings }: Settings): NewTenant => ({
  ...toChange(settings),
  switches: Object.fromEntries(
    Object.entries(switches).flatMap(([id, value]) => (value === null ? [] : [[id, value]])),
  ),
})

export const tenants = noun([
  lists('list', 'GET /tenants', 'List tenants', {
    columns,
    nothing: 'No tenants. Create one with `scimulator tenants create`.',
  }),
  runs('show [tenant]', 'GET /tenants/:tenant', 'Show a tenant with its settings, counts and switches', {
    shows: formatTenant,
  }),
  runs('create', 'POST /tenants', 'Create a tenant', {
    flags: { ...settings, id: text('id', 'ID, the first segment of its URL (default: generated)') },
    sends: ({ id, ...others }) => ({ id, ...toNewTenant(others) }),
    shows: tenant =>
      `${formatTenantFacts(tenant)}\nGenerate an access token with \`scimulator tokens create --tenant ${tenant.id}\`.\n`,
  }),
  runs('set [tenant]', 'PATCH /tenants/:tenant', 'Change the settings of a tenant', {
    flags: settings,
    sends(given) {
      const change = toChange(given)
      if (Object.values(change).some(setting => setting !== undefined)) return change
      throw wrongUse('Use at least one of --name, --profile, --on-delete, --throttle and --switch.')
    },
    shows: formatTenantFacts,
  }),
  types,
  runs(
    'delete [tenant]',
    'DELETE /tenants/:tenant',
    'Delete a tenant with its tokens, users, groups and history',
    {
      confirms: ({ tenant }) => `This deletes tenant ${tenant} with its tokens, users, groups and history.`,
      shows: (_, { tenant }) => `Deleted tenant ${tenant}.\n`,
    },
  ),
])
