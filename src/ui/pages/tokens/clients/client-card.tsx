import { useEffect, useState } from 'preact/hooks'
import type {
  AccessToken,
  ClientAssertion,
  ClientSecret,
  OAuthClient,
} from '../../../../domain/contract/oauth-clients.ts'
import { call } from '../../../api.ts'
import { ActionButton, CopyButton } from '../../../components/buttons.tsx'
import { Badge, type Tone } from '../../../components/feedback.tsx'
import { Fact } from '../../../components/layout.tsx'
import { May } from '../../../components/may.tsx'
import { type Column, PagedTable } from '../../../components/table.tsx'
import { ClientText, Time } from '../../../components/text.tsx'
import { formatCount, formatSpan } from '../../../format.ts'
import { announce } from '../../../frame/notice.tsx'
import { onLive } from '../../../live.ts'
import { usePages } from '../../../load.ts'

export const ClientCard = ({
  tenant,
  client,
  onDialog,
  onDeleteSecret,
}: {
  readonly tenant: string
  readonly client: OAuthClient
  readonly onDialog: (kind: 'new-secret' | 'edit' | 'delete') => void
  readonly onDeleteSecret: (secret: ClientSecret) => void
}) => (
  <section class="card" aria-label={`Client ${client.name}`}>
    <h3>
      <ClientText text={client.name} /> {client.access === 'read' && <Badge>read-only</Badge>}{' '}
      {!client.inForce && <Badge tone="warn">not in force under aws</Badge>}
    </h3>
    <dl class="facts">
      <Fact name="Client ID">
        <code>{client.id}</code> <CopyButton what={`the client ID of ${client.name}`} text={client.id} />
      </Fact>
      <Fact name="Access tokens">
        {formatCount(client.issued, 'issued', 'issued')}, each valid for{' '}
        {formatSpan(client.tokenLifetime * 1000)}
        {client.lifetimeWarning !== undefined && <div class="muted">{client.lifetimeWarning}</div>}
      </Fact>
      <Fact name="Created">
        <Time at={client.created} />
      </Fact>
      <Fact name="Last issued">{client.lastUsed ? <Time at={client.lastUsed} /> : 'never'}</Fact>
    </dl>
    {client.assertion && <Assertion assertion={client.assertion} />}
    {client.secrets.length > 0 && (
      <ul class="secrets" aria-label={`Secrets of ${client.name}`}>
        {client.secrets.map(secret => (
          <Secret key={secret.id} secret={secret} onDelete={() => onDeleteSecret(secret)} />
        ))}
      </ul>
    )}
    <IssuedTokens tenant={tenant} client={client} />
    <May need="write">
      <div class="actions">
        {client.authentication === 'secret' && (
          <button
            type="button"
            disabled={client.secrets.filter(({ expired }) => !expired).length >= 2}
            onClick={() => onDialog('new-secret')}
          >
            New secret…
          </button>
        )}
        <button type="button" onClick={() => onDialog('edit')}>
          Edit…
        </button>
        <May need="destroy">
          <button type="button" class="danger" onClick={() => onDialog('delete')}>
            Delete…
          </button>
        </May>
      </div>
    </May>
  </section>
)

const Secret = ({ secret, onDelete }: { readonly secret: ClientSecret; readonly onDelete: () => void }) => (
  <li>
    <div>
      Secret <code>…{secret.ending}</code>{' '}
      {secret.expired ? <Badge tone="bad">expired</Badge> : <Badge tone="good">valid</Badge>}
      <div class="muted">
        {secret.expired ? 'Expired' : 'Expires'} <Time at={secret.expires} />
        {secret.lastUsed ? (
          <>
            , last used <Time at={secret.lastUsed} />
          </>
        ) : (
          ', never used'
        )}
      </div>
      {secret.warning !== undefined && (
        <p class="error" role="status">
          {secret.warning}
        </p>
      )}
    </div>
    <May need="destroy">
      <button type="button" aria-label={`Delete secret …${secret.ending}`} onClick={onDelete}>
        Delete…
      </button>
    </May>
  </li>
)

const Assertion = ({ assertion }: { readonly assertion: ClientAssertion }) => (
  <dl class="facts">
    {assertion.kind === 'entra' ? (
      <>
        <Fact name="Assertions of Entra">
          Directory <code>{assertion.directory}</code>
        </Fact>
        <Fact name="Workload">
          <code>{assertion.application}</code>
        </Fact>
        <Fact name="Provisioning service">
          <code>{assertion.principal}</code>
        </Fact>
      </>
    ) : (
      <>
        <Fact name="Assertions of">
          <ClientText text={assertion.issuer} />
        </Fact>
        <Fact name="Subject">
          <ClientText text={assertion.subject} />
        </Fact>
        <Fact name="Audiences">
          <ClientText text={assertion.audiences.join(', ')} />
        </Fact>
        {assertion.caller !== undefined && (
          <Fact name="Application">
            <ClientText text={assertion.caller} />
          </Fact>
        )}
      </>
    )}
    {assertion.jwks !== undefined && (
      <Fact name="Keys">
        <code>{assertion.jwks}</code> {assertion.kind === 'entra' && <Badge tone="warn">stand-in</Badge>}
      </Fact>
    )}
  </dl>
)

function IssuedTokens({ tenant, client }: { readonly tenant: string; readonly client: OAuthClient }) {
  const [open, setOpen] = useState(false)
  if (client.issued === 0) return null
  return (
    <details onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>Access tokens of the last days</summary>
      {open && <AccessTokens tenant={tenant} client={client} />}
    </details>
  )
}

const tones: Readonly<Record<AccessToken['status'], Tone>> = {
  active: 'good',
  expired: 'plain',
  revoked: 'bad',
}

function AccessTokens({ tenant, client }: { readonly tenant: string; readonly client: OAuthClient }) {
  const pages = usePages('GET /tenants/:tenant/access-tokens', {
    params: { tenant },
    query: { client: client.id },
  })
  useEffect(() => onLive('changed', pages.reload), [])
  const revoke = async ({ id, ending }: AccessToken) => {
    await call('DELETE /tenants/:tenant/access-tokens/:token', { params: { tenant, token: id } })
    announce(`Access token …${ending} revoked.`)
    pages.reload()
  }
  const columns: readonly Column<AccessToken>[] = [
    {
      name: 'Token',
      of: ({ ending, status }) => (
        <>
          <code>…{ending}</code> <Badge tone={tones[status]}>{status}</Badge>
        </>
      ),
    },
    { name: 'Issued', of: ({ created }) => <Time at={created} /> },
    { name: 'Expires', of: ({ expires }) => <Time at={expires} />, wide: true },
    { name: 'Requests', of: ({ requests }) => requests.toLocaleString('en'), numeric: true },
    {
      name: 'Actions',
      of: token =>
        token.status === 'active' && (
          <ActionButton onAction={() => revoke(token)} label={`Revoke access token …${token.ending}`}>
            Revoke
          </ActionButton>
        ),
      need: 'destroy',
    },
  ]
  return (
    <PagedTable
      pages={pages}
      caption={`Access tokens of ${client.name}`}
      columns={columns}
      keyOf={({ id }) => id}
      empty={<p class="muted">None.</p>}
    />
  )
}
