import { escapeHidden } from '../../../domain/client-text.ts'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import { describeClient, formatClient, type Product } from '../../../scim/recognition/products.ts'
import { Badge, type Tone } from '../../components/feedback.tsx'
import { ClientText, TenantTime } from '../../components/text.tsx'
import { formatCount, formatDuration, formatSpan } from '../../format.ts'
import { pathTo } from '../../router.ts'
import { severityTones } from '../exchange/explanation.tsx'
import { refusalLabel } from '../exchange/refusal-labels.ts'
import { daysDiffer, isLoaded, search, toggleCycle } from './activity.ts'
import { collapsed, cycles, isNewest, isRunning, requestCycle } from './cycles.ts'

export const statusTone = (status: number): Tone => {
  if (status >= 500 || status === 401 || status === 403 || status === 499) return 'bad'
  return status >= 400 ? 'warn' : 'good'
}

const dialects = {
  default: ['Entra', 'Entra ID with its default PATCH format'],
  aadOptscim062020: ['aadOptscim', 'Entra ID with the feature flag aadOptscim062020'],
  other: ['other', 'A client that is not Entra ID'],
} as const

export const DialectBadge = ({ dialect }: Pick<Exchange, 'dialect'>) => {
  if (!dialect) return null
  const [label, title] = dialects[dialect]
  return (
    <Badge title={title} tone={dialect === 'other' ? 'plain' : 'accent'}>
      {label}
    </Badge>
  )
}

const SenderBadge = ({ recognized, dialect, cycle }: Pick<Exchange, 'recognized' | 'dialect' | 'cycle'>) => {
  const own = cycles.value.get(cycle ?? '')
  if (!recognized || (recognized.product === 'entra' && dialect !== undefined)) {
    return own?.client === 'entra' && dialect === 'default' ? null : <DialectBadge dialect={dialect} />
  }
  return isOfCycle(recognized.product, own) ? null : (
    <Badge title={describeClient(recognized)}>{formatClient(recognized)}</Badge>
  )
}

const isOfCycle = (product: Product, cycle: Cycle | undefined): boolean =>
  product === cycle?.recognized?.product ||
  (product === 'entra' && cycle?.client === 'entra') ||
  (product === 'scim-compliance' && cycle?.kind === 'compliance')

const apis = {
  'identity-store': ['Identity Store', 'Sent to the Identity Store API of AWS'],
  'sso-admin': ['SSO Admin', 'Sent to the SSO Admin API of AWS'],
  sts: ['STS', 'Sent to the STS API of AWS'],
  unknown: ['AWS', 'Sent to the listener of the AWS APIs, for an unknown API'],
} as const

const ApiBadge = ({ api }: { readonly api: NonNullable<Exchange['api']> }) => {
  const [label, title] = apis[api]
  return <Badge title={title}>{label}</Badge>
}

export const ExchangeRow = ({ exchange }: { readonly exchange: Exchange }) => (
  <div class={`exchange-row ${exchange.parent === undefined ? '' : 'bulk-part'}`}>
    <span class="time">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} short={!daysDiffer.value} />
    </span>
    <span class="status">
      <Badge tone={statusTone(exchange.status)}>{exchange.status}</Badge>
    </span>
    <span class="action">
      <a href={pathTo('exchange', { id: exchange.id })}>{exchange.action}</a>{' '}
      {exchange.target && <ClientText text={exchange.target.label ?? exchange.target.id ?? ''} />}
      <Reason exchange={exchange} />
    </span>
    <span class="badges">
      {exchange.fault && (
        <Badge tone="warn" title={exchange.fault.summary}>
          fault injected
        </Badge>
      )}
      {exchange.replayOf && <Badge>replay</Badge>}
      <FindingBadge exchange={exchange} />
      {exchange.api ? <ApiBadge api={exchange.api} /> : <SenderBadge {...exchange} />}
    </span>
    <span class="tenant">{exchange.tenant ?? '—'}</span>
    <span class="duration numeric">{formatDuration(exchange.microseconds)}</span>
  </div>
)

const Reason = ({ exchange }: { readonly exchange: Exchange }) => {
  const reason = refusalLabel(exchange) ?? exchange.detail
  if (reason === undefined) return null
  return (
    <span class="reason muted" title={escapeHidden(reason)}>
      {' '}
      <ClientText text={reason} />
    </span>
  )
}

/** The number of findings, colored by their severity. Notes are habits of the client, which nearly every request shows. */
const FindingBadge = ({ exchange: { findings, severity = 'note' } }: { readonly exchange: Exchange }) => {
  if (findings.length === 0 || severity === 'note') return null
  return (
    <Badge tone={severityTones[severity]} title={findings.join(', ')}>
      {formatCount(findings.length, 'finding')}
    </Badge>
  )
}

export function CycleRow({ id, loaded }: { readonly id: string; readonly loaded: number }) {
  const cycle = cycles.value.get(id)
  if (!cycle) requestCycle(id)
  const isOpen = !collapsed.value.has(id)
  return (
    <div class="cycle-row">
      <button type="button" aria-expanded={isOpen} onClick={() => toggleCycle(id)}>
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>{' '}
        {cycle ? <CycleSummary cycle={cycle} loaded={loaded} /> : 'Cycle'}
      </button>
      {cycle && <CycleBadges cycle={cycle} />}
    </div>
  )
}

export const kinds: Readonly<Record<Cycle['kind'], string>> = {
  cycle: 'Cycle',
  'on-demand': 'On demand',
  'test-connection': 'Connection test',
  compliance: 'Compliance run',
  'ad-hoc': 'Ad-hoc requests',
}

const CycleSummary = ({ cycle, loaded }: { readonly cycle: Cycle; readonly loaded: number }) => (
  <>
    {kinds[cycle.kind]}{' '}
    <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} short={!daysDiffer.value} />
    <span class="muted">
      {' · '}
      <Sender cycle={cycle} />
      {cycle.client === 'sample' && 'sample, '}
      {cycle.tenant},{' '}
      {search.value === ''
        ? `${formatCount(cycle.requests, 'request')}${formatChanges(cycle)}`
        : formatMatches(cycle, loaded)}
    </span>
  </>
)

const Sender = ({ cycle: { client, recognized, userAgent } }: { readonly cycle: Cycle }) => {
  const name = recognized && client !== 'entra' ? formatClient(recognized) : userAgent
  return name === undefined ? null : (
    <>
      <ClientText text={name} />,{' '}
    </>
  )
}

const formatMatches = ({ id, started, requests }: Cycle, loaded: number): string =>
  `${loaded.toLocaleString('en')}${isLoaded(id, started) ? '' : '+'} of ${formatCount(requests, 'request')}`

const formatChanges = ({ created, modified, disabled, deleted }: Cycle): string =>
  Object.entries({ created, modified, disabled, deleted })
    .filter(([, count]) => count > 0)
    .map(([label, count]) => `, ${count} ${label}`)
    .join('')

const CycleBadges = ({ cycle }: { readonly cycle: Cycle }) => (
  <span class="badges">
    {cycle.failed > 0 && <Badge tone="bad">{cycle.failed} failed</Badge>}
    {isRunning(cycle) && <Badge tone="good">running</Badge>}
    {!isRunning(cycle) && isNewest(cycle) && cycle.next && <NextCycleBadge next={cycle.next} />}
    <DialectBadge dialect={cycle.dialect} />
    <a href={pathTo('cycle', { id: cycle.id })}>What changed</a>
  </span>
)

const NextCycleBadge = ({ next }: { readonly next: NonNullable<Cycle['next']> }) => {
  const remaining = Date.parse(next.expected) - Date.now()
  if (next.overdue) return <Badge tone="warn">next cycle overdue by {formatSpan(remaining)}</Badge>
  return <Badge>next cycle {remaining > 0 ? `in ${formatSpan(remaining)}` : 'now'}</Badge>
}
