import { exportLines } from '../../domain/contract/environment.ts'
import type { AttributeUse, MappingUse, Setup } from '../../domain/contract/setup.ts'
import { compact } from '../../scim/json.ts'
import { productLabels, provisioningClients } from '../../scim/recognition/products.ts'
import { formatAwsConnection } from './keys.ts'
import { noun, operation, program, runs } from './noun.ts'
import { choice, tenant, text } from './options.ts'
import { formatCount, formatTenantTime, printable } from './output.ts'
import { resolveTenant } from './session.ts'
import { readMappingOption } from './source-files.ts'
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
  {
    name: 'attribute',
    of: ({ target }, now) =>
      now === undefined ? target : target.replace('urn:ietf:params:scim:schemas:', '…:'),
    shows: 'whole',
  },
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

function formatSetup({ aws, steps, guide, formerly, ...connection }: Setup): string {
  const lines = steps.map(({ title, done, at, tenantTime }) =>
    [
      done ? '[x]' : '[ ]',
      title,
      ...(tenantTime === undefined ? [] : [`(${formatTenantTime(at ?? tenantTime, tenantTime)})`]),
    ].join(' '),
  )
  const next = steps.find(({ done }) => !done)
  const last = next ? `Next: ${printable(next.hint)}` : 'Setup complete.'
  const undone = steps.filter(({ done }) => !done).map(({ id }) => id)
  // Guides without a step that no request shows repeat the hints.
  const portal =
    undone.includes('user') && guide.some(({ steps: shown }) => shown.length === 0)
      ? [
          '',
          'In the portal',
          ...guide.map(({ title, text }, at) => `${at + 1}. ${title}: ${printable(text)}`),
        ]
      : []
  const awsLines = aws ? ['', ...formatAws(aws)] : []
  return `${[...formatConnection(connection), '', ...lines, '', last, ...portal, ...(formerly && portal.length > 0 ? [formerly] : []), ...formatPitfalls(connection), ...awsLines].join('\n')}\n`
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
  return [
    'AWS APIs',
    ...formatAwsConnection(aws).trimEnd().split('\n'),
    ...(aws.endpoint === undefined ? [] : ['', ...exportLines(environment)]),
    environment.AWS_ACCESS_KEY_ID === undefined
      ? 'The tenant has no access key. Create one with `scimulator keys create`.'
      : 'AWS_SECRET_ACCESS_KEY is shown only when `scimulator keys create` creates the key.',
  ]
}

const mapping = text(
  'name or file',
  'Compare this mapping with what arrived: aws, non-gallery, or a file such as the schema that Entra downloads',
)
const client = choice(provisioningClients, 'Client to connect (default: the one seen, or entra)')

export const setup = noun([
  program('setup', { flags: { client, mapping, tenant } }, async (given, session) => {
    const params = { tenant: await resolveTenant(session.api, given.tenant) }
    const named = await readMappingOption(given.mapping)
    if (named === undefined) {
      const state = await session.api.call('GET /tenants/:tenant/setup', {
        params,
        query: compact({ client: given.client }),
      })
      return session.show(state, formatSetup(state))
    }
    const use = await session.api.call('POST /tenants/:tenant/setup/mapping', {
      params,
      body: { mapping: named },
    })
    return session.show(use, formatUse(use, given, session.layout))
  }),
  runs(
    'mapping',
    'GET /tenants/:tenant/setup/mapping',
    'Compare the recommended attribute mapping with what arrived in the newest users and groups',
    { flags: { client }, shows: formatUse },
  ),
])
