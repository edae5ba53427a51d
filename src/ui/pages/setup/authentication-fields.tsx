import { useSignal } from '@preact/signals'
import { type ComponentChildren, Fragment } from 'preact'
import { useEffect } from 'preact/hooks'
import type { OAuthClient } from '../../../domain/contract/oauth-clients.ts'
import { Copyable } from '../../components/buttons.tsx'
import { ProblemBox } from '../../components/feedback.tsx'
import { May } from '../../components/may.tsx'
import { ClientText } from '../../components/text.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { NewClientDialog } from '../tokens/clients/client-dialogs.tsx'
import { NewIssuerDialog } from '../tokens/issuers/issuer-form.tsx'

export type Authentication = 'token' | 'client' | 'federation' | 'entra'

type FieldsProps = {
  readonly authentication: Authentication
  readonly tenant: string
  readonly tokenEndpoint: string
}

export function AuthenticationFields({ authentication, tenant, tokenEndpoint }: FieldsProps) {
  switch (authentication) {
    case 'token':
      return <TokenField name="Secret Token" tenant={tenant} />
    case 'client':
      return (
        <ClientFields tenant={tenant} tokenEndpoint={tokenEndpoint} method="secret">
          <h3>Client Secret</h3>
          <p>
            Shown once, when the client or a new secret is created.{' '}
            <a href={pathTo('tokens', { tenant })}>Clients</a>
          </p>
        </ClientFields>
      )
    case 'federation':
      return (
        <ClientFields tenant={tenant} tokenEndpoint={tokenEndpoint} method="entra">
          <p class="muted">
            Workload identity federation: Entra sends an assertion that it has signed, so there is no secret
            to store or to rotate.
          </p>
        </ClientFields>
      )
    case 'entra':
      return <EntraTokenFields tenant={tenant} />
  }
}

export const TokenField = ({ name, tenant }: { readonly name: string; readonly tenant: string }) => (
  <>
    <h3>{name}</h3>
    <p>
      An access token of this tenant. <a href={pathTo('tokens', { tenant })}>Generate a token</a>
    </p>
  </>
)

function ClientFields({
  tenant,
  tokenEndpoint,
  method,
  children,
}: {
  readonly tenant: string
  readonly tokenEndpoint: string
  readonly method: 'secret' | 'entra'
  readonly children: ComponentChildren
}) {
  const pages = usePages('GET /tenants/:tenant/clients', { params: { tenant } })
  useEffect(() => onLive('changed', pages.reload), [])
  const problem = pages.problem.value
  const clients = pages.items.value.filter(client => (client.assertion?.kind ?? 'secret') === method)
  return (
    <>
      <h3>Token Endpoint</h3>
      <Copyable what="the token endpoint" text={tokenEndpoint} />
      <h3>Client Identifier</h3>
      {problem && <ProblemBox problem={problem} />}
      {clients.length === 0 ? (
        <p>The tenant has no such client yet.</p>
      ) : (
        clients.map(client => <ClientId key={client.id} client={client} />)
      )}
      {children}
      <May need="write">
        <OpenDialog label="Create client…" onClosed={pages.reload}>
          {close => <NewClientDialog tenant={tenant} method={method} onClose={close} />}
        </OpenDialog>
      </May>
    </>
  )
}

const ClientId = ({ client: { id, name } }: { readonly client: OAuthClient }) => (
  <Fragment>
    {name !== id && (
      <p>
        <ClientText text={name} />
      </p>
    )}
    <Copyable what={`the client ID of ${name}`} text={id} />
  </Fragment>
)

/** Entra sends a token of its own if the Secret Token is empty. */
function EntraTokenFields({ tenant }: { readonly tenant: string }) {
  const pages = usePages('GET /tenants/:tenant/issuers', { params: { tenant } })
  useEffect(() => onLive('changed', pages.reload), [])
  const trusted = pages.items.value.filter(({ kind }) => kind === 'entra')
  return (
    <>
      <h3>Secret Token</h3>
      <p>Leave it empty: Entra then sends a token of its own, which expires within hours.</p>
      <p class="caution">
        For tests only. The token is not bound to this endpoint: anyone who can provision another custom
        application of the same directory gets tokens that are valid here, too.
      </p>
      {trusted.length === 0 ? (
        <p>The tenant trusts no directory yet.</p>
      ) : (
        <p>
          The tenant trusts the {trusted.length === 1 ? 'directory' : 'directories'}{' '}
          <code>{trusted.map(({ directory }) => directory).join(', ')}</code>.{' '}
          <a href={pathTo('tokens', { tenant })}>Trusted issuers</a>
        </p>
      )}
      <May need="destroy">
        <OpenDialog label="Trust a directory…" onClosed={pages.reload}>
          {close => <NewIssuerDialog tenant={tenant} kind="entra" onClose={close} />}
        </OpenDialog>
      </May>
    </>
  )
}

function OpenDialog({
  label,
  onClosed,
  children,
}: {
  readonly label: string
  readonly onClosed: () => void
  readonly children: (close: () => void) => ComponentChildren
}) {
  const isOpen = useSignal(false)
  const close = () => {
    isOpen.value = false
    onClosed()
  }
  return (
    <>
      <div class="actions">
        <button
          type="button"
          onClick={() => {
            isOpen.value = true
          }}
        >
          {label}
        </button>
      </div>
      {isOpen.value && children(close)}
    </>
  )
}
