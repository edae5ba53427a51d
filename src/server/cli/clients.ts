import type {
  AccessToken,
  ClientAssertion,
  IssuedClientSecret,
  IssuedOAuthClient,
  OAuthClient,
} from '../../domain/contract/oauth-clients.ts'
import { wrongUse } from './cli-error.ts'
import { does, lists, noun, runs } from './noun.ts'
import {
  access,
  conflicting,
  duration,
  limit,
  milliseconds,
  tenant,
  text,
  texts,
  type Values,
  withDefault,
} from './options.ts'
import { formatCount, formatTime } from './output.ts'
import { list, resolveTenant } from './session.ts'
import { type Column, formatRecord } from './table.ts'

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

const secretLifetime = withDefault(duration('How long the secret is valid: 1 to 1096 days'), '365d')

const assertionFlags = {
  entraTenant: text('id', 'Tenant ID of Entra, for workload identity federation instead of a secret'),
  application: text('id', 'Client ID of the workload application, with --entra-tenant'),
  principal: text('id', 'Object ID of the service principal of SyncFabric, with --entra-tenant'),
  issuer: conflicting(text('issuer', 'Issuer of the assertions, instead of a secret'), 'entraTenant'),
  subject: text('subject', 'Subject of the assertions, with --issuer'),
  audience: texts('audience', 'Accepted audiences of the assertions, with --issuer'),
  caller: text('id', 'Application of the assertions (`azp` or `appid`), with --issuer'),
  jwks: text('url', 'URL of the keys (default: from the metadata of the issuer)'),
}

/** The assertions that the options describe; undefined for a client with a secret. */
function readAssertion(options: Values<typeof assertionFlags>): ClientAssertion | undefined {
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

const formatSecret = ({ id, expires, value }: IssuedClientSecret): string =>
  formatRecord([
    ['secret ID', id],
    ['expires', formatTime(expires)],
    ['secret', value],
  ])

export const clients = noun([
  lists('list', 'GET /tenants/:tenant/clients', 'List clients, newest first', {
    columns,
    nothing: ({ tenant }) => `Tenant ${tenant} has no client. Create one with \`scimulator clients create\`.`,
  }),
  runs('create', 'POST /tenants/:tenant/clients', 'Create a client; its secret is shown once', {
    flags: {
      ...assertionFlags,
      tenant,
      name: text('name', 'Name (default: the client ID)'),
      id: text('id', 'Client ID, for tests (default: generated)'),
      secret: text('secret', 'Secret, for tests (default: generated)'),
      access,
      tokenLifetime: withDefault(
        milliseconds('How long access tokens are valid: 1m to 24h'),
        3_600_000,
        '1h',
      ),
      secretLifetime,
    },
    sends({ name, id, access, secret, tokenLifetime, secretLifetime, ...options }) {
      const assertion = readAssertion(options)
      if (assertion && secret !== undefined)
        throw wrongUse('Use either --secret or the options of assertions.')
      return {
        name,
        id,
        access,
        tokenLifetime: Math.round(tokenLifetime / 1000),
        ...(assertion ? { assertion } : { secret: { value: secret, lifetime: secretLifetime } }),
      }
    },
    shows: formatClient,
  }),
  does(
    'rotate <client>',
    'Create a second secret, which is shown once; the other one remains valid until it is deleted',
    { flags: { tenant, secretLifetime } },
    async ({ client, secretLifetime, ...given }, { api, show }) => {
      const params = { tenant: await resolveTenant(api, given.tenant), client }
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
    },
  ),
  does(
    'delete <client>',
    'Delete a client, or one of its secrets; access tokens that were issued for it are rejected',
    { flags: { tenant, secret: text('id', 'Delete only the secret with this ID') } },
    async ({ client, secret, ...given }, { api, show }) => {
      const params = { tenant: await resolveTenant(api, given.tenant), client }
      if (secret === undefined) {
        const deleted = await api.call('DELETE /tenants/:tenant/clients/:client', { params })
        show(deleted, `Deleted client ${client} of tenant ${params.tenant}.\n`)
      } else {
        const path = 'DELETE /tenants/:tenant/clients/:client/secrets/:secret'
        const deleted = await api.call(path, { params: { ...params, secret } })
        show(deleted, `Deleted secret ${secret} of client ${client}.\n`)
      }
    },
  ),
  does(
    'tokens [client]',
    'List the access tokens of clients, newest first, or revoke one',
    { flags: { tenant, limit, revoke: text('id', 'Revoke the access token with this ID') } },
    async ({ client, limit, revoke, ...given }, session) => {
      const params = { tenant: await resolveTenant(session.api, given.tenant) }
      if (revoke !== undefined) {
        const path = 'DELETE /tenants/:tenant/access-tokens/:token'
        const revoked = await session.api.call(path, { params: { ...params, token: revoke } })
        return session.show(revoked, `Revoked access token ${revoke} of tenant ${params.tenant}.\n`)
      }
      const nothing = 'Clients have requested no access token.'
      const input = { params, query: { client } }
      await list(session, 'GET /tenants/:tenant/access-tokens', input, {
        limit,
        columns: tokenColumns,
        nothing,
      })
    },
  ),
])
