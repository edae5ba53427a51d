import type { AccessKey, IssuedAccessKey } from '../../domain/contract/access-keys.ts'
import { exportLines } from '../../domain/contract/environment.ts'
import { lists, noun, runs } from './noun.ts'
import { access, text } from './options.ts'
import { formatTime } from './output.ts'
import { type Column, formatRecord } from './table.ts'

const columns: readonly Column<AccessKey>[] = [
  { name: 'access key', of: ({ id }) => id },
  { name: 'access', of: ({ access }) => access },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'requests', of: ({ requests }) => requests },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed) },
]

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
  lists('list', 'GET /tenants/:tenant/access-keys', 'List access keys, newest first', {
    columns,
    nothing: ({ tenant }) =>
      `Tenant ${tenant} has no access key. Create one with \`scimulator keys create\`.`,
  }),
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
