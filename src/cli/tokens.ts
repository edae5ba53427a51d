import { type Command, Option } from 'commander'
import { apiPath } from './api-client.ts'
import { limitOption, listingCommand, parseDurationText, tenantOption } from './options.ts'
import { type Column, formatRecord, formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'

type TokenAnswer = {
  readonly id: string
  readonly ending: string
  readonly access: string
  readonly created: string
  readonly expires: string
  readonly warning?: string
  readonly lastUsed?: string
  readonly uses: number
}

type Named = { readonly tenant?: string }

const columns: readonly Column<TokenAnswer>[] = [
  { name: 'token', of: ({ id }) => id },
  { name: 'ends in', of: ({ ending }) => ending },
  { name: 'access', of: ({ access }) => access },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'expires', of: ({ expires }) => formatTime(expires) },
  { name: 'uses', of: ({ uses }) => uses },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed) },
  { name: 'to do', of: ({ warning }) => warning },
]

/** `scimulator tokens`: the access tokens of a tenant. */
export function tokensCommand(program: Command): void {
  const tokens = program.command('tokens').description('the access tokens of a tenant')
  listingCommand(tokens, 'list the tokens that are not deleted, newest first')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action(listTokens)
  tokens
    .command('create')
    .description('make a token; its text is shown this once')
    .addOption(tenantOption())
    .option('--text <text>', 'the text, for tests; generated when left out')
    .addOption(
      new Option('--access <access>', 'what it lets its client do').choices(['full', 'read']).default('full'),
    )
    .action(createToken)
  tokens
    .command('rotate <token>')
    .description('make a token in the place of one, which goes on for a while; its text is shown this once')
    .addOption(tenantOption())
    .addOption(
      new Option('--overlap <duration>', 'how long the old one goes on')
        .default('24h')
        .argParser(parseDurationText),
    )
    .action(rotateToken)
  tokens
    .command('expire <token>')
    .description('let a token expire now')
    .addOption(tenantOption())
    .action(expireToken)
  tokens
    .command('delete <token>')
    .description('delete a token: requests that carry it are refused')
    .addOption(tenantOption())
    .action(deleteToken)
}

async function listTokens({ tenant, limit }: Named & { limit: number }, command: Command): Promise<void> {
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  await list(session, {
    path: apiPath('tenants', id, 'tokens'),
    limit,
    columns,
    nothing: `The tenant ${id} has no access token: \`scimulator tokens create\` makes one.`,
  })
}

type TokenRequest = Named & { readonly text?: string; readonly access: string }

async function createToken({ tenant, text, access }: TokenRequest, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const path = apiPath('tenants', await resolveTenant(api, tenant), 'tokens')
  const token = await api.post<TokenAnswer & { text: string }>(path, { body: { text, access } })
  show(token, `${formatIssued(token)}\nThe text is shown this once.\n`)
}

const formatIssued = (token: TokenAnswer & { readonly text: string }): string =>
  formatRecord([
    ['token', token.id],
    ['access', token.access],
    ['expires', formatTime(token.expires)],
    ['text', token.text],
  ])

type Rotated = TokenAnswer & { readonly text: string; readonly replaces: TokenAnswer }

async function rotateToken(
  id: string,
  { tenant, overlap }: Named & { readonly overlap: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const path = apiPath('tenants', await resolveTenant(api, tenant), 'tokens', id, 'rotate')
  const token = await api.post<Rotated>(path, { body: { overlap } })
  const until = `The one it follows expires at ${formatTime(token.replaces.expires)}.`
  show(token, `${formatIssued(token)}\nThe text is shown this once. ${until}\n`)
}

async function expireToken(token: string, { tenant }: Named, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const answer = await api.post(apiPath('tenants', id, 'tokens', token, 'expire'))
  show(answer, `Expired the token ${token} of the tenant ${id}.\n`)
}

async function deleteToken(token: string, { tenant }: Named, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const answer = await api.delete(apiPath('tenants', id, 'tokens', token))
  show(answer, `Deleted the token ${token} of the tenant ${id}.\n`)
}
