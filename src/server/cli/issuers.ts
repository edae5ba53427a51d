import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import type { IssuerCheck, NewIssuer, TrustedIssuer } from '../../domain/contract/issuers.ts'
import { CliError, wrongUse } from './cli-error.ts'
import { limitOption, listingCommand, tenantOption } from './options.ts'
import { formatTime } from './output.ts'
import { createSession, list, resolveTenant } from './session.ts'
import { type Column, formatRecord, formatTable } from './table.ts'

type TenantOption = { readonly tenant?: string }

const columns: readonly Column<TrustedIssuer>[] = [
  { name: 'issuer', of: ({ id }) => id },
  { name: 'name', of: ({ name }) => name },
  { name: 'kind', of: ({ kind }) => kind },
  { name: 'access', of: ({ access }) => access },
  { name: 'audience', of: ({ audiences }) => audiences.join(' ') },
  { name: 'in force', of: ({ inForce }) => (inForce ? 'yes' : 'no') },
  { name: 'keys fetched', of: ({ keySet }) => formatTime(keySet.fetched) },
  { name: 'error', of: ({ keySet }) => keySet.reason },
]

/** `scimulator issuers`: the issuers whose JWTs a tenant accepts. */
export function issuersCommand(issuers: Command): void {
  listingCommand(issuers, 'List trusted issuers, newest first')
    .addOption(tenantOption())
    .addOption(limitOption(50))
    .action(listIssuers)
  issuers
    .command('add')
    .description('Trust an issuer: an Entra directory, or an OpenID provider or authorization server')
    .addOption(tenantOption())
    .option('--name <name>', 'Name (default: the issuer)')
    .addOption(
      new Option('--access <access>', 'Full or read-only access').choices(['full', 'read']).default('full'),
    )
    .option('--entra-tenant <id>', "Tenant ID of an Entra directory, for Entra's own tokens")
    .addOption(
      new Option('--cloud <cloud>', 'Microsoft cloud of the directory').choices([
        'global',
        'us-government',
        'china',
      ]),
    )
    .addOption(new Option('--issuer <issuer>', 'Exact `iss` of the tokens').conflicts('entraTenant'))
    .option('--audience <audience...>', 'Accepted `aud` (default: the public URL of the SCIM endpoint)')
    .option('--jwks <url>', 'URL of the keys (default: from the metadata of the issuer)')
    .option('--algorithm <algorithm...>', 'Accepted signature algorithms')
    .option('--client <client...>', 'Accepted clients: `client_id`, `azp` or `appid`')
    .option('--subject <subject...>', 'Accepted subjects: `sub`')
    .option('--read-scope <scope>', 'Scope or role for read-only access')
    .option('--write-scope <scope>', 'Scope or role for full access')
    .option('--access-tokens-only', 'Require `typ` at+jwt')
    .action(addIssuer)
  issuers
    .command('check <issuer>')
    .description('Fetch the keys of an issuer now, and verify a token')
    .addOption(tenantOption())
    .option('--token-file <file>', 'File with a token to verify (-: standard input)')
    .action(checkIssuer)
  issuers
    .command('remove <issuer>')
    .description('Stop trusting an issuer; requests with its JWTs are rejected')
    .addOption(tenantOption())
    .action(removeIssuer)
}

async function listIssuers(
  { tenant, limit }: TenantOption & { limit: number },
  command: Command,
): Promise<void> {
  const session = createSession(command)
  const id = await resolveTenant(session.api, tenant)
  await list(
    session,
    'GET /tenants/:tenant/issuers',
    { params: { tenant: id } },
    { limit, columns, nothing: `Tenant ${id} trusts no issuer. Add one with \`scimulator issuers add\`.` },
  )
}

type AddOptions = TenantOption & {
  readonly name?: string
  readonly access: 'full' | 'read'
  readonly entraTenant?: string
  readonly cloud?: 'global' | 'us-government' | 'china'
  readonly issuer?: string
  readonly audience?: string[]
  readonly jwks?: string
  readonly algorithm?: string[]
  readonly client?: string[]
  readonly subject?: string[]
  readonly readScope?: string
  readonly writeScope?: string
  readonly accessTokensOnly?: true
}

async function addIssuer({ tenant, ...options }: AddOptions, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const body = toNewIssuer(options)
  const params = { tenant: await resolveTenant(api, tenant) }
  const issuer = await api.call('POST /tenants/:tenant/issuers', { params, body })
  show(issuer, formatIssuer(issuer))
}

function toNewIssuer({ entraTenant, issuer, ...options }: AddOptions): NewIssuer {
  const { name, access, jwks, audience, cloud } = options
  const common = { access, ...(name !== undefined && { name }), ...(jwks !== undefined && { jwks }) }
  if (entraTenant !== undefined) {
    return {
      kind: 'entra',
      directory: entraTenant,
      ...common,
      ...(cloud && { cloud }),
      ...(audience?.[0] !== undefined && { audience: audience[0] }),
    }
  }
  if (issuer === undefined) throw wrongUse('Use --entra-tenant or --issuer.')
  const { algorithm, client, subject, readScope, writeScope, accessTokensOnly } = options
  const hasScopes = readScope !== undefined || writeScope !== undefined
  return {
    kind: 'oauth',
    issuer,
    ...common,
    ...(audience && { audiences: audience }),
    // The server rejects others.
    ...(algorithm && { algorithms: algorithm as Extract<NewIssuer, { kind: 'oauth' }>['algorithms'] }),
    ...(client && { clients: client }),
    ...(subject && { subjects: subject }),
    ...(hasScopes && { scopes: { read: readScope, write: writeScope } }),
    ...(accessTokensOnly && { accessTokensOnly }),
  }
}

const formatIssuer = ({ id, name, issuers, audiences, access, warning }: TrustedIssuer): string =>
  formatRecord([
    ['issuer', id],
    ['name', name],
    ['iss', issuers.join(' or ')],
    ['aud', audiences.join(' or ')],
    ['access', access],
    ...(warning === undefined ? [] : [['warning', warning] as const]),
  ])

async function checkIssuer(
  issuer: string,
  { tenant, tokenFile }: TenantOption & { readonly tokenFile?: string },
  command: Command,
): Promise<void> {
  const { api, show } = createSession(command)
  const params = { tenant: await resolveTenant(api, tenant), issuer }
  const body = tokenFile === undefined ? {} : { token: readToken(tokenFile) }
  const result = await api.call('POST /tenants/:tenant/issuers/:issuer/check', { params, body })
  show(result, formatCheck(result))
  if (!result.reached) throw new CliError('The keys of the issuer could not be fetched.')
  if (result.token?.accepted === false) throw new CliError('The token would be rejected.')
}

function readToken(path: string): string {
  try {
    return readFileSync(path === '-' ? 0 : path, 'utf8').trim()
  } catch (error) {
    throw wrongUse(`--token-file: cannot read ${path} (${(error as NodeJS.ErrnoException).code}).`)
  }
}

const keyColumns: readonly Column<IssuerCheck['keySet']['keys'][number]>[] = [
  { name: 'key', of: ({ id }) => id },
  { name: 'type', of: ({ type }) => type },
  { name: 'algorithm', of: ({ algorithm }) => algorithm },
  { name: 'first seen', of: ({ firstSeen }) => formatTime(firstSeen) },
]

const formatCheck = ({ reached, keySet, token }: IssuerCheck): string =>
  formatRecord([
    ['keys', reached ? `fetched from ${keySet.url}` : keySet.reason],
    ...(token
      ? [['token', token.accepted ? 'accepted' : `rejected: ${token.refusal}. ${token.detail}`] as const]
      : []),
  ]) + formatTable(keyColumns, keySet.keys)

async function removeIssuer(issuer: string, { tenant }: TenantOption, command: Command): Promise<void> {
  const { api, show } = createSession(command)
  const id = await resolveTenant(api, tenant)
  const result = await api.call('DELETE /tenants/:tenant/issuers/:issuer', {
    params: { tenant: id, issuer },
  })
  show(result, `Tenant ${id} no longer trusts issuer ${issuer}.\n`)
}
