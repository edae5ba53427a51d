import { useMemo } from 'preact/hooks'
import { escapeHidden } from '../../domain/client-text.ts'
import type { ExchangeDetail, Message } from '../../domain/contract/exchanges.ts'
import { Badge, Empty, type Tone } from '../components/feedback.tsx'
import { JsonView, TextBlock } from '../components/json.tsx'
import { Fact, PageHead } from '../components/layout.tsx'
import { ClientText, HowToFix, Prose, TenantTime } from '../components/text.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { formatCount, formatDuration, formatSize } from '../format.ts'
import { hrefTo, moment, text } from './address.ts'
import { positionOf, type Session, useRowHeight } from './session.ts'

const statusTone = (status: number): Tone => {
  if (status >= 500 || status === 401 || status === 403) return 'bad'
  return status >= 400 ? 'warn' : 'good'
}

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
  const rowHeight = useRowHeight()
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
      {found.length === 0 ? (
        <Empty title="No matching requests." />
      ) : (
        <VirtualList
          key={part}
          label="Requests"
          count={found.length}
          rowHeight={rowHeight}
          keyOf={index => found[index]?.id ?? ''}
          renderRow={index => found[index] && <RequestRow request={found[index]} />}
          position={positionOf(`requests ${cycle} ${part}`)}
        />
      )}
    </>
  )
}

const RequestRow = ({ request }: { readonly request: ExchangeDetail }) => (
  <div class="exchange-row">
    <span class="time">
      <TenantTime at={request.at} tenantTime={request.tenantTime} />
    </span>
    <span class="status">
      <Badge tone={statusTone(request.status)}>{request.status}</Badge>
    </span>
    <span class="action">
      <a href={hrefTo({ view: 'request', id: request.id })}>{request.action}</a>{' '}
      {request.target && <ClientText text={request.target.label ?? request.target.id ?? ''} />}
    </span>
    <span class="badges">
      {request.fault && <Badge tone="warn">fault injected</Badge>}
      {request.findings.length > 0 && (
        <Badge tone={request.severity === 'error' ? 'bad' : 'warn'}>
          {formatCount(request.findings.length, 'finding')}
        </Badge>
      )}
    </span>
    <span class="duration numeric">{formatDuration(request.microseconds)}</span>
  </div>
)

export function RequestPage({ session, id }: { readonly session: Session; readonly id: string }) {
  const request = session.requestById.get(id)
  if (!request) return <Missing />
  const at = session.requests.indexOf(request)
  const { target } = request
  return (
    <>
      <PageHead title={request.action} description={target && <Target session={session} request={request} />}>
        <Neighbor request={session.requests[at + 1]} label="Previous request" />
        <Neighbor request={session.requests[at - 1]} label="Next request" />
      </PageHead>
      <section class="card" aria-label="Facts">
        <dl class="facts">
          <Fact name="Status">
            <Badge tone={statusTone(request.status)}>{request.status}</Badge>
          </Fact>
          <Fact name="Time">
            <TenantTime at={request.at} tenantTime={request.tenantTime} />
          </Fact>
          <Fact name="Duration">{formatDuration(request.microseconds)}</Fact>
          {request.token && <Fact name="Token">…{request.token.ending}</Fact>}
          {request.rule !== undefined && (
            <Fact name="Rule">
              <code>{request.rule}</code>
            </Fact>
          )}
          {request.refusal !== undefined && <Fact name="Token or signature">{request.refusal}</Fact>}
          {request.fault && <Fact name="Fault injected">{request.fault.summary}</Fact>}
          {request.cycle !== undefined && (
            <Fact name="Cycle">
              <a href={hrefTo({ view: 'requests', cycle: request.cycle })}>Requests of this cycle</a>
            </Fact>
          )}
          <Fact name="Request ID">
            <code>{request.id}</code>
          </Fact>
        </dl>
        <p class="actions">
          <ShowDirectory session={session} request={request} />
        </p>
      </section>
      <FindingList session={session} ids={request.findings} />
      <div class="messages">
        <MessageView
          title="Request"
          startLine={`${request.method} ${request.url}`}
          message={request.request}
        />
        <MessageView title="Response" startLine={String(request.status)} message={request.response} />
      </div>
    </>
  )
}

const Missing = () => (
  <>
    <PageHead title="No such request" />
    <Empty title="The file does not have this request.">
      <p>The journal had deleted it before the export, or the search left it out.</p>
    </Empty>
  </>
)

function Target({ session, request }: { readonly session: Session; readonly request: ExchangeDetail }) {
  const { id, label = id ?? '' } = request.target ?? {}
  const name = <ClientText text={label} />
  if (id === undefined || !session.resourceById.has(id)) return name
  return <a href={hrefTo({ view: 'resource', id })}>{name}</a>
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

function ShowDirectory({
  session,
  request,
}: {
  readonly session: Session
  readonly request: ExchangeDetail
}) {
  const type = request.target?.type ?? session.facts.types[0]?.name
  if (type === undefined) return null
  return (
    <a
      class="button"
      href={hrefTo({ view: 'resources', type })}
      onClick={() => {
        moment.value = { request: request.id, at: request.tenantTime }
      }}
    >
      Directory after this request
    </a>
  )
}

function FindingList({ session, ids }: { readonly session: Session; readonly ids: readonly string[] }) {
  const kinds = ids.flatMap(id => session.findings.find(finding => finding.id === id) ?? [])
  if (kinds.length === 0) return null
  return (
    <section aria-label="Findings">
      <h2>Findings</h2>
      {kinds.map(({ id, title, reason, remedy, product }) => (
        <article key={id} class="card finding">
          <h3>
            <Prose text={title} />
          </h3>
          <p>
            <Prose text={reason} />
          </p>
          <p>
            <HowToFix remedy={remedy} product={product} />
          </p>
        </article>
      ))}
    </section>
  )
}

const MessageView = ({
  title,
  startLine,
  message: { headers, body, cutFrom },
}: {
  readonly title: string
  readonly startLine: string
  readonly message: Message
}) => (
  <article class="card">
    <h2>{title}</h2>
    <p class="message-start">
      <code>{escapeHidden(startLine)}</code>
    </p>
    <details>
      <summary>Headers</summary>
      <dl class="headers">
        {Object.entries(headers).map(([name, value]) => (
          <div key={name}>
            <dt>{escapeHidden(name)}</dt>
            <dd>{escapeHidden(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
    <Body body={body} label={`${title} body`} />
    {cutFrom !== undefined && (
      <p class="muted">Truncated in the journal. Original size: {formatSize(cutFrom)}.</p>
    )}
  </article>
)

function Body({ body, label }: { readonly body: string | undefined; readonly label: string }) {
  if (body === undefined) return <p class="muted">No body.</p>
  const json = parseBody(body)
  return json === undefined ? (
    <TextBlock text={body} label={label} />
  ) : (
    <JsonView value={json} label={label} />
  )
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
