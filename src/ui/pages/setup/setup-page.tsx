import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { exportLines } from '../../../domain/contract/environment.ts'
import type { AttributeUse, MappingUse, Setup } from '../../../domain/contract/setup.ts'
import {
  type ProvisioningClient,
  productLabels,
  provisioningClients,
} from '../../../scim/recognition/products.ts'
import { call } from '../../api.ts'
import { ActionButton, Copyable } from '../../components/buttons.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { SelectField } from '../../components/field.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { Source, TenantTime } from '../../components/text.tsx'
import { formatCount } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { onLive } from '../../live.ts'
import { type Loaded, useLoad } from '../../load.ts'
import { type PageProps, pathTo, query, setQuery } from '../../router.ts'
import { AwsFacts, NewAccessKeyDialog } from '../tokens/access-keys.tsx'
import { ConnectionDetails } from './connection-details.tsx'

const refreshDelay = 2000

export function SetupPage({ tenant = '' }: PageProps) {
  const chosen = chosenClient()
  const input = { params: { tenant }, query: chosen ? { client: chosen } : {} }
  const loaded = useLoad('GET /tenants/:tenant/setup', input)
  const use = useLoad('GET /tenants/:tenant/setup/mapping', input)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const reloadSoon = () => {
      timer ??= setTimeout(() => {
        timer = undefined
        loaded.reload()
        use.reload()
      }, refreshDelay)
    }
    const stops = [
      onLive('setup-step', reloadSoon),
      onLive('cycle', reloadSoon),
      onLive('changed', reloadSoon),
      onLive('restart', reloadSoon),
    ]
    return () => {
      clearTimeout(timer)
      for (const stop of stops) stop()
    }
  }, [tenant])
  const setup = loaded.value.value
  const problem = loaded.problem.value
  const client = chosen ?? setup?.client
  const runSample = async () => {
    const { created } = await call('POST /tenants/:tenant/sample', { params: { tenant } })
    announce(`Springfield provisioned: ${created} created.`)
  }
  return (
    <>
      <PageHead
        title="Setup"
        description="Connect an identity provider. Steps complete automatically as requests arrive."
      >
        <May need="write">
          <ActionButton onAction={runSample}>Run the Springfield sample</ActionButton>
        </May>
      </PageHead>
      {client && <ClientChoice client={client} />}
      {problem && <ProblemBox problem={problem} />}
      {!setup && !problem && <Loading />}
      {setup && <ConnectionDetails setup={setup} tenant={tenant} />}
      {setup && <Steps setup={setup} />}
      {setup && setup.pitfalls.length > 0 && <Pitfalls setup={setup} />}
      {setup?.aws && <AwsConnection aws={setup.aws} tenant={tenant} onCreate={loaded.reload} />}
      {setup && <Mapping use={use} compared={setup.mapping !== undefined} />}
    </>
  )
}

const Pitfalls = ({ setup: { client, pitfalls } }: { readonly setup: Setup }) => (
  <section class="card" aria-label="Known limits">
    <h2>Known limits of {productLabels[client]} at AWS</h2>
    <ul>
      {pitfalls.map(({ description, source, basis }) => (
        <li key={description}>
          {description}{' '}
          <span class="muted">
            {basis}, <Source text={source} />
          </span>
        </li>
      ))}
    </ul>
  </section>
)

type AwsConnectionProps = {
  readonly aws: NonNullable<Setup['aws']>
  readonly tenant: string
  readonly onCreate: () => void
}

function AwsConnection({ aws, tenant, onCreate }: AwsConnectionProps) {
  const isNew = useSignal(false)
  const { environment } = aws
  const close = () => {
    isNew.value = false
    onCreate()
  }
  return (
    <section class="card" aria-labelledby="aws-apis">
      <h2 id="aws-apis">AWS APIs</h2>
      <p>The AWS CLI, the AWS SDKs and Terraform read and change the same directory.</p>
      <AwsFacts aws={aws} />
      {aws.endpoint !== undefined && (
        <>
          <h3>Environment variables</h3>
          <Copyable what="the environment variables" text={exportLines(environment).join('\n')} />
          <p class="muted">
            {environment.AWS_ACCESS_KEY_ID === undefined
              ? 'The tenant has no access key yet.'
              : 'AWS_SECRET_ACCESS_KEY was shown when the access key was created, and cannot be shown again.'}{' '}
            <a href={pathTo('connect', { tenant }, { view: 'credentials' })}>Access keys</a>
          </p>
          {environment.AWS_ACCESS_KEY_ID === undefined && (
            <May need="write">
              <div class="actions">
                <button
                  type="button"
                  onClick={() => {
                    isNew.value = true
                  }}
                >
                  Create access key
                </button>
              </div>
            </May>
          )}
        </>
      )}
      {isNew.value && <NewAccessKeyDialog tenant={tenant} onClose={close} />}
    </section>
  )
}

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
              <strong>{title}</strong> <span class="visually-hidden">{done ? 'complete' : 'incomplete'}</span>{' '}
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

/** Undefined also for an unknown client. */
const chosenClient = (): ProvisioningClient | undefined =>
  provisioningClients.find(client => client === query.value.get('client'))

const labels = Object.fromEntries(
  provisioningClients.map(client => [client, productLabels[client]]),
) as Record<ProvisioningClient, string>

const ClientChoice = ({ client }: { readonly client: ProvisioningClient }) => (
  <SelectField
    label="Identity provider or client"
    value={client}
    options={labels}
    onChange={value => setQuery({ client: value, auth: undefined })}
  />
)

function Mapping({
  use: loaded,
  compared,
}: {
  readonly use: Loaded<MappingUse>
  readonly compared: boolean
}) {
  const use = loaded.value.value
  const problem = loaded.problem.value
  return (
    <section aria-label="Mapping">
      <h2>Mapping</h2>
      <p class="muted">
        {compared
          ? 'Entra’s default mapping, compared with the newest users and groups. Yours is under Provisioning, Attribute mapping.'
          : 'The attributes of the newest users and groups.'}
      </p>
      {problem && <ProblemBox problem={problem} />}
      {use && <Uses name="Users" use={use.users} compared={compared} />}
      {use && <Uses name="Groups" use={use.groups} compared={compared} />}
    </section>
  )
}

type UsesProps = { readonly name: string; readonly use: MappingUse['users']; readonly compared: boolean }

function Uses({ name, use: { resources, attributes }, compared }: UsesProps) {
  const differs = ({ recommended, sent }: AttributeUse) =>
    compared && resources > 0 && (!recommended || sent === 0)
  const columns = columnsOf(resources)
  const differing = attributes.filter(differs)
  const rest = attributes.filter(attribute => !differs(attribute))
  const keyOf = ({ target }: AttributeUse) => target
  return (
    <>
      {differing.length > 0 && (
        <>
          <h3>{name}</h3>
          <Table caption={`${name}: differences`} columns={columns} items={differing} keyOf={keyOf} />
        </>
      )}
      {rest.length > 0 && (
        <details class="more">
          <summary>
            {name}: {formatCount(rest.length, 'attribute')}
            {compared && resources > 0 && ' sent as recommended'}
          </summary>
          <Table caption={name} columns={columns} items={rest} keyOf={keyOf} />
        </details>
      )}
    </>
  )
}

const columnsOf = (resources: number): readonly Column<AttributeUse>[] => [
  {
    name: 'Sent in',
    of: ({ sent, recommended }) =>
      resources === 0 ? (
        '—'
      ) : sent === 0 ? (
        <Badge tone="warn">never sent</Badge>
      ) : (
        <>
          {sent} of {resources} {!recommended && <Badge>not in the mapping</Badge>}
        </>
      ),
  },
  { name: 'Application attribute', of: ({ target }) => <code>{target}</code> },
  { name: 'Microsoft Entra ID attribute', of: ({ source }) => source && <code>{source}</code> },
  {
    name: 'Matching',
    of: ({ matching }) => matching && <Badge tone="accent">precedence {matching}</Badge>,
    wide: true,
  },
  { name: 'Note', of: ({ note }) => note, wide: true },
]
