import { type Command, Option } from 'commander'
import type {
  AccessToken,
  ClientAssertion,
  IssuedClientSecret,
  IssuedOAuthClient,
  NewOAuthClient,
  OAuthClient,
} from '../../domain/contract/oauth-clients.ts'
import { wrongUse } from './cli-error.ts'
import { limitOption, listingCommand, parseDuration, parseDurationText, tenantOption } from './options.ts'
import { formatCount, formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatRecord } from './table.ts'

type TenantOption = { readonly tenant?: string }

const columns: readonly Column<OAuthClient>[] = [
  { name: 'client', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'access', of: ({ access }) => access },
  { name: 'tokens valid for', of: ({ tokenLifetime }) => `${tokenLifetime} s` },
  { name: 'authentication', of: describeAuthentication },
  { name: 'issued', of: ({ issued }) => issued },
  { name: 'last used', of: ({ lastUsed }) => formatTime(lastUsed) },
  { name: 'in force', of: ({ inForce }) => (inForce ? 'yes' : 'no') },
]

/** "assertion", or the secrets with their expiry. */
function describeAuthentication({ authentication, secrets }: OAuthClient): string {
  if (authentication === 'assertion') return 'assertion'
  if (secrets.length === 0) return 'no secret'
  return secrets
    .map(({ id, ending, expired, expiresInDays }) =>
      [`${id} (…${ending})`, expired ? 'expired' : `expires in ${formatCount(expiresInDays, 'day')}`].join(
        ' ',
      ),
    )
    .join(', ')
}

const tokenColumns: readonly Column<AccessToken>[] = [
  { name: 'access token', of: ({ id }) => id },
  { name: 'ends in', of: ({ ending }) => ending },
  { name: 'client', of: ({ client }) => client },
  { name: 'scope', of: ({ scope }) => scope },
  { name: 'status', of: ({ status }) => status },
  { name: 'created', of: ({ created }) => formatTime(created) },
  { name: 'expires', of: ({ expires }) => formatTime(expires) },
  { name: 'requests', of: ({ requests }) => requests },
]

const accessOption = () =>
  new Option('--access <access>', 'Full or read-only access').choices(['full', 'read'])

const secretLifetimeOption = () =>
  new Option('--secret-lifetime <duration>', 'How long the secret is valid: 1 to 1096 days')
    .default('365d')
    .argParser(parseDurationText)

/** `scimulator clients`: the clients of a tenant's token endpoint. */
export function clientsCommand(clients: Command): void {
  listingCommand(clients, 'List clients, newest first')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action(listClients)
  addAssertionOptions(clients.command('create'))
    .description('Create a client; its secret is shown once')
    .addOption(tenantOption())
    .option('--name <name>', 'Name (default: the client ID)')
    .option('--id <id>', 'Client ID, for tests (default: generated)')
    .option('--secret <secret>', 'Secret, for tests (default: generated)')
    .addOption(accessOption().default('full'))
    .addOption(
      new Option('--token-lifetime <duration>', 'How long access tokens are valid: 1m to 24h')
        .default(3_600_000, '1h')
        .argParser(parseDuration),
    )
    .addOption(secretLifetimeOption())
    .action(createClient)
  clients
    .command('rotate <client>')
    .description(
      'Create a second secret, which is shown once; the other one remains valid until it is deleted',
    )
    .addOption(tenantOption())
    .addOption(secretLifetimeOption())
    .action(rotateSecret)
  clients
    .command('delete <client>')
    .description('Delete a client, or one of its secrets; access tokens that were issued for it are rejected')
    .addOption(tenantOption())
    .option('--secret <id>', 'Delete only the secret with this ID')
    .action(deleteClient)
  clients
    .command('tokens [client]')
    .description('List the access tokens of clients, newest first, or revoke one')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .option('--revoke <id>', 'Revoke the access token with this ID')
    .action(showTokens)
}

type AssertionOptions = {
  readonly entraTenant?: string
  readonly application?: string
  readonly principal?: string
  readonly issuer?: string
  readonly subject?: string
  readonly audience?: string[]
  readonly caller?: string
  readonly jwks?: string
}

const addAssertionOptions = (command: Command): Command =>
  command
    .option('--entra-tenant <id>', 'Tenant ID of Entra, for workload identity federation instead of a secret')
    .option('--application <id>', 'Client ID of the workload application, with --entra-tenant')
    .option('--principal <id>', 'Object ID of the service principal of SyncFabric, with --entra-tenant')
    .addOption(
      new Option('--issuer <issuer>', 'Issuer of the assertions, instead of a secret').conflicts(
        'entraTenant',
      ),
    )
    .option('--subject <subject>', 'Subject of the assertions, with --issuer')
    .option('--audience <audience...>', 'Accepted audiences of the assertions, with --issuer')
    .option('--caller <id>', 'Application of the assertions (`azp` or `appid`), with --issuer')
    .option('--jwks <url>', 'URL of the keys (default: from the metadata of the issuer)')

/** The assertions that the options describe; undefined for a client with a secret. */
function readAssertion(options: AssertionOptions): ClientAssertion | undefined {
  const { entraTenant, application, principal, issuer, subject, audience, caller, jwks } = options
  const extra = jwks === undefined ? {} : { jwks }
  if (entraTenant !== undefined) {
    if (application === undefined || principal === undefined) {
      throw wrongUse('Use --entra-tenant with --application and --principal.')
    }
    return { kind: 'entra', directory: entraTenant, application, principal, ...extra }
  }
  if (issuer === undefined) {
    if ([application, principal, subject, audience, caller, jwks].some(one => one !== undefined)) {
      throw wrongUse('Use options of assertions with --entra-tenant or --issuer.')
    }
    return undefined
  }
  if (subject === undefined || audience === undefined) {
    throw wrongUse('Use --issuer with --subject and --audience.')
  }
  return {
    kind: 'issuer',
    issuer,
    subject,
    audiences: audience,
    ...(caller !== undefined && { caller }),
    ...extra,
  }
}

async function listClients(
  { tenant, limit }: TenantOption & { limit: number },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  await list(
    session,
    'GET /tenants/:tenant/clients',
    { params: { tenant: id } },
    {
      limit,
      columns,
      nothing: `Tenant ${id} has no client. Create one with \`scimulator clients create\`.`,
    },
  )
}

type CreateOptions = TenantOption &
  AssertionOptions &
  Pick<NewOAuthClient, 'name' | 'id' | 'access'> & {
    readonly secret?: string
    /** Milliseconds. */
    readonly tokenLifetime: number
    readonly secretLifetime: string
  }

async function createClient(options: CreateOptions, command: Command): Promise<void> {
  const { tenant, name, id, access, secret, tokenLifetime, secretLifetime } = options
  const assertion = readAssertion(options)
  if (assertion && secret !== undefined) {
    throw wrongUse('Use either --secret or the options of assertions.')
  }
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant) }
  const client = await api.call('POST /tenants/:tenant/clients', {
    params,
    body: {
      name,
      id,
      access,
      tokenLifetime: Math.round(tokenLifetime / 1000),
      ...(assertion ? { assertion } : { secret: { value: secret, lifetime: secretLifetime } }),
    },
  })
  show(client, formatClient(client))
}

const formatClient = ({ id, access, tokenEndpoint, secret, lifetimeWarning }: IssuedOAuthClient): string =>
  [
    formatRecord([
      ['token endpoint', tokenEndpoint],
      ['client ID', id],
      ['access', access],
      ['secret', secret?.value],
      ['secret expires', secret && formatTime(secret.expires)],
      ['warning', lifetimeWarning],
    ]),
    ...(secret ? ['\nThe secret is shown once.\n'] : []),
  ].join('')

async function rotateSecret(
  client: string,
  { tenant, secretLifetime }: TenantOption & { readonly secretLifetime: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant), client }
  const { secrets } = await api.call('GET /tenants/:tenant/clients/:client', { params })
  const secret = await api.call('POST /tenants/:tenant/clients/:client/secrets', {
    params,
    body: { lifetime: secretLifetime },
  })
  const [old] = secrets
  const next = old
    ? ` Give it to the client, then delete the old one: scimulator clients delete ${client} --secret ${old.id}`
    : ''
  show(secret, `${formatSecret(secret)}\nThe secret is shown once.${next}\n`)
}

const formatSecret = ({ id, expires, value }: IssuedClientSecret): string =>
  formatRecord([
    ['secret ID', id],
    ['expires', formatTime(expires)],
    ['secret', value],
  ])

async function deleteClient(
  client: string,
  { tenant, secret }: TenantOption & { readonly secret?: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant), client }
  if (secret !== undefined) {
    const path = 'DELETE /tenants/:tenant/clients/:client/secrets/:secret'
    show(
      await api.call(path, { params: { ...params, secret } }),
      `Deleted secret ${secret} of client ${client}.\n`,
    )
    return
  }
  const result = await api.call('DELETE /tenants/:tenant/clients/:client', { params })
  show(result, `Deleted client ${client} of tenant ${params.tenant}.\n`)
}

async function showTokens(
  client: string | undefined,
  { tenant, limit, revoke }: TenantOption & { readonly limit: number; readonly revoke?: string },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  if (revoke !== undefined) {
    const path = 'DELETE /tenants/:tenant/access-tokens/:token'
    const result = await session.api.call(path, { params: { tenant: id, token: revoke } })
    session.show(result, `Revoked access token ${revoke} of tenant ${id}.\n`)
    return
  }
  await list(
    session,
    'GET /tenants/:tenant/access-tokens',
    { params: { tenant: id }, query: { client } },
    { limit, columns: tokenColumns, nothing: 'Clients have requested no access token.' },
  )
}
