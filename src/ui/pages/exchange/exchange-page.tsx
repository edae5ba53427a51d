import { useEffect, useLayoutEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type {
  ClientKind,
  Exchange,
  ExchangeDetail,
  ExchangeFormat,
} from '../../../domain/contract/exchanges.ts'
import type {
  Explanation,
  Finding,
  RejectedAttribute,
  Rejection,
} from '../../../domain/contract/explanation.ts'
import type { Severity } from '../../../domain/contract/findings.ts'
import { describeClient } from '../../../scim/recognition/products.ts'
import { fetchContent } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { copyText } from '../../components/copy.tsx'
import { Badge, Loading, ProblemBox } from '../../components/feedback.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { ClientText, Prose, TenantTime, Time } from '../../components/text.tsx'
import { formatCount, formatDuration } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { type Loaded, useLoad } from '../../load.ts'
import { navigate, type PageProps, pagesByType, pathTo, query, setQuery } from '../../router.ts'
import { showTenant } from '../../state.ts'
import { moveListPosition, type Neighbor, neighborsOf } from '../activity/activity.ts'
import { DialectBadge, statusTone } from '../activity/rows.tsx'
import { Evaluations, FindingCards, Operations, ResourceChanges } from './explanation.tsx'
import { CloudTrail, CredentialName, JwtView, MessageView, ReplayButton } from './parts.tsx'
import { refusalLabel } from './refusal-labels.ts'

const apiLabels: Readonly<Record<NonNullable<Exchange['api']>, string>> = {
  'identity-store': 'Identity Store API',
  'sso-admin': 'IAM Identity Center API (SSO Admin)',
  sts: 'AWS STS',
  unknown: 'AWS API, not named by the request',
}

const clientLabels: Readonly<Record<ClientKind, string>> = {
  entra: 'Entra ID',
  service: 'Other provisioning service',
  compliance: 'Compliance suite',
  sample: 'Sample (this console)',
  aws: 'AWS client (AWS CLI, SDK, Terraform)',
  'ad-hoc': 'Ad hoc (curl, scripts)',
}

const Facts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts card">
    <Fact name="Response">
      <Badge tone={statusTone(exchange.status)}>{exchange.status}</Badge> in{' '}
      {formatDuration(exchange.microseconds)}
    </Fact>
    <Fact name="Time">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} whole />
      {exchange.tenantTime !== exchange.at && (
        <>
          {' '}
          (server time: <Time at={exchange.at} whole />)
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
    {exchange.client && (
      <Fact name="Client">
        {exchange.recognized ? describeClient(exchange.recognized) : clientLabels[exchange.client]}
      </Fact>
    )}
    {exchange.dialect && !exchange.api && (
      <Fact name="Dialect">
        <DialectBadge dialect={exchange.dialect} />
      </Fact>
    )}
    {exchange.cycle && (
      <Fact name="Cycle">
        <a href={pathTo('cycle', { id: exchange.cycle })}>View cycle</a>
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

export function ExchangePage({ id = '' }: PageProps) {
  const exchange = useLoad('GET /exchanges/:id', { params: { id } })
  const explanation = useLoad('GET /exchanges/:id/explanation', { params: { id } })
  const loaded = exchange.value.value
  const problem = exchange.problem.value
  const view = query.value.get('view') === 'cloudtrail' ? 'cloudtrail' : 'request'
  const tenant = loaded?.tenant
  const rejection = explanation.value.value?.rejection
  useEffect(() => {
    if (tenant !== undefined) showTenant(tenant)
  }, [tenant])
  if (!loaded) {
    return (
      <>
        <PageHead title="Request">
          <Neighbors id={id} />
        </PageHead>
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
        <Neighbors id={id} />
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
            <ReplayButton exchange={loaded} />
          </May>
        )}
      </PageHead>
      <RejectionView exchange={loaded} rejection={rejection} />
      <Facts exchange={loaded} />
      {loaded.credential?.jwt && (
        <JwtView jwt={loaded.credential.jwt} isRejected={loaded.refusal !== undefined} />
      )}
      <ViewTabs view={view} />
      {view === 'cloudtrail' ? (
        <CloudTrail id={id} />
      ) : (
        <>
          <Effects explanation={explanation} tenant={loaded.tenant} />
          <section class="messages" aria-label="Messages">
            <MessageView
              title="Request"
              startLine={`${loaded.method} ${loaded.url}`}
              message={loaded.request}
              marked={rejection?.attributes.flatMap(({ pointers }) => pointers)}
            />
            <MessageView title="Response" startLine={String(loaded.status)} message={loaded.response} />
          </section>
          <OtherProfiles explanation={explanation} />
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

function Target({ exchange: { target, tenant } }: { readonly exchange: ExchangeDetail }) {
  if (!target) return null
  const name = <ClientText text={target.label ?? target.id ?? ''} />
  const page = pagesByType[target.type]
  if (!page || target.id === undefined || tenant === undefined) return name
  return <a href={pathTo(page, { tenant, id: target.id })}>{name}</a>
}

const severityOrder: readonly Severity[] = ['error', 'warning', 'note']

const bySeverity = (one: Finding, other: Finding): number =>
  severityOrder.indexOf(one.severity) - severityOrder.indexOf(other.severity)

const isProblem = ({ severity }: Finding) => severity !== 'note'

function Effects({
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
      <FindingCards title="Findings" findings={loaded.findings.filter(isProblem).toSorted(bySeverity)} />
      <Operations operations={loaded.operations} />
      <ResourceChanges resources={loaded.resources} tenant={tenant} names={loaded.names} />
    </>
  )
}

function OtherProfiles({ explanation }: { readonly explanation: Loaded<Explanation> }) {
  const loaded = explanation.value.value
  if (!loaded) return null
  const notes = loaded.findings.filter(finding => !isProblem(finding))
  return (
    <>
      <Evaluations {...loaded} />
      {notes.length > 0 && (
        <details class="notes">
          <summary>{formatCount(notes.length, 'note')} about the client</summary>
          <FindingCards title="Notes" findings={notes} />
        </details>
      )}
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
    if (await copyText(await response.text())) announce(`Copied.${forCommand}`)
  }
  return <ActionButton onAction={copy}>{label}</ActionButton>
}

const maxAttributes = 5

function RejectionView({
  exchange,
  rejection,
}: {
  readonly exchange: Exchange
  readonly rejection: Rejection | undefined
}) {
  const isFailed = exchange.status >= 400
  if (!isFailed && !rejection) return null
  const attributes = rejection?.attributes.slice(0, maxAttributes) ?? []
  return (
    <section class={`rejection ${isFailed ? 'bad' : 'warn'}`} aria-label="Reason">
      <p class="rejection-summary">
        <Summary exchange={exchange} rejection={rejection} />
      </p>
      {attributes.map(attribute => (
        <AttributeFix key={`${attribute.kind} ${attribute.path}`} attribute={attribute} />
      ))}
      {rejection && attributes.length === 0 && rejection.remedy && (
        <p>
          <strong>How to fix:</strong> <Prose text={rejection.remedy} />
        </p>
      )}
    </section>
  )
}

function Summary({
  exchange,
  rejection,
}: {
  readonly exchange: Exchange
  readonly rejection: Rejection | undefined
}) {
  const { fault, detail, status } = exchange
  const label = refusalLabel(exchange)
  if (label) return <>Rejected: {label}</>
  if (fault) return <>A fault was injected: {fault.summary}</>
  if (rejection) return <Prose text={escapeHidden(rejection.summary)} />
  if (detail !== undefined) return <ClientText text={detail} />
  return <>The response was {status}.</>
}

const AttributeFix = ({ attribute: { path, value, remedy } }: { readonly attribute: RejectedAttribute }) => (
  <>
    {value !== undefined && (
      <p>
        <code>{escapeHidden(path)}</code> was{' '}
        <mark>
          <ClientText text={value} />
        </mark>
      </p>
    )}
    <p>
      <strong>How to fix:</strong> <Prose text={escapeHidden(remedy)} />
    </p>
  </>
)

/** Shows a neighbor instead of the present request, so that Back returns to the list. */
function show(neighbor: Neighbor | undefined): void {
  if (!neighbor) return
  moveListPosition(neighbor)
  navigate(pathTo('exchange', { id: neighbor.exchange.id }), { replace: true })
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof Element && target.closest('input, textarea, select, dialog, [contenteditable]') !== null

function Neighbors({ id }: { readonly id: string }) {
  const { newer, older } = neighborsOf(id)
  useLayoutEffect(() => {
    const onKey = ({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent) => {
      if (ctrlKey || metaKey || altKey || isTyping(target)) return
      if (key === 'k') show(newer)
      if (key === 'j') show(older)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [newer, older])
  if (!newer && !older) return null
  return (
    <>
      <button
        type="button"
        disabled={!newer}
        title="Newer request (k)"
        aria-keyshortcuts="k"
        onClick={() => show(newer)}
      >
        ‹ Newer
      </button>
      <button
        type="button"
        disabled={!older}
        title="Older request (j)"
        aria-keyshortcuts="j"
        onClick={() => show(older)}
      >
        Older ›
      </button>
    </>
  )
}
