import type { ExchangeDetail, Message } from '../../domain/contract/exchanges.ts'
import { Badge, Empty } from '../components/feedback.tsx'
import { HowToFix } from '../components/how-to-fix.tsx'
import { JsonView, TextBlock } from '../components/json.tsx'
import { Fact, PageHead } from '../components/layout.tsx'
import { ClientText, escapeHidden, Prose, TenantTime } from '../components/text.tsx'
import { formatDuration, formatSize } from '../format.ts'
import { hrefTo, moment } from './address.ts'
import { statusTone } from './requests.tsx'
import type { Session } from './session.ts'

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
