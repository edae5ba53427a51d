import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { Exchange, ExchangeDetail, ExchangeFormat, Message } from '../../../domain/contract/exchanges.ts'
import type { Explanation } from '../../../domain/contract/explanation.ts'
import { findingOfViolation } from '../../../domain/missing-attributes.ts'
import { fetchContent } from '../../api.ts'
import { ActionButton, CopyButton } from '../../components/buttons.tsx'
import { copyText } from '../../components/copy.tsx'
import { Loading, ProblemBox } from '../../components/feedback.tsx'
import { bySeverity, FindingRows } from '../../components/finding.tsx'
import { PageHead } from '../../components/layout.tsx'
import { May } from '../../components/may.tsx'
import { MessageView } from '../../components/message.tsx'
import { ResourceLink } from '../../components/record-link.tsx'
import { Views, viewIn } from '../../components/views.tsx'
import { announce } from '../../frame/notice.tsx'
import { type Loaded, useLoad } from '../../load.ts'
import { navigate, type PageProps, pathTo } from '../../router.ts'
import { showTenant, tenants } from '../../state.ts'
import { moveListPosition, type Neighbor, neighborsOf } from '../activity/activity.ts'
import { Evaluations, Operations, ResourceChanges } from './explanation.tsx'
import { Facts, LesserFacts } from './facts.tsx'
import { CloudTrail, JwtView, ReplayButton } from './parts.tsx'
import { RejectionView } from './rejection.tsx'

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
            {loaded.target && (
              <ResourceLink {...loaded.target} tenant={loaded.tenant} text={loaded.target.label} />
            )}
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
  /** The reason of the rejection shows these findings. */
  const shown = [rejection?.rule, ...(rejection?.attributes ?? []).map(findingOfViolation)]
  const findings = loaded?.findings.filter(({ id }) => !shown.includes(id)).toSorted(bySeverity) ?? []
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
        >
          <CopyBody message={exchange.request} what="request body" />
        </MessageView>
        <MessageView title="Response" startLine={String(exchange.status)} message={exchange.response}>
          <CopyBody message={exchange.response} what="response body" />
        </MessageView>
      </section>
      {findings.length > 0 && (
        <section aria-label="Also in this request">
          <h2>Also in this request</h2>
          <FindingRows findings={findings} />
        </section>
      )}
      {loaded && <Evaluations {...loaded} />}
    </>
  )
}

const CopyBody = ({ message: { body }, what }: { readonly message: Message; readonly what: string }) =>
  body === undefined ? null : <CopyButton text={body} what={what} />

const titleOf = ({ action, status, operation, fault }: Exchange): string =>
  capitalize(status >= 400 && operation !== 'rejected' && !fault ? `${action}, refused` : action)

const neededToken = ' Set SCIM_TOKEN to an access token before you run the command.'
const neededKey = ' Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY before you run the command.'

const capitalize = (label: string) => label.slice(0, 1).toUpperCase() + label.slice(1)

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
  return [
    { label: '‹ Newer', title: 'Newer request (k)', key: 'k', to: newer },
    { label: 'Older ›', title: 'Older request (j)', key: 'j', to: older },
  ].map(({ label, title, key, to }) => (
    <button
      key={key}
      type="button"
      disabled={!to}
      title={title}
      aria-keyshortcuts={key}
      onClick={() => show(to)}
    >
      {label}
    </button>
  ))
}
