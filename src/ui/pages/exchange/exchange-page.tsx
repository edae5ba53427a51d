import { useEffect } from 'preact/hooks'
import type { ClientKind, Exchange, ExchangeDetail, ExchangeFormat } from '../../../contract/exchanges.ts'
import type { Explanation, Finding } from '../../../contract/explanation.ts'
import { call, fetchContent } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { ClientText, TenantTime, Time } from '../../components/text.tsx'
import { formatDuration } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { type Loaded, useLoad } from '../../load.ts'
import { navigate, type PageProps, pagesByType, pathTo, query, setQuery } from '../../router.ts'
import { showTenant } from '../../state.ts'
import { DialectBadge, statusTone } from '../activity/rows.tsx'
import { Operations, ResourceChanges } from './changes.tsx'
import { CloudTrail } from './cloudtrail.tsx'
import { CredentialName, JwtView } from './credential.tsx'
import { Evaluations } from './evaluations.tsx'
import { FindingCards } from './finding-cards.tsx'
import { MessageView } from './message.tsx'

type Refusal = NonNullable<Exchange['refusal']>

const refusalLabels: Readonly<Record<Refusal, string>> = {
  missing: 'No token in the request.',
  unknown: 'Unknown token.',
  expired: 'The token has expired.',
  deleted: 'The token was deleted.',
  'other-tenant': 'The token belongs to another tenant.',
  'read-only': 'The token is read-only.',
  'not-offered': 'The client sent a JWT. AWS accepts its own access tokens only.',
  malformed: 'The JWT cannot be read, lacks a required claim, or is an ID token.',
  'unknown-issuer': 'The tenant does not trust the issuer of the JWT.',
  'wrong-audience': 'The JWT is for another audience.',
  'wrong-caller': 'The JWT was issued to another client.',
  'bad-signature': 'The signature of the JWT is wrong.',
  'unknown-key': 'The JWT is signed with a key that its issuer does not publish.',
  'weak-algorithm': 'The JWT is signed with an algorithm or a key that is not accepted.',
  'not-yet-valid': 'The JWT is not valid yet.',
  'keys-unreachable': 'The keys of the issuer could not be fetched.',
  ambiguous: 'Issuers of several tenants fit the JWT, and the URL names no tenant.',
  'insufficient-scope': 'The JWT has none of the required scopes.',
  'wrong-secret': 'The client secret is wrong.',
  'wrong-signature': 'The signature does not match the request.',
  'clock-skew': 'The request was signed more than 5 minutes before or after the server’s time.',
  'malformed-signature': 'The Authorization header is malformed.',
  unreadable:
    'The secret of the access key was encrypted with another key than this server has (SCIMULATOR_SEAL_KEY).',
}

/** For requests to AWS APIs, which are signed with an access key. */
const keyRefusalLabels: Readonly<Record<Refusal, string>> = {
  ...refusalLabels,
  missing: 'The request is not signed.',
  unknown: 'Unknown access key.',
  expired: 'The access key has expired.',
  deleted: 'The access key was deleted.',
  'other-tenant': 'The access key belongs to another tenant.',
  'read-only': 'The access key is read-only.',
}

const apiLabels: Readonly<Record<NonNullable<Exchange['api']>, string>> = {
  'identity-store': 'Identity Store API',
  'sso-admin': 'IAM Identity Center API (SSO Admin)',
  sts: 'AWS STS',
  unknown: 'AWS API, not named by the request',
}

const refusalLabel = ({ api, refusal }: Exchange): string | undefined =>
  refusal && (api === undefined ? refusalLabels : keyRefusalLabels)[refusal]

const clientLabels: Readonly<Record<ClientKind, string>> = {
  entra: 'Entra ID',
  service: 'Other provisioning service',
  compliance: 'Compliance suite',
  sample: 'Sample (this console)',
  aws: 'AWS client (AWS CLI, SDK, Terraform)',
  'ad-hoc': 'Ad hoc (curl, scripts)',
}

/** The properties of a request and its response. */
const Facts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts card">
    <Fact name="Response">
      <Badge tone={statusTone(exchange.status)}>{exchange.status}</Badge> in{' '}
      {formatDuration(exchange.microseconds)}
    </Fact>
    <Fact name="Time">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} />
      {exchange.tenantTime !== exchange.at && (
        <>
          {' '}
          (server time: <Time at={exchange.at} />)
        </>
      )}
    </Fact>
    {exchange.refusal && <Fact name="Rejected">{refusalLabel(exchange)}</Fact>}
    {exchange.api && <Fact name="API">{apiLabels[exchange.api]}</Fact>}
    {exchange.apiOperation !== undefined && (
      <Fact name="Operation">
        <code>
          <ClientText text={exchange.apiOperation} />
        </code>
      </Fact>
    )}
    {exchange.accessKey !== undefined && (
      <Fact name="Access key">
        <code>
          <ClientText text={exchange.accessKey} />
        </code>
      </Fact>
    )}
    {exchange.region !== undefined && (
      <Fact name="Region">
        <ClientText text={exchange.region} />
      </Fact>
    )}
    {exchange.rule && (
      <Fact name="Rule">
        <code>{exchange.rule}</code>
      </Fact>
    )}
    {exchange.fault && <Fact name="Fault injected">{exchange.fault.summary}</Fact>}
    {exchange.replayOf && (
      <Fact name="Replay">
        Sent by the console. <a href={pathTo('exchange', { id: exchange.replayOf })}>View original</a>
      </Fact>
    )}
    {exchange.parent && (
      <Fact name="Part of">
        <a href={pathTo('exchange', { id: exchange.parent })}>bulk request</a>
      </Fact>
    )}
    {exchange.client && <Fact name="Client">{clientLabels[exchange.client]}</Fact>}
    {exchange.dialect && !exchange.api && (
      <Fact name="Dialect">
        <DialectBadge dialect={exchange.dialect} />
      </Fact>
    )}
    {exchange.cycle && (
      <Fact name="Cycle">
        <a href={pathTo('activity', {}, { q: `cycle:${exchange.cycle}` })}>View cycle</a>
      </Fact>
    )}
    {exchange.profile && <Fact name="Profile">{exchange.profile}</Fact>}
    {exchange.token && <Fact name="Token">…{exchange.token.ending}</Fact>}
    {exchange.credential && (
      <Fact name="Credential">
        <CredentialName credential={exchange.credential} tenant={exchange.tenant} />
      </Fact>
    )}
    {exchange.remoteAddress && <Fact name="Client IP">{exchange.remoteAddress}</Fact>}
    <Fact name="Request ID">
      <code>{exchange.id}</code>
    </Fact>
  </dl>
)

/** A request: its changes, findings, how other profiles would respond, and the messages. */
export function ExchangePage({ id = '' }: PageProps) {
  const exchange = useLoad('GET /exchanges/:id', { params: { id } })
  const explanation = useLoad('GET /exchanges/:id/explanation', { params: { id } })
  const loaded = exchange.value.value
  const problem = exchange.problem.value
  const view = query.value.get('view') === 'cloudtrail' ? 'cloudtrail' : 'request'
  const tenant = loaded?.tenant
  useEffect(() => {
    if (tenant !== undefined) showTenant(tenant)
  }, [tenant])
  if (!loaded) {
    return (
      <>
        <PageHead title="Request" />
        {problem ? <ProblemBox problem={problem} /> : <Loading />}
      </>
    )
  }
  return (
    <>
      <PageHead
        title={capitalize(loaded.action)}
        description={
          <>
            <Target exchange={loaded} />
            {loaded.tenant && ` in ${loaded.tenant}`}
          </>
        }
      >
        {loaded.api && <CopyAs id={id} format="aws" label="Copy as AWS CLI" forCommand={neededKey} />}
        <CopyAs
          id={id}
          format="curl"
          label="Copy as curl"
          forCommand={loaded.api ? neededKey : neededToken}
        />
        <CopyAs id={id} format="fixture" label="Copy as test fixture" />
        {loaded.api === undefined && (
          <May need="write">
            <ActionButton onAction={() => replay(id)}>Replay request</ActionButton>
          </May>
        )}
      </PageHead>
      <Facts exchange={loaded} />
      {loaded.credential?.jwt && (
        <JwtView jwt={loaded.credential.jwt} isRejected={loaded.refusal !== undefined} />
      )}
      <ViewTabs view={view} />
      {view === 'cloudtrail' ? (
        <CloudTrail id={id} />
      ) : (
        <>
          <ExplanationView explanation={explanation} tenant={loaded.tenant} />
          <section class="messages" aria-label="Messages">
            <MessageView
              title="Request"
              startLine={`${loaded.method} ${loaded.url}`}
              message={loaded.request}
            />
            <MessageView title="Response" startLine={String(loaded.status)} message={loaded.response} />
          </section>
        </>
      )}
    </>
  )
}

const ViewTabs = ({ view }: { readonly view: 'request' | 'cloudtrail' }) => (
  <fieldset class="tabs">
    <legend class="visually-hidden">View</legend>
    <button type="button" aria-pressed={view === 'request'} onClick={() => setQuery({ view: undefined })}>
      Request
    </button>
    <button
      type="button"
      aria-pressed={view === 'cloudtrail'}
      onClick={() => setQuery({ view: 'cloudtrail' })}
    >
      CloudTrail
    </button>
  </fieldset>
)

const neededToken = ' Set SCIM_TOKEN to an access token before you run the command.'
const neededKey = ' Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY before you run the command.'

const capitalize = (label: string) => label.slice(0, 1).toUpperCase() + label.slice(1)

/** The resource that the request was about; a link if its type has a page. */
function Target({ exchange: { target, tenant } }: { readonly exchange: ExchangeDetail }) {
  if (!target) return null
  const name = <ClientText text={target.label ?? target.id ?? ''} />
  const page = pagesByType[target.type]
  if (!page || target.id === undefined || tenant === undefined) return name
  return <a href={pathTo(page, { tenant, id: target.id })}>{name}</a>
}

const isProblem = ({ severity }: Finding) => severity !== 'note'

function ExplanationView({
  explanation,
  tenant,
}: {
  readonly explanation: Loaded<Explanation>
  readonly tenant: string | undefined
}) {
  const problem = explanation.problem.value
  const loaded = explanation.value.value
  if (problem) return <ProblemBox problem={problem} />
  if (!loaded) return <Loading label="Analyzing the request" />
  return (
    <>
      <FindingCards title="Findings" findings={loaded.findings.filter(isProblem)} />
      <Operations operations={loaded.operations} />
      <ResourceChanges resources={loaded.resources} tenant={tenant} />
      <Evaluations {...loaded} />
      <FindingCards title="Notes" findings={loaded.findings.filter(finding => !isProblem(finding))} />
    </>
  )
}

function CopyAs({
  id,
  format,
  label,
  forCommand = '',
}: {
  readonly id: string
  readonly format: ExchangeFormat
  readonly label: string
  readonly forCommand?: string
}) {
  const copy = async () => {
    const response = await fetchContent('GET /exchanges/:id/export', { params: { id }, query: { format } })
    await navigator.clipboard.writeText(await response.text())
    announce(`Copied.${forCommand}`)
  }
  return <ActionButton onAction={copy}>{label}</ActionButton>
}

async function replay(id: string): Promise<void> {
  const { exchange, status } = await call('POST /exchanges/:id/replay', { params: { id } })
  announce(`Request replayed; the response was ${status}. This page shows the new request.`)
  navigate(pathTo('exchange', { id: exchange }))
}
