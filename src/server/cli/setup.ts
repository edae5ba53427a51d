import { exportLines } from '../../domain/contract/environment.ts'
import type { AttributeUse, MappingUse, Setup } from '../../domain/contract/setup.ts'
import { productLabels, provisioningClients } from '../../scim/recognition/products.ts'
import { noun, operation, runs } from './noun.ts'
import { choice } from './options.ts'
import { formatCount, formatTenantTime, printable } from './output.ts'
import { type Column, formatRecord, formatTable, type Layout } from './table.ts'

export const sample = operation('sample', 'POST /tenants/:tenant/sample', {
  shows: ({ requests, created, modified, failed }, { tenant }) =>
    `Sent ${formatCount(requests, 'request')} to tenant ${tenant}: ${created} created, ${modified} modified, ${failed} failed.\n`,
  fails: ({ failed }) =>
    failed > 0 ? 'Some requests failed. See `scimulator journal list --status 4xx`.' : undefined,
})

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

function formatUse(use: MappingUse, _called: unknown, layout: Layout): string {
  const rows = (['users', 'groups'] as const).flatMap(kind =>
    use[kind].attributes.map((attribute): UseRow => ({ kind, of: use[kind].resources, ...attribute })),
  )
  return rows.length === 0 ? 'No users and groups yet.\n' : formatTable(useColumns, rows, layout)
}

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

const client = choice(provisioningClients, 'Client to connect (default: the one seen, or entra)')

export const setup = noun([
  operation('setup', 'GET /tenants/:tenant/setup', { flags: { client }, shows: formatSetup }),
  runs(
    'mapping',
    'GET /tenants/:tenant/setup/mapping',
    'Compare the recommended attribute mapping with what arrived in the newest users and groups',
    { flags: { client }, shows: formatUse },
  ),
])
