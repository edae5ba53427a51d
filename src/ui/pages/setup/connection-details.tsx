import type { Setup } from '../../../domain/contract/setup.ts'
import { productLabels } from '../../../scim/recognition/products.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Badge } from '../../components/feedback.tsx'
import { query, setQuery } from '../../router.ts'
import { type Authentication, AuthenticationFields, TokenField } from './authentication-fields.tsx'

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
