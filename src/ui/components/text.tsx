import { Fragment } from 'preact'
import { escapeHidden } from '../../domain/client-text.ts'
import { formatClockLead } from '../../domain/duration.ts'
import { type Product, productLabels } from '../../scim/recognition/products.ts'
import { formatAgo, formatDateTime, formatDay, formatMoment, zone, zoneLabel } from '../format.ts'

/** Text that a client wrote, isolated from the text direction around it, with invisible characters escaped. */
export const ClientText = ({ text }: { readonly text: string }) => (
  <bdi class="client-text">{escapeHidden(text)}</bdi>
)

type TimeProps = {
  readonly at: string
  readonly relative?: boolean
  readonly whole?: boolean
  readonly short?: boolean
}

export function Time({ at, relative = false, whole = false, short = false }: TimeProps) {
  const date = new Date(at)
  const text = formatDateTime(date)
  const zoned = `${text} ${zoneLabel(date)}`
  return (
    <>
      <time dateTime={at} title={`${zoned} (${at})`}>
        {(whole ? zoned : short ? formatMoment(date) : text).split(' ').map((part, index) => (
          <Fragment key={index}>
            {index > 0 && ' '}
            <span>{part}</span>
          </Fragment>
        ))}
      </time>
      {relative && <span class="muted"> ({formatAgo(date)})</span>}
    </>
  )
}

/** For a column: the time, or that it has not been. */
export const ShortTime = ({ at }: { readonly at: string | undefined }) =>
  at === undefined ? <>never</> : <Time at={at} short />

/** The day, without the time of day. */
export const Day = ({ at }: { readonly at: string }) => (
  <time dateTime={at} title={at}>
    {formatDay(at)}
  </time>
)

export function TenantTime({
  at,
  tenantTime,
  hasLead = true,
  ...form
}: Pick<TimeProps, 'whole' | 'short'> & {
  readonly at: string
  /** How far the clock was ahead is said elsewhere. */
  readonly hasLead?: boolean
  /** Absent if it is unknown: the server's time is shown. */
  readonly tenantTime: string | undefined
}) {
  if (zone.value !== 'tenant' || tenantTime === undefined) return <Time at={at} {...form} />
  const lead = formatClockLead(Date.parse(tenantTime) - Date.parse(at))
  return (
    <>
      <Time at={tenantTime} {...form} />
      {hasLead && lead !== '' && (
        <>
          {' '}
          <span
            class="muted"
            title={`The tenant’s clock was this far ahead; the server’s time was ${formatDateTime(new Date(at))}`}
          >
            {lead}
          </span>
        </>
      )}
    </>
  )
}

export const Prose = ({ text }: { readonly text: string }) => (
  <>
    {text.split('`').map((part, index) => (
      <Fragment key={index}>{index % 2 === 1 ? <code>{part}</code> : part}</Fragment>
    ))}
  </>
)

const url = /(https:\/\/[^\s;,)]+)/

export const Source = ({ text }: { readonly text: string }) => (
  <span class="source">
    {text.split(url).map((part, index) =>
      index % 2 === 1 ? (
        <a key={part} href={part} target="_blank" rel="noreferrer">
          {part.replace('https://', '')}
        </a>
      ) : (
        part
      ),
    )}
  </span>
)

type Remedy = { readonly remedy: string; readonly product?: Product | undefined }

export const fixLabel = (product: Product | undefined): string =>
  product === undefined ? 'How to fix' : `How to fix in ${productLabels[product]}`

export const HowToFix = ({ remedy, product }: Remedy) => (
  <>
    <strong>{fixLabel(product)}:</strong> <Prose text={remedy} />
  </>
)

export const Options = ({ of }: { readonly of: Readonly<Record<string, string>> }) => (
  <>
    {Object.entries(of).map(([value, text]) => (
      <option key={value} value={value}>
        {text}
      </option>
    ))}
  </>
)
