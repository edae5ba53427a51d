import type { IssuedToken, Token } from '../../domain/contract/tokens.ts'
import { formatClient } from '../../scim/recognition/products.ts'
import { lists, noun, runs } from './noun.ts'
import { access, duration, text, withDefault } from './options.ts'
import { formatCount, formatTime } from './output.ts'
import { type Column, formatRecord } from './table.ts'

const columns: readonly Column<Token>[] = [
  { name: 'token', of: ({ id }) => id, shows: 'id' },
  { name: 'name', of: ({ name }) => name },
  { name: 'ends in', of: ({ ending }) => ending },
  { name: 'access', of: ({ access }) => access },
  { name: 'client', of: ({ recognized }) => recognized && formatClient(recognized) },
  { name: 'created', of: ({ created }) => formatTime(created), shows: 'whole', isExtra: true },
  {
    name: 'expires',
    of: ({ expires, expired, expiresInDays }, now) =>
      now === undefined
        ? formatTime(expires)
        : expired
          ? 'expired'
          : `in ${formatCount(expiresInDays, 'day')}`,
    shows: 'whole',
  },
  { name: 'requests', of: ({ requests }) => requests, isExtra: true },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed), shows: 'whole', isExtra: true },
  { name: 'warning', of: ({ warning }) => warning, tone: () => 'warning', shows: 'below' },
]

const formatIssued = (token: IssuedToken, note = ''): string =>
  `${formatRecord([
    ['token', token.id],
    ...(token.name === undefined ? [] : [['name', token.name] as const]),
    ['access', token.access],
    ['expires', formatTime(token.expires)],
    ['value', token.value],
  ])}\nThe token is shown once.${note}\n`

export const tokens = noun([
  lists('list', 'GET /tenants/:tenant/tokens', 'List tokens, newest first', {
    columns,
    nothing: ({ tenant }) =>
      `Tenant ${tenant} has no access token. Generate one with \`scimulator tokens create\`.`,
  }),
  runs('create', 'POST /tenants/:tenant/tokens', 'Generate a token; it is shown once', {
    flags: {
      name: text('name', 'Name of the token, for people'),
      expires: duration('How long it is valid, at most 365d (default: 365d)'),
      access,
      value: text('token', 'Value of the token, for tests (default: generated)'),
    },
    sends: ({ name, expires, access, value }) => ({ name, for: expires, access, value }),
    shows: token => formatIssued(token),
  }),
  runs(
    'rotate <token>',
    'POST /tenants/:tenant/tokens/:token/rotate',
    'Generate a token that replaces another after an overlap; it is shown once',
    {
      flags: { overlap: withDefault(duration('How long the old token remains valid'), '24h') },
      shows: token => formatIssued(token, ` The old token expires at ${formatTime(token.replaces.expires)}.`),
    },
  ),
  runs('expire <token>', 'POST /tenants/:tenant/tokens/:token/expire', 'Expire a token now', {
    shows: (_, { token, tenant }) => `Expired token ${token} of tenant ${tenant}.\n`,
  }),
  runs(
    'delete <token>',
    'DELETE /tenants/:tenant/tokens/:token',
    'Delete a token; clients that use it get 401',
    { shows: (_, { token, tenant }) => `Deleted token ${token} of tenant ${tenant}.\n` },
  ),
])
