import { type Command, Option } from 'commander'
import { exportLines } from '../../domain/contract/environment.ts'
import type { AttributeUse, Setup } from '../../domain/contract/setup.ts'
import { compact } from '../../scim/json.ts'
import {
  type ProvisioningClient,
  productLabels,
  provisioningClients,
} from '../../scim/recognition/products.ts'
import { CliError } from './cli-error.ts'
import { tenantOption } from './options.ts'
import { formatCount, formatTenantTime, printable } from './output.ts'
import { createSession, resolveTenant } from './session.ts'
import { type Column, formatRecord, formatTable } from './table.ts'

/** `scimulator sample`: provisions the Springfield directory, as Entra ID would. */
export function sampleCommand(command: Command): void {
  command.addOption(tenantOption()).action(runSample)
}

async function runSample({ tenant }: { readonly tenant?: string }, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const result = await api.call('POST /tenants/:tenant/sample', { params: { tenant: id } })
  const { requests, created, modified, failed } = result
  show(
    result,
    `Sent ${formatCount(requests, 'request')} to tenant ${id}: ${created} created, ${modified} modified, ${failed} failed.\n`,
  )
  if (failed > 0) throw new CliError('Some requests failed. See `scimulator journal list --status 4xx`.')
}

/** `scimulator setup`: the setup steps of provisioning. */
export function setupCommand(command: Command): void {
  const setup = command.addOption(tenantOption()).addOption(clientOption()).action(showSetup)
  setup
    .command('mapping')
    .description('Compare the recommended attribute mapping with what arrived in the newest users and groups')
    .addOption(tenantOption())
    .addOption(clientOption())
    .action(showMapping)
}

const clientOption = () =>
  new Option('--client <client>', 'Client to connect (default: the one seen, or entra)').choices(
    provisioningClients,
  )

type SetupOptions = { readonly tenant?: string; readonly client?: ProvisioningClient }

async function showSetup({ tenant, client }: SetupOptions, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const setup = await api.call('GET /tenants/:tenant/setup', {
    params: { tenant: id },
    query: compact({ client }),
  })
  show(setup, formatSetup(setup))
}

async function showMapping({ tenant, client }: SetupOptions, command: Command): Promise<void> {
  const { api, show, layout } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const use = await api.call('GET /tenants/:tenant/setup/mapping', {
    params: { tenant: id },
    query: compact({ client }),
  })
  const rows = (['users', 'groups'] as const).flatMap(kind =>
    use[kind].attributes.map((attribute): UseRow => ({ kind, of: use[kind].resources, ...attribute })),
  )
  show(use, rows.length === 0 ? 'No users and groups yet.\n' : formatTable(useColumns, rows, layout))
}

type UseRow = AttributeUse & { readonly kind: 'users' | 'groups'; readonly of: number }

/** Without resources, nothing can be missing. */
const isNeverSent = ({ sent, of }: UseRow): boolean => sent === 0 && of > 0

const useColumns: readonly Column<UseRow>[] = [
  { name: 'type', of: ({ kind }) => kind },
  { name: 'attribute', of: ({ target }) => target, shows: 'whole' },
  { name: 'sent in', of: ({ sent, of }) => `${sent} of ${of}` },
  {
    name: 'note',
    of: row => (isNeverSent(row) ? 'never sent' : row.recommended ? undefined : 'not in the mapping'),
    tone: row => (isNeverSent(row) || !row.recommended ? 'warning' : undefined),
  },
  { name: 'source', of: ({ source }) => source, isExtra: true },
]

function formatSetup({ aws, steps, ...connection }: Setup): string {
  const lines = steps.map(({ title, done, at, tenantTime }) =>
    [
      done ? '[x]' : '[ ]',
      title,
      ...(tenantTime === undefined ? [] : [`(${formatTenantTime(at ?? tenantTime, tenantTime)})`]),
    ].join(' '),
  )
  const next = steps.find(({ done }) => !done)
  const last = next ? `Next: ${printable(next.hint)}` : 'Setup complete.'
  const awsLines = aws ? ['', ...formatAws(aws)] : []
  return `${[...formatConnection(connection), '', ...lines, '', last, ...formatPitfalls(connection), ...awsLines].join('\n')}\n`
}

function formatConnection({
  client,
  place,
  urlField,
  tokenField,
  endpoint,
}: Pick<Setup, 'client' | 'place' | 'urlField' | 'tokenField' | 'endpoint'>): readonly string[] {
  return formatRecord([
    ['client', productLabels[client]],
    ['place', place],
    [urlField, endpoint],
    [tokenField, 'a token of the tenant: `scimulator tokens create`'],
  ])
    .trimEnd()
    .split('\n')
}

const formatPitfalls = ({ pitfalls }: Pick<Setup, 'pitfalls'>): readonly string[] =>
  pitfalls.length === 0
    ? []
    : ['', 'Known limits', ...pitfalls.map(({ description, basis }) => `- ${description} (${basis})`)]

function formatAws({ environment, ...aws }: NonNullable<Setup['aws']>): readonly string[] {
  const { endpoint, region, account, identityStoreId, instanceArn } = aws
  const hasKey = environment.AWS_ACCESS_KEY_ID !== undefined
  return [
    'AWS APIs',
    ...formatRecord([
      ['endpoint', endpoint ?? 'turned off (--no-aws)'],
      ['identity store ID', identityStoreId],
      ['instance ARN', instanceArn],
      ['account', account],
      ['region', region],
    ])
      .trimEnd()
      .split('\n'),
    ...(endpoint === undefined ? [] : ['', ...exportLines(environment)]),
    hasKey
      ? 'AWS_SECRET_ACCESS_KEY is shown only when `scimulator keys create` creates the key.'
      : 'The tenant has no access key. Create one with `scimulator keys create`.',
  ]
}
