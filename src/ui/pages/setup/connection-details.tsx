import type { Setup } from '../../../contract/setup.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Badge } from '../../components/feedback.tsx'
import { query, setQuery } from '../../router.ts'
import { type Authentication, AuthenticationFields } from './authentication-fields.tsx'

/** The ways in which Entra authenticates; only the first is offered by AWS. */
const authentications: Readonly<Record<Authentication, string>> = {
  token: 'Secret token',
  client: 'Client credentials',
  federation: 'Federation',
  entra: 'Token of Entra',
}

const isAuthentication = (name: string | null): name is Authentication =>
  name !== null && Object.hasOwn(authentications, name)

/** What an administrator enters in Entra. */
export function ConnectionDetails({ setup, tenant }: { readonly setup: Setup; readonly tenant: string }) {
  const { endpoint, tokenEndpoint, loopback, https } = setup
  const chosen = query.value.get('auth')
  const authentication = tokenEndpoint !== undefined && isAuthentication(chosen) ? chosen : 'token'
  return (
    <section class="card" aria-labelledby="connection">
      <h2 id="connection">Connection details</h2>
      <p>
        In the Microsoft Entra admin center: <em>Enterprise applications</em>, your application,{' '}
        <em>Provisioning</em>, mode <em>Automatic</em>, <em>Admin credentials</em>.
      </p>
      {tokenEndpoint !== undefined && <AuthenticationTabs value={authentication} />}
      <h3>Tenant URL</h3>
      <Copyable what="the tenant URL" text={endpoint} />
      <AuthenticationFields
        authentication={authentication}
        tenant={tenant}
        tokenEndpoint={tokenEndpoint ?? ''}
      />
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

/** Entra connects from the internet, and accepts only HTTPS with a public certificate. */
const Tunnels = ({ endpoint }: { readonly endpoint: string }) => {
  const origin = getOrigin(endpoint)
  return (
    <details>
      <summary>Expose the endpoint with a tunnel</summary>
      <p>
        Entra connects from Microsoft’s network and requires HTTPS with a certificate of a public authority. A
        tunnel to the SCIM listener provides both; the console stays on localhost. Each of these commands
        prints a public URL. Replace <code>{origin}</code> in the tenant URL with it.
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
