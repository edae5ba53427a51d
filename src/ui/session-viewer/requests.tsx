import { useMemo } from 'preact/hooks'
import type { ExchangeDetail } from '../../domain/contract/exchanges.ts'
import { Badge, Empty, type Tone } from '../components/feedback.tsx'
import { PageHead } from '../components/layout.tsx'
import { ClientText, TenantTime } from '../components/text.tsx'
import { VirtualList } from '../components/virtual-list.tsx'
import { formatCount, formatDuration } from '../format.ts'
import { hrefTo, text } from './address.ts'
import { positionOf, useRowHeight } from './lists.ts'
import type { Session } from './session.ts'

export const statusTone = (status: number): Tone => {
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
