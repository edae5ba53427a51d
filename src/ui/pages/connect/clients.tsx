import type {
  AccessToken,
  ClientAssertion,
  ClientSecret,
  OAuthClient,
} from '../../../domain/contract/oauth-clients.ts'
import { call } from '../../api.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { Collection, type Column, loadedRows } from '../../components/collection.tsx'
import type { Actions } from '../../components/row.tsx'
import { ClientText, Day } from '../../components/text.tsx'
import { formatCount, formatMoment, formatSpan } from '../../format.ts'
import { type Pages, usePages } from '../../load.ts'
import { editClient, newClient, newSecret } from './client-forms.tsx'
import { accessColumn, createdColumn, endingColumn, lastUsedColumn, requestsColumn } from './credential.ts'

type ClientsProps = {
  readonly tenant: string
  readonly pages: Pages<OAuthClient>
  /** Whether the tenant may have them; those of an earlier profile are kept. */
  readonly isOffered: boolean
}

export function Clients({ tenant, pages, isOffered }: ClientsProps) {
  const clients = pages.items.value
  if (!isOffered && clients.length === 0) return null
  const secrets = clients.flatMap(client => client.secrets.map(secret => ({ ...secret, client })))
  return (
    <>
      <Collection
        title="Clients"
        noun={['client', 'clients']}
        rows={pages}
        columns={columns}
        keyOf={({ id }) => id}
        create={isOffered ? { label: 'Create client', form: () => newClient(tenant) } : undefined}
        actions={actionsFor(tenant)}
        empty="None. A client requests access tokens at the token endpoint, with a secret or with an assertion of an identity provider."
      />
      {secrets.length > 0 && (
        <Collection
          title="Client secrets"
          noun={['client secret', 'client secrets']}
          rows={{ ...loadedRows(secrets), reload: pages.reload }}
          columns={secretColumns}
          keyOf={({ id }) => id}
          actions={secretActions(tenant)}
          empty={null}
        />
      )}
      {clients.some(({ issued }) => issued > 0) && <AccessTokens tenant={tenant} />}
    </>
  )
}

const assertionText = (assertion: ClientAssertion): string =>
  assertion.kind === 'entra'
    ? `assertions of Entra: directory ${assertion.directory}, workload ${assertion.application}, provisioning service ${assertion.principal}`
    : `assertions of ${assertion.issuer}: subject ${assertion.subject}, audience ${assertion.audiences.join(', ')}${
        assertion.caller === undefined ? '' : `, application ${assertion.caller}`
      }`

const detailsText = ({ id, name, assertion, issued, tokenLifetime, created }: OAuthClient): string =>
  [
    id !== name && id,
    assertion ? assertionText(assertion) : 'secret',
    assertion?.jwks !== undefined &&
      `keys of ${assertion.kind === 'entra' ? 'a stand-in, ' : ''}${assertion.jwks}`,
    `${formatCount(issued, 'access token')}, each for ${formatSpan(tokenLifetime * 1000)}`,
    `created ${formatMoment(new Date(created))}`,
  ]
    .filter(Boolean)
    .join('; ')

const columns: readonly Column<OAuthClient>[] = [
  {
    name: 'Client',
    kind: 'name',
    text: ({ name }) => name,
    of: ({ id, name }) => (
      <>
        <ClientText text={name} />{' '}
        <CopyButton what={`ID of ${name}`} text={id}>
          Copy ID
        </CopyButton>
      </>
    ),
  },
  {
    name: 'Details',
    kind: 'rest',
    text: detailsText,
    warning: ({ lifetimeWarning, inForce }) =>
      [lifetimeWarning, !inForce && 'Not in force under aws.'].filter(Boolean).join(' '),
  },
  accessColumn,
  { ...lastUsedColumn, name: 'Last issued' },
]

const actionsFor = (tenant: string): Actions<OAuthClient> => ({
  'New secret': {
    need: 'write',
    isOffered: ({ authentication }) => authentication === 'secret',
    isDisabled: ({ secrets }) => secrets.filter(({ expired }) => !expired).length >= 2,
    form: client => newSecret(tenant, client),
  },
  Edit: { need: 'write', form: client => editClient(tenant, client) },
  Delete: {
    asks: ({ id, name }) => ({
      title: 'Delete client?',
      text: (
        <>
          The secrets and access tokens of <ClientText text={name} /> will be rejected. This can’t be undone.
        </>
      ),
      submit: () => call('DELETE /tenants/:tenant/clients/:client', { params: { tenant, client: id } }),
      done: 'Client deleted.',
    }),
  },
})

type SecretOfClient = ClientSecret & { readonly client: OAuthClient }

const secretColumns: readonly Column<SecretOfClient>[] = [
  endingColumn('Secret'),
  {
    name: 'Client',
    kind: 'rest',
    text: ({ client }) => client.name,
    warning: ({ warning }) => warning,
  },
  lastUsedColumn,
  {
    name: 'Expires',
    kind: 'time',
    text: ({ expires }) => expires,
    of: ({ expires, expired }) => (expired ? <span class="status-bad">expired</span> : <Day at={expires} />),
  },
]

const secretActions = (tenant: string): Actions<SecretOfClient> => ({
  Delete: {
    asks: ({ id, ending, client }) => ({
      title: `Delete secret …${ending}?`,
      text: 'The secret, and access tokens that were issued for it, will be rejected. This can’t be undone.',
      submit: () =>
        call('DELETE /tenants/:tenant/clients/:client/secrets/:secret', {
          params: { tenant, client: client.id, secret: id },
        }),
      done: `Secret …${ending} deleted.`,
    }),
  },
})

function AccessTokens({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access-tokens', { params: { tenant } })
  const actions: Actions<AccessToken> = {
    Revoke: {
      isOffered: ({ status }) => status === 'active',
      run: async ({ id }) => {
        await call('DELETE /tenants/:tenant/access-tokens/:token', { params: { tenant, token: id } })
        pages.reload()
      },
    },
  }
  return (
    <details class="more">
      <summary>Access tokens of the last days</summary>
      <Collection
        noun={['access token', 'access tokens']}
        rows={pages}
        columns={accessTokenColumns}
        keyOf={({ id }) => id}
        actions={actions}
        empty="None."
      />
    </details>
  )
}

const tones = { active: undefined, expired: 'plain', revoked: 'bad' } as const

const accessTokenColumns: readonly Column<AccessToken>[] = [
  endingColumn('Access token'),
  { name: 'Client', kind: 'rest', text: ({ clientName }) => clientName },
  { name: 'Status', always: true, text: ({ status }) => status, tone: ({ status }) => tones[status] },
  requestsColumn,
  { ...createdColumn, name: 'Issued' },
  { name: 'Expires', kind: 'time', text: ({ expires }) => expires },
]
