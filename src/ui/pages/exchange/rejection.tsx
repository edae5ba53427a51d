import type { Exchange } from '../../../domain/contract/exchanges.ts'
import type { RejectedAttribute, Rejection } from '../../../domain/contract/explanation.ts'
import { ClientText, escapeHidden, Prose } from '../../components/text.tsx'
import { refusalLabel } from './refusal-labels.ts'

const maxAttributes = 5

export function RejectionView({
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
