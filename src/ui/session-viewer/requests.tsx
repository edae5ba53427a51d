import { useMemo } from 'preact/hooks'
import type { Cycle } from '../../domain/contract/cycles.ts'
import type { ExchangeDetail } from '../../domain/contract/exchanges.ts'
import { Badge, Empty } from '../components/feedback.tsx'
import { bySeverity, FindingRows, severityTones } from '../components/finding.tsx'
import { PageHead } from '../components/layout.tsx'
import { MessageView } from '../components/message.tsx'
import { ExchangeLink, ResourceLink } from '../components/record-link.tsx'
import { ClientText, TenantTime } from '../components/text.tsx'
import { formatCount, formatDuration } from '../format.ts'
import { Facts, LesserFacts, statusTone } from '../pages/exchange/facts.tsx'
import { kinds, senderOf, sumsOf } from '../pages/exchange/texts.ts'
import { hrefTo, moment, text } from './address.ts'
import { List } from './list.tsx'
import type { Session } from './session.ts'

const contains = ({ action, target, method, url, status, request, response }: ExchangeDetail, part: string) =>
  [action, target?.label, method, url, String(status), request.body, response.body].some(value =>
    value?.toLowerCase().includes(part),
  )

export function Requests({
  session,
  cycle,
}: {
  readonly session: Session
  readonly cycle: string | undefined
}) {
  const part = text.value.trim().toLowerCase()
  const found = useMemo(
    () =>
      session.requests.filter(
        request =>
          (cycle === undefined || request.cycle === cycle) && (part === '' || contains(request, part)),
      ),
    [part],
  )
  return (
    <>
      <PageHead
        title={cycle === undefined ? 'Requests' : 'Requests of a cycle'}
        description={
          <>
            {formatCount(found.length, 'request')}, newest first.{' '}
            {cycle !== undefined && <a href={hrefTo({ view: 'requests' })}>Show all requests</a>}
          </>
        }
      />
      <div class="field">
        <label for="search">Search</label>
        <input
          id="search"
          type="search"
          value={text.value}
          onInput={event => {
            text.value = event.currentTarget.value
          }}
        />
      </div>
      <List label="Requests" name={`requests ${cycle} ${part}`} items={found}>
        {request => <RequestRow request={request} />}
      </List>
    </>
  )
}

const RequestRow = ({ request }: { readonly request: ExchangeDetail }) => (
  <div class="exchange-row">
    <span class="time">
      <TenantTime at={request.at} tenantTime={request.tenantTime} hasLead={false} />
    </span>
    <span class="what">
      <ExchangeLink id={request.id}>{request.action}</ExchangeLink>
    </span>
    <span class="whom">
      <ClientText text={request.target?.label ?? request.target?.id ?? ''} />
    </span>
    <span class="result muted">
      <ClientText text={request.detail ?? ''} />
    </span>
    <span class="badges">
      {request.fault && <Badge tone="warn">fault injected</Badge>}
      {request.findings.length > 0 && (
        <Badge tone={severityTones[request.severity ?? 'note']}>
          {formatCount(request.findings.length, 'finding')}
        </Badge>
      )}
    </span>
    <span class={`status ${request.status >= 400 ? statusTone(request.status) : ''}`}>{request.status}</span>
    <span class="duration">{formatDuration(request.microseconds)}</span>
  </div>
)

export function RequestPage({ session, id }: { readonly session: Session; readonly id: string }) {
  const request = session.requestById.get(id)
  if (!request) {
    return (
      <>
        <PageHead title="No such request" />
        <Empty title="The file does not have this request.">
          <p>The journal had deleted it before the export, or the search left it out.</p>
        </Empty>
      </>
    )
  }
  const at = session.requests.indexOf(request)
  const { action, target, url, method, status } = request
  const type = target?.type ?? session.facts.types[0]?.name
  const findings = request.findings.flatMap(kind => session.findings.find(one => one.id === kind) ?? [])
  return (
    <>
      <PageHead title={action} description={target && <ResourceLink {...target} text={target.label} />}>
        <Neighbor request={session.requests[at + 1]} label="Previous request" />
        <Neighbor request={session.requests[at - 1]} label="Next request" />
        {type !== undefined && (
          <a
            class="button"
            href={hrefTo({ view: 'resources', type })}
            onClick={() => {
              moment.value = { request: id, at: request.tenantTime }
            }}
          >
            Directory after this request
          </a>
        )}
      </PageHead>
      <Facts exchange={request} />
      <div class="messages">
        <MessageView title="Request" startLine={`${method} ${url}`} message={request.request} />
        <MessageView title="Response" startLine={String(status)} message={request.response} />
      </div>
      {findings.length > 0 && (
        <section aria-label="Findings">
          <h2>Findings</h2>
          <FindingRows findings={findings} />
        </section>
      )}
      <LesserFacts exchange={request} />
    </>
  )
}

const Neighbor = ({
  request,
  label,
}: {
  readonly request: ExchangeDetail | undefined
  readonly label: string
}) =>
  request ? (
    <a class="button" href={hrefTo({ view: 'request', id: request.id })}>
      {label}
    </a>
  ) : null

export const Cycles = ({ session: { cycles } }: { readonly session: Session }) => (
  <>
    <PageHead title="Cycles" />
    <List label="Cycles" name="cycles" items={cycles}>
      {cycle => <CycleRow cycle={cycle} />}
    </List>
  </>
)

const CycleRow = ({ cycle }: { readonly cycle: Cycle }) => (
  <div class="exchange-row">
    <span class="time">
      <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} hasLead={false} />
    </span>
    <span class="what">
      <a href={hrefTo({ view: 'requests', cycle: cycle.id })}>{kinds[cycle.kind]}</a>
    </span>
    <span class="whom">
      <ClientText text={senderOf(cycle) ?? cycle.client} />
    </span>
    <span class="result">{sumsOf(cycle)}</span>
    <span class="badges">{formatCount(cycle.requests, 'request')}</span>
  </div>
)

export const Findings = ({ session: { findings } }: { readonly session: Session }) => (
  <>
    <PageHead title="Findings" />
    {findings.length === 0 && <Empty title="No findings." />}
    <FindingRows findings={findings.toSorted(bySeverity)}>
      {({ count, subjects, last, tenantLast, evidence }) => (
        <>
          <p class="muted">
            {formatCount(count, 'request')}, {formatCount(subjects, 'object')}, last{' '}
            <TenantTime at={last} tenantTime={tenantLast} />
          </p>
          <ul>
            {evidence.map(({ exchange, detail }, index) => (
              <li key={index}>
                <ExchangeLink id={exchange}>
                  <ClientText text={detail} />
                </ExchangeLink>
              </li>
            ))}
          </ul>
        </>
      )}
    </FindingRows>
  </>
)
