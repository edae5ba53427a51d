import type { Cycle, Exchange } from '../../answers.ts'
import { Badge, ClientText, TenantTime, type Tone } from '../../components/elements.tsx'
import { formatCount, formatDuration, formatSpan } from '../../format.ts'
import { pathTo } from '../../router.ts'
import { severityTones } from '../exchange/finding-cards.tsx'
import { isLoadedBackTo, search, toggleCycle } from './activity.ts'
import { collapsed, cycles, isNewest, isRunning, requestCycle } from './cycles.ts'

export const statusTone = (status: number): Tone => {
  if (status >= 500 || status === 401 || status === 403 || status === 499) return 'bad'
  return status >= 400 ? 'warn' : 'good'
}

const dialects = {
  default: ['Entra', 'Entra ID in its default way of writing PATCH'],
  aadOptscim062020: ['aadOptscim', 'Entra ID with the flag aadOptscim062020'],
  other: ['other', 'A client that is not Entra ID'],
} as const

export const DialectBadge = ({ dialect }: Pick<Exchange, 'dialect'>) => {
  if (!dialect) return null
  const [words, title] = dialects[dialect]
  return (
    <Badge title={title} tone={dialect === 'other' ? 'plain' : 'accent'}>
      {words}
    </Badge>
  )
}

/** One exchange in a line. */
export const ExchangeRow = ({ exchange }: { readonly exchange: Exchange }) => (
  <div class={`line-of-exchange ${exchange.parent === undefined ? '' : 'part'}`}>
    <span class="when">
      <TenantTime at={exchange.at} tenantTime={exchange.tenantTime} />
    </span>
    <span class="status">
      <Badge tone={statusTone(exchange.status)}>{exchange.status}</Badge>
    </span>
    <span class="what">
      <a href={pathTo('exchange', { id: exchange.id })}>{exchange.action}</a>{' '}
      {exchange.target && <ClientText text={exchange.target.label ?? exchange.target.id ?? ''} />}
    </span>
    <span class="signs">
      {exchange.fault && (
        <Badge tone="warn" title={exchange.fault.words}>
          injected
        </Badge>
      )}
      {exchange.replayOf && <Badge>replay</Badge>}
      <FindingBadge exchange={exchange} />
      <DialectBadge dialect={exchange.dialect} />
    </span>
    <span class="tenant">{exchange.tenant ?? '—'}</span>
    <span class="duration numeric">{formatDuration(exchange.microseconds)}</span>
  </div>
)

/** How many findings; what is merely noted doesn't call for attention. */
const FindingBadge = ({ exchange: { findings, severity = 'note' } }: { readonly exchange: Exchange }) => {
  if (findings.length === 0) return null
  return (
    <Badge tone={severityTones[severity]} title={findings.join(', ')}>
      {formatCount(findings.length, severity === 'note' ? 'note' : 'finding')}
    </Badge>
  )
}

/** A run of a client in a line, which opens and closes its exchanges. */
export function CycleRow({ id, shown }: { readonly id: string; readonly shown: number }) {
  const cycle = cycles.value.get(id)
  if (!cycle) requestCycle(id)
  const open = !collapsed.value.has(id)
  return (
    <div class="line-of-cycle">
      <button type="button" aria-expanded={open} onClick={() => toggleCycle(id)}>
        <span aria-hidden="true">{open ? '▾' : '▸'}</span>{' '}
        {cycle ? <CycleSummary cycle={cycle} shown={shown} /> : 'A run of the client'}
      </button>
      {cycle && <CycleBadges cycle={cycle} />}
    </div>
  )
}

const kinds: Readonly<Record<Cycle['kind'], string>> = {
  cycle: 'Cycle',
  'test-connection': 'Connection test',
  compliance: 'Compliance run',
  'ad-hoc': 'Ad-hoc requests',
}

const CycleSummary = ({ cycle, shown }: { readonly cycle: Cycle; readonly shown: number }) => (
  <>
    {kinds[cycle.kind]} <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} />
    <span class="muted">
      {' · '}
      {cycle.userAgent !== undefined && (
        <>
          <ClientText text={cycle.userAgent} />,{' '}
        </>
      )}
      {cycle.client === 'sample' && 'sample, '}
      {cycle.tenant},{' '}
      {search.value === ''
        ? `${formatCount(cycle.requests, 'request')}${formatWork(cycle)}`
        : formatMatches(cycle, shown)}
    </span>
  </>
)

/** How many of its requests a search has found; the cycle's other numbers are not about those. */
const formatMatches = ({ started, requests }: Cycle, shown: number): string =>
  `${shown.toLocaleString('en')}${isLoadedBackTo(started) ? '' : '+'} of ${formatCount(requests, 'request')}`

const formatWork = ({ created, changed, disabled, deleted }: Cycle): string =>
  Object.entries({ created, changed, disabled, deleted })
    .filter(([, count]) => count > 0)
    .map(([words, count]) => `, ${count} ${words}`)
    .join('')

const CycleBadges = ({ cycle }: { readonly cycle: Cycle }) => (
  <span class="signs">
    {cycle.failed > 0 && <Badge tone="bad">{cycle.failed} failed</Badge>}
    {isRunning(cycle) && <Badge tone="good">running</Badge>}
    {!isRunning(cycle) && isNewest(cycle) && cycle.next && <NextCycleBadge next={cycle.next} />}
    <DialectBadge dialect={cycle.dialect} />
  </span>
)

const NextCycleBadge = ({ next }: { readonly next: NonNullable<Cycle['next']> }) => {
  const left = Date.parse(next.expected) - Date.now()
  if (next.overdue) return <Badge tone="warn">next one overdue by {formatSpan(left)}</Badge>
  return <Badge>next {left > 0 ? `in ${formatSpan(left)}` : 'now'}</Badge>
}
