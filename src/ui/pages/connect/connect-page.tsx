import type { Setup as SetupState } from '../../../domain/contract/setup.ts'
import {
  type ProvisioningClient,
  productLabels,
  provisioningClients,
} from '../../../scim/recognition/products.ts'
import { Copyable } from '../../components/buttons.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { SelectField } from '../../components/field.tsx'
import { ViewedPage } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { RunSample } from '../../components/run-sample.tsx'
import { useLoad, useReload } from '../../load.ts'
import { type PageProps, query, setQuery } from '../../router.ts'
import { Credentials } from './credentials.tsx'
import { MappingInUse } from './mapping-in-use.tsx'
import { Setup } from './setup.tsx'

const views = {
  entra: { label: 'Entra ID' },
  okta: { label: 'Okta' },
  google: { label: 'Google' },
  other: { label: 'Other' },
  credentials: { label: 'Credentials' },
  tunnel: { label: 'Tunnel' },
}

type View = keyof typeof views

const isView = (name: string | null): name is View => name !== null && Object.hasOwn(views, name)

const viewOf = (client: ProvisioningClient): View => (isView(client) ? client : 'other')

const others = provisioningClients.filter(client => viewOf(client) === 'other')

const otherLabels = Object.fromEntries(others.map(client => [client, productLabels[client]]))

/** Without a view in the address, it is that of the client that the tokens of the tenant belong to. */
function chosenIn(): { readonly view?: View; readonly client?: ProvisioningClient | undefined } {
  const client = provisioningClients.find(each => each === query.value.get('client'))
  const asked = query.value.get('view')
  const view = isView(asked) ? asked : client && viewOf(client)
  if (view === undefined) return {}
  return {
    view,
    client: view === 'other' ? (client ?? others[0]) : provisioningClients.find(each => each === view),
  }
}

const refreshDelay = 2000

export function ConnectPage({ tenant = '' }: PageProps) {
  const chosen = chosenIn()
  const input = { params: { tenant }, query: chosen.client ? { client: chosen.client } : {} }
  const loaded = useLoad('GET /tenants/:tenant/setup', input)
  useReload(loaded.reload, ['setup-step', 'cycle', 'restart'], refreshDelay)
  useReload(loaded.reload)
  const setup = loaded.value.value
  const problem = loaded.problem.value
  const view = chosen.view ?? (setup && viewOf(setup.client))
  const isGuide = view !== undefined && view !== 'credentials' && view !== 'tunnel'
  return (
    <ViewedPage
      title="Connect"
      views={views}
      chosen={{ view }}
      actions={
        <May need="write">
          <RunSample tenant={tenant} tone="plain" />
        </May>
      }
    >
      {problem && <ProblemBox problem={problem} />}
      {!setup && !problem && view !== 'credentials' && <Loading />}
      {view === 'credentials' && <Credentials tenant={tenant} setup={setup} />}
      {view === 'tunnel' && setup && <Tunnel setup={setup} />}
      {view === 'other' && setup && (
        <SelectField
          label="Identity provider or client"
          value={setup.client as string}
          options={otherLabels}
          onChange={client => setQuery({ client, view: undefined })}
        />
      )}
      {isGuide && setup && (
        <>
          <Setup setup={setup} tenant={tenant} />
          <MappingInUse tenant={tenant} client={setup.client} at={setup} />
        </>
      )}
    </ViewedPage>
  )
}

/** Identity providers in the cloud connect from the internet, and accept only HTTPS with a public certificate. */
const Tunnel = ({ setup: { endpoint, loopback, https } }: { readonly setup: SetupState }) => {
  const { origin, port } = new URL(endpoint)
  const number = port || '80'
  return (
    <div class="prose">
      <p>
        {loopback
          ? 'The endpoint is reachable from this machine only.'
          : https
            ? 'The endpoint has a public address with HTTPS, so it needs no tunnel.'
            : 'The endpoint has no HTTPS.'}{' '}
        Identity providers in the cloud require HTTPS with a certificate of a public authority. A tunnel to
        the SCIM listener provides both; the console stays on localhost. Each of these commands prints a
        public URL. Replace <code>{origin}</code> in the Tenant URL with it.
      </p>
      <Copyable what="the cloudflared command" text={`cloudflared tunnel --url ${origin}`} />
      <Copyable what="the ngrok command" text={`ngrok http ${number}`} />
      <Copyable what="the devtunnel command" text={`devtunnel host -p ${number} --allow-anonymous`} />
      <p class="muted">
        Without a tunnel: configure a certificate with <code>--tls-cert</code> and <code>--tls-key</code>, and
        listen on all interfaces with <code>--host 0.0.0.0</code>.
      </p>
    </div>
  )
}
