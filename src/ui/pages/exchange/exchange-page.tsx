import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type {
  ClientKind,
  Exchange,
  ExchangeDetail,
  ExchangeFormat,
} from '../../../domain/contract/exchanges.ts'
import type { Explanation, Finding } from '../../../domain/contract/explanation.ts'
import type { Severity } from '../../../domain/contract/findings.ts'
import { describeClient } from '../../../scim/recognition/products.ts'
import { fetchContent } from '../../api.ts'
import { ActionButton } from '../../components/buttons.tsx'
import { copyText } from '../../components/copy.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { Fact, PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { ClientText, TenantTime, Time } from '../../components/text.tsx'
import { Views, viewIn } from '../../components/views.tsx'
import { formatDuration } from '../../format.ts'
import { announce } from '../../frame/notice.tsx'
import { type Loaded, useLoad } from '../../load.ts'
import { navigate, type PageProps, pagesByType, pathTo } from '../../router.ts'
import { showTenant, tenants } from '../../state.ts'
import { moveListPosition, type Neighbor, neighborsOf } from '../activity/activity.ts'
import { DialectBadge, statusTone } from '../activity/rows.tsx'
import { Evaluations, FindingRows, Operations, ResourceChanges } from './explanation.tsx'
import { CloudTrail, CredentialName, JwtView, MessageView, ReplayButton } from './parts.tsx'
import { refusalLabel } from './refusal-labels.ts'
import { RejectionView } from './rejection.tsx'

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

/** What identifies the request, in a line. */
const Facts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts-line">
    <Fact name="Response">
      <span class={exchange.status >= 400 ? statusTone(exchange.status) : ''}>
        <b>{exchange.status}</b>
      </span>{' '}
      in {formatDuration(exchange.microseconds)}
    </Fact>
    <Fact name="at">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} whole />
      {exchange.tenantTime !== exchange.at && (
        <>
          {' '}
          (server time: <Time at={exchange.at} whole />)
        </>
      )}
    </Fact>
    {exchange.cycle && (
      <Fact name="in">
        <a href={pathTo('cycle', { id: exchange.cycle })}>its cycle</a>
      </Fact>
    )}
    {exchange.refusal && <Fact name="Rejected">{refusalLabel(exchange)}</Fact>}
    {exchange.fault && <Fact name="Fault injected">{exchange.fault.summary}</Fact>}
    {exchange.replayOf && (
      <Fact name="Replay">
        sent by the console. <a href={pathTo('exchange', { id: exchange.replayOf })}>View original</a>
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
    {exchange.token && <Fact name="Token">…{exchange.token.ending}</Fact>}
    {exchange.credential && (
      <Fact name="Credential">
        <CredentialName credential={exchange.credential} tenant={exchange.tenant} />
      </Fact>
    )}
    {exchange.accessKey !== undefined && (
      <Fact name="Access key">
        <code>
          <ClientText text={exchange.accessKey} />
        </code>
      </Fact>
    )}
  </dl>
)

/** What few look for, below all else. */
const LesserFacts = ({ exchange }: { readonly exchange: Exchange }) => (
  <dl class="facts-line part">
    {exchange.rule && (
      <Fact name="Rule">
        <code>{exchange.rule}</code>
      </Fact>
    )}
    <Fact name="Request ID">
      <code>{exchange.id}</code>
    </Fact>
    {exchange.profile && <Fact name="Profile">{exchange.profile}</Fact>}
    {exchange.dialect && exchange.dialect !== 'other' && !exchange.api && (
      <Fact name="Dialect">
        <DialectBadge dialect={exchange.dialect} />
      </Fact>
    )}
    {exchange.api && <Fact name="API">{apiLabels[exchange.api]}</Fact>}
    {exchange.apiOperation !== undefined && (
      <Fact name="Operation">
        <code>
          <ClientText text={exchange.apiOperation} />
        </code>
      </Fact>
    )}
    {exchange.region !== undefined && (
      <Fact name="Region">
        <ClientText text={exchange.region} />
      </Fact>
    )}
    {exchange.remoteAddress && <Fact name="Client IP">{exchange.remoteAddress}</Fact>}
  </dl>
)

const views = { request: { label: 'Request' }, cloudtrail: { label: 'CloudTrail' } }

/** Milliseconds in which the explanation usually arrives: until then nothing is shown that it would move. */
const usualWait = 700

export function ExchangePage({ id = '' }: PageProps) {
  const exchange = useLoad('GET /exchanges/:id', { params: { id } })
  const explanation = useLoad('GET /exchanges/:id/explanation', { params: { id } })
  const loaded = exchange.value.value
  const problem = exchange.problem.value
  const view = viewIn(views)
  const [hasWaited, setWaited] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setWaited(true), usualWait)
    return () => clearTimeout(timer)
  }, [])
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
        title={titleOf(loaded)}
        description={
          <>
            <Target exchange={loaded} />
            {loaded.tenant && (tenants.value ?? []).length > 1 && ` in ${loaded.tenant}`}
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
      {!hasWaited && !explanation.value.value && !explanation.problem.value ? (
        <Loading />
      ) : (
        <>
          <RejectionView exchange={loaded} rejection={rejection} />
          <Facts exchange={loaded} />
          {loaded.credential?.jwt && (
            <JwtView jwt={loaded.credential.jwt} isRejected={loaded.refusal !== undefined} />
          )}
          <Views label="Request" views={views} />
          {view === 'cloudtrail' ? (
            <CloudTrail id={id} />
          ) : (
            <Content exchange={loaded} explanation={explanation} />
          )}
          <LesserFacts exchange={loaded} />
        </>
      )}
    </>
  )
}

function Content({
  exchange,
  explanation,
}: {
  readonly exchange: ExchangeDetail
  readonly explanation: Loaded<Explanation>
}) {
  const loaded = explanation.value.value
  const problem = explanation.problem.value
  const rejection = loaded?.rejection
  const findings = loaded?.findings.filter(({ id }) => id !== rejection?.rule).toSorted(bySeverity) ?? []
  const isWrite = exchange.method !== 'GET' && exchange.status < 400
  return (
    <>
      {problem && <ProblemBox problem={problem} />}
      {!loaded && !problem && <Loading label="Analyzing the request" />}
      {loaded && (
        <>
          <Operations operations={loaded.operations} />
          {(isWrite || loaded.resources.length > 0) && (
            <ResourceChanges resources={loaded.resources} tenant={exchange.tenant} names={loaded.names} />
          )}
        </>
      )}
      <section class="messages" aria-label="Messages">
        <MessageView
          title="Request"
          startLine={`${exchange.method} ${exchange.url}`}
          message={exchange.request}
          marked={rejection?.attributes.flatMap(({ pointers }) => pointers)}
        />
        <MessageView title="Response" startLine={String(exchange.status)} message={exchange.response} />
      </section>
      <FindingRows title="Also in this request" findings={findings} />
      {loaded && <Evaluations {...loaded} />}
    </>
  )
}

const titleOf = ({ action, status, operation, fault }: Exchange): string =>
  capitalize(status >= 400 && operation !== 'rejected' && !fault ? `${action}, refused` : action)

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
