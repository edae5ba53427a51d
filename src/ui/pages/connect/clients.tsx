import { useEffect, useState } from 'preact/hooks'
import type {
  AccessToken,
  ClientAssertion,
  ClientSecret,
  OAuthClient,
} from '../../../domain/contract/oauth-clients.ts'
import { call } from '../../api.ts'
import { CopyButton } from '../../components/buttons.tsx'
import { Collection, type Column } from '../../components/collection.tsx'
import { form } from '../../components/form.tsx'
import type { Actions } from '../../components/row.tsx'
import { ClientText, Day, ShortTime } from '../../components/text.tsx'
import { formatCount, formatMoment, formatSpan } from '../../format.ts'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { accessColumn } from './access.ts'
import { editClient, newClient, newSecret } from './client-forms.tsx'

type ClientsProps = {
  readonly tenant: string
  /** Whether the tenant may have them; those of an earlier profile are kept. */
  readonly isOffered: boolean
}

/** The list of clients, above, shows the problem of a request. */
const noProblem = { value: undefined }

export function Clients({ tenant, isOffered }: ClientsProps) {
  const pages = usePages('GET /tenants/:tenant/clients', { params: { tenant } })
  useEffect(() => onLive('changed', pages.reload), [])
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
        create={isOffered ? { label: 'Create client…', form: () => newClient(tenant) } : undefined}
        actions={actionsFor(tenant)}
        empty={
          <p class="muted">
            None. A client requests access tokens at the token endpoint, with a secret or with an assertion of
            an identity provider.
          </p>
        }
      />
      {secrets.length > 0 && (
        <Collection
          title="Client secrets"
          noun={['client secret', 'client secrets']}
          rows={{
            problem: noProblem,
            loading: pages.loading,
            reload: pages.reload,
            items: { value: secrets },
          }}
          columns={secretColumns}
          keyOf={({ id }) => id}
          actions={secretActions(tenant)}
          empty={null}
        />
      )}
      {clients.some(({ issued }) => issued > 0) && <IssuedTokens tenant={tenant} />}
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
    always: true,
    text: detailsText,
    of: client => (
      <>
        <ClientText text={detailsText(client)} />
        {client.lifetimeWarning !== undefined && (
          <span class="status-disabled"> {client.lifetimeWarning}</span>
        )}
        {!client.inForce && <span class="status-disabled"> Not in force under aws.</span>}
      </>
    ),
  },
  accessColumn,
  {
    name: 'Last issued',
    kind: 'time',
    always: true,
    text: ({ lastUsed }) => lastUsed,
    of: ({ lastUsed }) => <ShortTime at={lastUsed} />,
  },
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
    form: ({ id, name }) =>
      form({
        title: 'Delete client?',
        label: 'Delete',
        danger: true,
        text: (
          <>
            The secrets and access tokens of <ClientText text={name} /> will be rejected. This can’t be
            undone.
          </>
        ),
        async submit() {
          await call('DELETE /tenants/:tenant/clients/:client', { params: { tenant, client: id } })
          return 'Client deleted.'
        },
      }),
  },
})

type SecretOfClient = ClientSecret & { readonly client: OAuthClient }

const secretColumns: readonly Column<SecretOfClient>[] = [
  {
    name: 'Secret',
    kind: 'name',
    text: ({ ending }) => `…${ending}`,
    of: ({ ending }) => <code>…{ending}</code>,
  },
  {
    name: 'Client',
    kind: 'rest',
    always: true,
    text: ({ client }) => client.name,
    of: ({ client, warning }) => (
      <>
        <ClientText text={client.name} />
        {warning !== undefined && <span class="status-disabled"> {warning}</span>}
      </>
    ),
  },
  {
    name: 'Last used',
    kind: 'time',
    always: true,
    text: ({ lastUsed }) => lastUsed,
    of: ({ lastUsed }) => <ShortTime at={lastUsed} />,
  },
  {
    name: 'Expires',
    kind: 'time',
    always: true,
    text: ({ expires }) => expires,
    of: ({ expires, expired }) => (expired ? <span class="status-bad">expired</span> : <Day at={expires} />),
  },
]

const secretActions = (tenant: string): Actions<SecretOfClient> => ({
  Delete: {
    form: ({ id, ending, client }) =>
      form({
        title: `Delete secret …${ending}?`,
        label: 'Delete',
        danger: true,
        text: 'The secret, and access tokens that were issued for it, will be rejected. This can’t be undone.',
        async submit() {
          const params = { tenant, client: client.id, secret: id }
          await call('DELETE /tenants/:tenant/clients/:client/secrets/:secret', { params })
          return `Secret …${ending} deleted.`
        },
      }),
  },
})

function IssuedTokens({ tenant }: { readonly tenant: string }) {
  const [open, setOpen] = useState(false)
  return (
    <details class="more" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Access tokens of the last days</summary>
      {open && <AccessTokens tenant={tenant} />}
    </details>
  )
}

function AccessTokens({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/access-tokens', { params: { tenant } })
  useEffect(() => onLive('changed', pages.reload), [])
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
    <Collection
      noun={['access token', 'access tokens']}
      rows={pages}
      columns={accessTokenColumns}
      keyOf={({ id }) => id}
      actions={actions}
      empty={<p class="muted">None.</p>}
    />
  )
}

const statuses = { active: '', expired: 'status-plain', revoked: 'status-bad' } as const

const accessTokenColumns: readonly Column<AccessToken>[] = [
  {
    name: 'Access token',
    kind: 'name',
    text: ({ ending }) => `…${ending}`,
    of: ({ ending }) => <code>…{ending}</code>,
  },
  {
    name: 'Client',
    kind: 'rest',
    always: true,
    text: ({ clientName }) => clientName,
    of: ({ clientName }) => <ClientText text={clientName} />,
  },
  {
    name: 'Status',
    always: true,
    text: ({ status }) => status,
    of: ({ status }) => <span class={statuses[status]}>{status}</span>,
  },
  {
    name: 'Requests',
    kind: 'number',
    text: ({ requests }) => requests,
    of: ({ requests }) => requests.toLocaleString('en'),
  },
  {
    name: 'Issued',
    kind: 'time',
    always: true,
    text: ({ created }) => created,
    of: ({ created }) => <ShortTime at={created} />,
  },
  {
    name: 'Expires',
    kind: 'time',
    always: true,
    text: ({ expires }) => expires,
    of: ({ expires }) => <ShortTime at={expires} />,
  },
]
