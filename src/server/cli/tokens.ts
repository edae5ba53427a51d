import { type Command, Option } from 'commander'
import type { IssuedToken, NewToken, Token } from '../../domain/contract/tokens.ts'
import { formatClient } from '../../scim/recognition/products.ts'
import { limitOption, listingCommand, parseDurationText, tenantOption } from './options.ts'
import { formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatRecord } from './table.ts'

type TenantOption = { readonly tenant?: string }

const columns: readonly Column<Token>[] = [
  { name: 'token', of: ({ id }) => id, shows: 'whole' },
  { name: 'ends in', of: ({ ending }) => ending },
  { name: 'access', of: ({ access }) => access },
  { name: 'client', of: ({ recognized }) => recognized && formatClient(recognized) },
  { name: 'created', of: ({ created }) => formatTime(created), shows: 'whole', isExtra: true },
  { name: 'expires', of: ({ expires }) => formatTime(expires), shows: 'whole' },
  { name: 'requests', of: ({ requests }) => requests, isExtra: true },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed), shows: 'whole', isExtra: true },
  { name: 'warning', of: ({ warning }) => warning, tone: () => 'warning' },
]

/** `scimulator tokens`: the access tokens of a tenant. */
export function tokensCommand(tokens: Command): void {
  listingCommand(tokens, 'List tokens, newest first')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action(listTokens)
  tokens
    .command('create')
    .description('Generate a token; it is shown once')
    .addOption(tenantOption())
    .option('--value <token>', 'Value of the token, for tests (default: generated)')
    .addOption(
      new Option('--access <access>', 'Full or read-only access').choices(['full', 'read']).default('full'),
    )
    .action(createToken)
  tokens
    .command('rotate <token>')
    .description('Generate a token that replaces another after an overlap; it is shown once')
    .addOption(tenantOption())
    .addOption(
      new Option('--overlap <duration>', 'How long the old token remains valid')
        .default('24h')
        .argParser(parseDurationText),
    )
    .action(rotateToken)
  tokens
    .command('expire <token>')
    .description('Expire a token now')
    .addOption(tenantOption())
    .action(expireToken)
  tokens
    .command('delete <token>')
    .description('Delete a token; clients that use it get 401')
    .addOption(tenantOption())
    .action(deleteToken)
}

async function listTokens(
  { tenant, limit }: TenantOption & { limit: number },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  await list(
    session,
    'GET /tenants/:tenant/tokens',
    { params: { tenant: id } },
    {
      limit,
      columns,
      nothing: `Tenant ${id} has no access token. Generate one with \`scimulator tokens create\`.`,
    },
  )
}

type CreateOptions = TenantOption & NewToken

async function createToken({ tenant, value, access }: CreateOptions, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant) }
  const token = await api.call('POST /tenants/:tenant/tokens', { params, body: { value, access } })
  show(token, `${formatIssued(token)}\nThe token is shown once.\n`)
}

const formatIssued = (token: IssuedToken): string =>
  formatRecord([
    ['token', token.id],
    ['access', token.access],
    ['expires', formatTime(token.expires)],
    ['value', token.value],
  ])

async function rotateToken(
  id: string,
  { tenant, overlap }: TenantOption & { readonly overlap: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant), token: id }
  const token = await api.call('POST /tenants/:tenant/tokens/:token/rotate', { params, body: { overlap } })
  const overlapEnd = `The old token expires at ${formatTime(token.replaces.expires)}.`
  show(token, `${formatIssued(token)}\nThe token is shown once. ${overlapEnd}\n`)
}

async function expireToken(token: string, { tenant }: TenantOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const result = await api.call('POST /tenants/:tenant/tokens/:token/expire', {
    params: { tenant: id, token },
  })
  show(result, `Expired token ${token} of tenant ${id}.\n`)
}

async function deleteToken(token: string, { tenant }: TenantOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const result = await api.call('DELETE /tenants/:tenant/tokens/:token', { params: { tenant: id, token } })
  show(result, `Deleted token ${token} of tenant ${id}.\n`)
}
