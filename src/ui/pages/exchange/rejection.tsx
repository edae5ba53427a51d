import { escapeHidden } from '../../../domain/client-text.ts'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import type { RejectedAttribute, Rejection } from '../../../domain/contract/explanation.ts'
import { Copyable } from '../../components/buttons.tsx'
import { ClientText, Prose } from '../../components/text.tsx'
import { refusalLabel } from './texts.ts'

const maxAttributes = 5

/** Why it was refused: what is wrong, the value with its fault underlined, and where to fix it. */
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

const AttributeFix = ({ attribute }: { readonly attribute: RejectedAttribute }) => (
  <>
    {attribute.value !== undefined && (
      <p>
        <code>{escapeHidden(attribute.path)}</code> was <FaultyValue {...attribute} value={attribute.value} />
      </p>
    )}
    <p>
      <strong>How to fix:</strong> <Prose text={escapeHidden(attribute.remedy)} />
    </p>
    {attribute.fix && (
      <Copyable text={attribute.fix.source} what={`the expression for ${attribute.fix.target}`} />
    )}
  </>
)

/** A value in which only its fault is underlined. */
function FaultyValue({
  kind,
  value,
  characters = [],
  maximum = value.length,
}: RejectedAttribute & { readonly value: string }) {
  if (kind === 'characters' && characters.length > 0) {
    return (
      <bdi class="client-text">
        {[...value].map((character, at) => {
          const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
          const shown = escapeHidden(character)
          return characters.includes(code) ? (
            <mark key={at}>{shown === character && character.trim() !== '' ? character : code}</mark>
          ) : (
            shown
          )
        })}
      </bdi>
    )
  }
  const start = kind === 'too-long' && maximum < value.length ? maximum : 0
  return (
    <>
      {start > 0 && <ClientText text={value.slice(0, start)} />}
      <mark>
        <ClientText text={value.slice(start)} />
      </mark>
    </>
  )
}
