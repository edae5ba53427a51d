import { awsEnvironment } from '../../aws-api/environment.ts'
import type { AccessKey, AwsConnection, IssuedAccessKey } from '../../domain/contract/access-keys.ts'
import { exportLines } from '../../domain/contract/environment.ts'
import { does, noun, runs } from './noun.ts'
import { access, limit, tenant, text } from './options.ts'
import { formatTime } from './output.ts'
import { fetchItems, resolveTenant } from './session.ts'
import { type Column, formatRecord, formatTable, type Layout } from './table.ts'

const columns: readonly Column<AccessKey>[] = [
  { name: 'access key', of: ({ id }) => id },
  { name: 'access', of: ({ access }) => access },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'requests', of: ({ requests }) => requests },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed) },
]

export const formatAwsConnection = ({
  endpoint,
  identityStoreId,
  instanceArn,
  account,
  region,
}: AwsConnection): string =>
  formatRecord([
    ['endpoint', endpoint ?? 'turned off (--no-aws)'],
    ['identity store ID', identityStoreId],
    ['instance ARN', instanceArn],
    ['account', account],
    ['region', region],
  ])

/** The keys, and what a client of the AWS APIs needs besides a secret. */
function formatKeys(
  tenant: string,
  keys: readonly AccessKey[],
  aws: AwsConnection | undefined,
  layout: Layout,
): string {
  const [newest] = keys
  const table =
    newest === undefined
      ? `Tenant ${tenant} has no access key. Create one with \`scimulator keys create\`.\n`
      : formatTable(columns, keys, layout)
  if (aws === undefined) return table
  const environment = awsEnvironment({ url: aws.endpoint, region: aws.region, id: newest?.id })
  const lines = aws.endpoint === undefined ? [] : ['', ...exportLines(environment)]
  return `${table}\n${formatAwsConnection(aws)}${lines.map(line => `${line}\n`).join('')}`
}

const formatIssued = ({ id, access, created, environment }: IssuedAccessKey): string =>
  [
    formatRecord([
      ['access key', id],
      ['access', access],
      ['created', formatTime(created)],
    ]),
    ...exportLines(environment).map(line => `${line}\n`),
    '\nThe secret is shown once.\n',
  ].join('')

export const keys = noun([
  does(
    'list',
    'List access keys, newest first, and what else a client of the AWS APIs needs',
    { flags: { limit, tenant } },
    async ({ limit, ...given }, { api, show, layout }) => {
      const params = { tenant: await resolveTenant(api, given.tenant) }
      const page = await fetchItems(api.call, 'GET /tenants/:tenant/access-keys', { params }, limit)
      const { aws } = await api.call('GET /tenants/:tenant', { params })
      show(page, formatKeys(params.tenant, page.items, aws, layout))
    },
  ),
  runs('create', 'POST /tenants/:tenant/access-keys', 'Create an access key; its secret is shown once', {
    flags: {
      id: text('id', 'Access key ID, for tests (default: generated)'),
      secret: text('secret', 'Secret access key, for tests (default: generated)'),
      access,
    },
    shows: formatIssued,
  }),
  runs(
    'delete <key>',
    'DELETE /tenants/:tenant/access-keys/:key',
    'Delete an access key; requests signed with it are rejected',
    {
      shows: (_, { key, tenant }) => `Deleted access key ${key} of tenant ${tenant}.\n`,
    },
  ),
])
