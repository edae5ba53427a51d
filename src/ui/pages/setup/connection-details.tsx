import { useSignal } from '@preact/signals'
import { type ComponentChildren, Fragment } from 'preact'
import { useEffect } from 'preact/hooks'
import type { OAuthClient } from '../../../domain/contract/oauth-clients.ts'
import type { Setup } from '../../../domain/contract/setup.ts'
import { productLabels } from '../../../scim/recognition/products.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Badge, ProblemBox } from '../../components/feedback.tsx'
import { May } from '../../components/may.tsx'
import { ClientText } from '../../components/text.tsx'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { pathTo, query, setQuery } from '../../router.ts'
import { NewClientDialog } from '../tokens/clients/client-dialogs.tsx'
import { NewIssuerDialog } from '../tokens/issuers/issuer-form.tsx'

/** The ways in which Entra authenticates; only the first is offered by AWS. */
const authentications: Readonly<Record<Authentication, string>> = {
  token: 'Secret token',
  client: 'Client credentials',
  federation: 'Federation',
  entra: 'Token of Entra',
}

const isAuthentication = (name: string | null): name is Authentication =>
  name !== null && Object.hasOwn(authentications, name)

export function ConnectionDetails({ setup, tenant }: { readonly setup: Setup; readonly tenant: string }) {
  const { client, place, urlField, tokenField, endpoint, loopback, https } = setup
  const isEntra = client === 'entra'
  const tokenEndpoint = isEntra ? setup.tokenEndpoint : undefined
  const chosen = query.value.get('auth')
  const authentication = tokenEndpoint !== undefined && isAuthentication(chosen) ? chosen : 'token'
  return (
    <section class="card" aria-labelledby="connection">
      <h2 id="connection">Connection details</h2>
      <p>
        In {productLabels[client]}: <em>{place}</em>
      </p>
      {tokenEndpoint !== undefined && <AuthenticationTabs value={authentication} />}
      <h3>{urlField}</h3>
      <Copyable what="the URL" text={endpoint} />
      {isEntra ? (
        <AuthenticationFields
          authentication={authentication}
          tenant={tenant}
          tokenEndpoint={tokenEndpoint ?? ''}
        />
      ) : (
        <TokenField name={tokenField} tenant={tenant} />
      )}
      <p>
        {loopback ? <Badge tone="warn">localhost only</Badge> : <Badge tone="good">reachable</Badge>}{' '}
        {https ? <Badge tone="good">HTTPS</Badge> : <Badge tone="warn">no HTTPS</Badge>}
      </p>
      {(loopback || !https) && <Tunnels endpoint={endpoint} />}
    </section>
  )
}

const AuthenticationTabs = ({ value }: { readonly value: Authentication }) => (
  <fieldset class="tabs">
    <legend class="visually-hidden">How Entra authenticates</legend>
    {(Object.entries(authentications) as [Authentication, string][]).map(([name, label]) => (
      <button
        key={name}
        type="button"
        aria-pressed={name === value}
        onClick={() => setQuery({ auth: name === 'token' ? undefined : name })}
      >
        {label}
      </button>
    ))}
  </fieldset>
)

const getOrigin = (endpoint: string): string => new URL(endpoint).origin

/** Identity providers in the cloud connect from the internet, and accept only HTTPS with a public certificate. */
const Tunnels = ({ endpoint }: { readonly endpoint: string }) => {
  const origin = getOrigin(endpoint)
  return (
    <details>
      <summary>Expose the endpoint with a tunnel</summary>
      <p>
        Identity providers in the cloud require HTTPS with a certificate of a public authority. A tunnel to
        the SCIM listener provides both; the console stays on localhost. Each of these commands prints a
        public URL. Replace <code>{origin}</code> in the URL with it.
      </p>
      <Copyable what="the cloudflared command" text={`cloudflared tunnel --url ${origin}`} />
      <Copyable what="the ngrok command" text={`ngrok http ${new URL(endpoint).port || '80'}`} />
      <Copyable
        what="the devtunnel command"
        text={`devtunnel host -p ${new URL(endpoint).port || '80'} --allow-anonymous`}
      />
      <p class="muted">
        Alternatively, configure a certificate with <code>--tls-cert</code> and <code>--tls-key</code>, and
        listen on all interfaces with <code>--host 0.0.0.0</code>.
      </p>
    </details>
  )
}

type Authentication = 'token' | 'client' | 'federation' | 'entra'

type FieldsProps = {
  readonly authentication: Authentication
  readonly tenant: string
  readonly tokenEndpoint: string
}

function AuthenticationFields({ authentication, tenant, tokenEndpoint }: FieldsProps) {
  switch (authentication) {
    case 'token':
      return <TokenField name="Secret Token" tenant={tenant} />
    case 'client':
      return (
        <ClientFields tenant={tenant} tokenEndpoint={tokenEndpoint} method="secret">
          <h3>Client Secret</h3>
          <p>
            Shown once, when the client or a new secret is created.{' '}
            <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>Clients</a>
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

const TokenField = ({ name, tenant }: { readonly name: string; readonly tenant: string }) => (
  <>
    <h3>{name}</h3>
    <p>
      An access token of this tenant.{' '}
      <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>Generate a token</a>
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
          <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>Trusted issuers</a>
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
