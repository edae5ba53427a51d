import { useEffect } from 'preact/hooks'
import { apiPath, post } from '../api.ts'
import {
  ActionButton,
  Badge,
  Copyable,
  Loading,
  PageHead,
  ProblemBox,
  TenantTime,
} from '../components/elements.tsx'
import { type Column, Table } from '../components/table.tsx'
import { onLive } from '../live.ts'
import { useLoad } from '../load.ts'
import { announce } from '../notices.ts'
import { type PageProps, pathTo } from '../router.ts'

const getOrigin = (endpoint: string): string => new URL(endpoint).origin

/** Entra runs elsewhere, and speaks HTTPS with public certificates only. */
export const Tunnels = ({ endpoint }: { readonly endpoint: string }) => {
  const origin = getOrigin(endpoint)
  return (
    <details>
      <summary>Entra has to reach it over HTTPS: tunnels</summary>
      <p>
        Entra provisions from Microsoft’s network and wants HTTPS with a certificate of a public authority. A
        tunnel to the SCIM listener gives both; the console stays on this machine. Any of these prints a
        public address: put it in the place of <code>{origin}</code> in the tenant URL.
      </p>
      <Copyable what="the cloudflared command" text={`cloudflared tunnel --url ${origin}`} />
      <Copyable what="the ngrok command" text={`ngrok http ${new URL(endpoint).port || '80'}`} />
      <Copyable
        what="the devtunnel command"
        text={`devtunnel host -p ${new URL(endpoint).port || '80'} --allow-anonymous`}
      />
      <p class="muted">
        Or give the server a certificate of its own with <code>--tls-cert</code> and <code>--tls-key</code>,
        and bind it with <code>--host 0.0.0.0</code>.
      </p>
    </details>
  )
}

type MappingLine = {
  readonly source: string
  readonly target: string
  readonly matching?: number
  readonly note?: string
}
type Setup = {
  readonly endpoint: string
  readonly https: boolean
  readonly loopback: boolean
  readonly steps: readonly {
    readonly id: string
    readonly title: string
    readonly done: boolean
    readonly at?: string
    readonly tenantTime?: string
    readonly exchange?: string
    readonly hint: string
  }[]
  readonly mapping: { readonly users: readonly MappingLine[]; readonly groups: readonly MappingLine[] }
}

const refreshDelay = 2000

/** What to paste where in Entra, and how far it has come. */
export function SetupPage({ tenant = '' }: PageProps) {
  const loaded = useLoad<Setup>(apiPath(['tenants', tenant, 'setup']))
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        loaded.reload()
      }, refreshDelay)
    }
    const stops = [
      onLive('setup-step', soon),
      onLive('cycle', soon),
      onLive('changed', soon),
      onLive('restart', soon),
    ]
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [tenant])
  const setup = loaded.value.value
  const problem = loaded.problem.value
  const sample = async () => {
    const { created } = await post<{ readonly created: number }>(apiPath(['tenants', tenant, 'sample']))
    announce(`Springfield is provisioned: ${created} created.`)
  }
  return (
    <>
      <PageHead
        title="Set-up"
        description="Connect Microsoft Entra ID, step by step. Steps complete automatically as its requests arrive."
      >
        <ActionButton act={sample}>Run the Springfield sample</ActionButton>
      </PageHead>
      {problem && <ProblemBox problem={problem} />}
      {!setup && !problem && <Loading />}
      {setup && <Credentials setup={setup} tenant={tenant} />}
      {setup && <Steps setup={setup} />}
      {setup && <Mapping mapping={setup.mapping} />}
    </>
  )
}

const Credentials = ({ setup, tenant }: { readonly setup: Setup; readonly tenant: string }) => (
  <section class="card">
    <h2>What to paste where</h2>
    <p>
      In the Entra admin centre: <em>Enterprise applications</em>, your application, <em>Provisioning</em>,
      mode <em>Automatic</em>, <em>Admin credentials</em>.
    </p>
    <h3>Tenant URL</h3>
    <Copyable what="the tenant URL" text={setup.endpoint} />
    <h3>Secret token</h3>
    <p>
      An access token of this tenant, which is shown only when it is made:{' '}
      <a href={pathTo('tokens', { tenant })}>Tokens</a>
    </p>
    <p>
      {setup.loopback ? (
        <Badge tone="warn">only on this machine</Badge>
      ) : (
        <Badge tone="good">reachable</Badge>
      )}{' '}
      {setup.https ? <Badge tone="good">HTTPS</Badge> : <Badge tone="warn">no HTTPS</Badge>}
    </p>
    {(setup.loopback || !setup.https) && <Tunnels endpoint={setup.endpoint} />}
  </section>
)

const Steps = ({ setup: { steps } }: { readonly setup: Setup }) => (
  <section class="card">
    <h2>
      {steps.filter(({ done }) => done).length} of {steps.length} steps complete
    </h2>
    <ol class="steps">
      {steps.map(({ id, title, done, at, tenantTime, exchange, hint }) => (
        <li key={id} class={done ? 'done' : ''}>
          <span class="mark" aria-hidden="true">
            {done ? '✓' : '○'}
          </span>
          <div>
            <p>
              <strong>{title}</strong> <span class="unseen">{done ? 'done' : 'not yet'}</span>{' '}
              {tenantTime !== undefined && (
                <span class="muted">
                  {exchange === undefined ? (
                    <TenantTime at={at ?? tenantTime} tenantTime={tenantTime} />
                  ) : (
                    <a href={pathTo('exchange', { id: exchange })}>
                      <TenantTime at={at ?? tenantTime} tenantTime={tenantTime} />
                    </a>
                  )}
                </span>
              )}
            </p>
            {!done && <p class="muted">{hint}</p>}
          </div>
        </li>
      ))}
    </ol>
  </section>
)

const columns: readonly Column<MappingLine>[] = [
  { name: 'Microsoft Entra ID attribute', of: ({ source }) => <code>{source}</code> },
  { name: 'Application attribute', of: ({ target }) => <code>{target}</code> },
  { name: 'Matching', of: ({ matching }) => matching && <Badge tone="accent">precedence {matching}</Badge> },
  { name: 'Note', of: ({ note }) => note, wide: true },
]

const Mapping = ({ mapping }: Pick<Setup, 'mapping'>) => (
  <section aria-label="Mapping">
    <h2>Mapping</h2>
    <p class="muted">As Entra has it to begin with; compare it with yours under Provisioning, Mappings.</p>
    <h3>Users</h3>
    <Table
      caption="Mapping of users"
      columns={columns}
      items={mapping.users}
      keyOf={({ target }) => target}
    />
    <h3>Groups</h3>
    <Table
      caption="Mapping of groups"
      columns={columns}
      items={mapping.groups}
      keyOf={({ target }) => target}
    />
  </section>
)
