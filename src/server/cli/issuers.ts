import { readFileSync } from 'node:fs'
import type { IssuerCheck, NewIssuer, TrustedIssuer } from '../../domain/contract/issuers.ts'
import { wrongUse } from './cli-error.ts'
import { lists, noun, runs } from './noun.ts'
import { access, choice, conflicting, text, texts, toggle, type Values } from './options.ts'
import { formatTime } from './output.ts'
import { type Column, formatRecord, formatTable } from './table.ts'

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

const settings = {
  name: text('name', 'Name (default: the issuer)'),
  access,
  entraTenant: text('id', "Tenant ID of an Entra directory, for Entra's own tokens"),
  cloud: choice(['global', 'us-government', 'china'], 'Microsoft cloud of the directory'),
  issuer: conflicting(text('issuer', 'Exact `iss` of the tokens'), 'entraTenant'),
  audience: texts('audience', 'Accepted `aud` (default: the public URL of the SCIM endpoint)'),
  jwks: text('url', 'URL of the keys (default: from the metadata of the issuer)'),
  algorithm: texts('algorithm', 'Accepted signature algorithms'),
  client: texts('client', 'Accepted clients: `client_id`, `azp` or `appid`'),
  subject: texts('subject', 'Accepted subjects: `sub`'),
  readScope: text('scope', 'Scope or role for read-only access'),
  writeScope: text('scope', 'Scope or role for full access'),
  accessTokensOnly: toggle('Require `typ` at+jwt'),
}

function toNewIssuer({ entraTenant, issuer, ...options }: Values<typeof settings>): NewIssuer {
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

export const issuers = noun([
  lists('list', 'GET /tenants/:tenant/issuers', 'List trusted issuers, newest first', {
    columns,
    nothing: ({ tenant }) => `Tenant ${tenant} trusts no issuer. Add one with \`scimulator issuers add\`.`,
  }),
  runs(
    'add',
    'POST /tenants/:tenant/issuers',
    'Trust an issuer: an Entra directory, or an OpenID provider or authorization server',
    { flags: settings, sends: toNewIssuer, shows: formatIssuer },
  ),
  runs(
    'check <issuer>',
    'POST /tenants/:tenant/issuers/:issuer/check',
    'Fetch the keys of an issuer now, and verify a token',
    {
      flags: { tokenFile: text('file', 'File with a token to verify (-: standard input)') },
      sends: ({ tokenFile }) => (tokenFile === undefined ? {} : { token: readToken(tokenFile) }),
      shows: formatCheck,
      fails: ({ reached, token }) => {
        if (!reached) return 'The keys of the issuer could not be fetched.'
        return token?.accepted === false ? 'The token would be rejected.' : undefined
      },
    },
  ),
  runs(
    'remove <issuer>',
    'DELETE /tenants/:tenant/issuers/:issuer',
    'Stop trusting an issuer; requests with its JWTs are rejected',
    { shows: (_, { issuer, tenant }) => `Tenant ${tenant} no longer trusts issuer ${issuer}.\n` },
  ),
])
