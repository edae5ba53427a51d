import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { escapeHidden } from '../../../domain/client-text.ts'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import type { Exchange } from '../../../domain/contract/exchanges.ts'
import { describeClient, formatClient, type Product } from '../../../scim/recognition/products.ts'
import { Badge } from '../../components/feedback.tsx'
import { severityTones } from '../../components/finding.tsx'
import { ResourceLink } from '../../components/record-link.tsx'
import { ClientText, Prose, TenantTime } from '../../components/text.tsx'
import { formatCount, formatDuration, formatSpan } from '../../format.ts'
import { pathTo } from '../../router.ts'
import { pageTenant, tenants } from '../../state.ts'
import { DialectBadge, statusTone } from '../exchange/facts.tsx'
import { changeTexts, idle, kinds, refusalLabel, senderOf, sumsOf } from '../exchange/texts.ts'
import { daysDiffer, isLoaded, search, toggleCycle, toggleFold, unfolded } from './activity.ts'
import { collapsed, cycles, isNewest, isRunning, requestCycle } from './cycles.ts'
import { outcomes, wantOutcome } from './outcomes.ts'

const SenderBadge = ({ recognized, dialect, cycle }: Pick<Exchange, 'recognized' | 'dialect' | 'cycle'>) => {
  const own = cycles.value.get(cycle ?? '')
  if (!recognized || (recognized.product === 'entra' && dialect !== undefined)) {
    const isUsual =
      dialect === 'other' || ((own?.client === 'entra' || own?.client === 'sample') && dialect === 'default')
    return isUsual ? null : <DialectBadge dialect={dialect} />
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

/** Whether the rows are of several tenants. */
export const hasSeveralTenants = () => pageTenant.value === undefined && (tenants.value ?? []).length > 1

export function ExchangeRow({ exchange }: { readonly exchange: Exchange }) {
  const { id, status, action, target, sought, tenant, fault, replayOf, api } = exchange
  useEffect(() => wantOutcome(exchange), [id])
  const name = target?.label ?? target?.id ?? sought
  return (
    <div class={`exchange-row ${exchange.parent === undefined ? '' : 'bulk-part'}`}>
      <span class="time">
        <TenantTime
          at={exchange.at}
          tenantTime={exchange.tenantTime}
          short={!daysDiffer.value}
          hasLead={false}
        />
      </span>
      <a class="what" href={pathTo('exchange', { id })} title={action}>
        {action}
      </a>
      <span class="whom">
        <ResourceLink type={target?.type} id={target?.id} tenant={tenant} text={name} />
      </span>
      <span class="result">
        <Result exchange={exchange} />
      </span>
      <span class="badges">
        {fault && (
          <Badge tone="warn" title={fault.summary}>
            fault injected
          </Badge>
        )}
        {replayOf && <Badge>replay</Badge>}
        <FindingBadge exchange={exchange} />
        {api ? search.value !== '' && <ApiBadge api={api} /> : <SenderBadge {...exchange} />}
        {hasSeveralTenants() && <span class="muted">{tenant ?? '—'}</span>}
      </span>
      <span class={`status ${status >= 400 ? statusTone(status) : ''}`}>{status}</span>
      <span class="duration">{formatDuration(exchange.microseconds)}</span>
    </div>
  )
}

/** Why it failed, what a look-up found, or what a write changed. */
function Result({ exchange }: { readonly exchange: Exchange }) {
  const { id, status, detail, results, operation } = exchange
  const known = outcomes.value.get(id)
  if (status >= 400) {
    // Its action says it.
    if (operation === 'rejected') return null
    const reason = refusalLabel(exchange) ?? known?.outcome?.reason ?? detail
    return reason === undefined ? null : (
      <span class={statusTone(status)} title={escapeHidden(reason)}>
        <Prose text={escapeHidden(reason)} />
      </span>
    )
  }
  if (results !== undefined && operation !== 'probe')
    return <span class="muted">{results === 0 ? 'none' : results === 1 ? 'found' : `${results} found`}</span>
  if (operation === 'create' || operation === 'delete')
    return <span class="muted">{operation === 'create' ? 'created' : 'deleted'}</span>
  if (!known) return null
  if (!known.outcome) return <span class="muted">nothing changed</span>
  const text = changeTexts(known.outcome, known.names, exchange.target?.id).join('; ')
  return (
    <span class={operation === 'disable' ? 'warn' : ''} title={text}>
      <bdi>{text}</bdi>
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

/** The heading of a group, which opens and closes it. */
const GroupRow = ({
  isOpen,
  onToggle,
  title,
  sums,
  children,
}: {
  readonly isOpen: boolean
  readonly onToggle: () => void
  readonly title: ComponentChildren
  readonly sums: ComponentChildren
  readonly children?: ComponentChildren
}) => (
  <div class="cycle-row">
    <button type="button" aria-expanded={isOpen} onClick={onToggle}>
      <span class="chevron" aria-hidden="true">
        ›
      </span>
      <b>{title}</b> <span class="muted">{sums}</span>
    </button>
    {children}
  </div>
)

export function CycleRow({ id, loaded }: { readonly id: string; readonly loaded: number }) {
  const cycle = cycles.value.get(id)
  if (!cycle) requestCycle(id)
  return (
    <GroupRow
      isOpen={!collapsed.value.has(id)}
      onToggle={() => toggleCycle(id)}
      title={cycle ? <CycleTitle cycle={cycle} /> : 'Cycle'}
      sums={cycle && <CycleSums cycle={cycle} loaded={loaded} />}
    >
      {cycle && <CycleMarks cycle={cycle} />}
    </GroupRow>
  )
}

const CycleTitle = ({ cycle: { kind, started, tenantStarted } }: { readonly cycle: Cycle }) => (
  <>
    {kinds[kind]} <TenantTime at={started} tenantTime={tenantStarted} short={!daysDiffer.value} />
  </>
)

const CycleSums = ({ cycle, loaded }: { readonly cycle: Cycle; readonly loaded: number }) => {
  const { client, tenant, requests, failed, started, last } = cycle
  const sender = senderOf(cycle)
  const span = Date.parse(last) - Date.parse(started)
  return (
    <>
      {sender !== undefined && (
        <>
          <ClientText text={sender} />,{' '}
        </>
      )}
      {client === 'sample' && 'sample, '}
      {hasSeveralTenants() && `${tenant}, `}
      {search.value !== '' ? (
        formatMatches(cycle, loaded)
      ) : (
        <>
          {failed === 0 ? sumsOf(cycle) : <Failed cycle={cycle} />} · {formatCount(requests, 'request')}
          {span >= 1000 && ` in ${formatSpan(span)}`}
        </>
      )}
    </>
  )
}

const Failed = ({ cycle }: { readonly cycle: Cycle }) => {
  const others = sumsOf({ ...cycle, failed: 0 })
  return (
    <>
      {others !== idle && `${others}, `}
      <span class="bad">{cycle.failed.toLocaleString('en')} failed</span>
    </>
  )
}

const formatMatches = ({ id, started, requests }: Cycle, loaded: number): string =>
  `${loaded.toLocaleString('en')}${isLoaded(id, started) ? '' : '+'} of ${formatCount(requests, 'request')}`

const CycleMarks = ({ cycle }: { readonly cycle: Cycle }) => (
  <span class="badges">
    {isRunning(cycle) && <Badge tone="good">running</Badge>}
    {!isRunning(cycle) && isNewest(cycle) && cycle.next && <NextCycle next={cycle.next} />}
    {cycle.dialect === 'aadOptscim062020' && <DialectBadge dialect={cycle.dialect} />}
    {cycle.created + cycle.modified + cycle.disabled + cycle.deleted > 0 && (
      <a href={pathTo('cycle', { id: cycle.id })}>What changed</a>
    )}
  </span>
)

const NextCycle = ({ next }: { readonly next: NonNullable<Cycle['next']> }) => {
  const remaining = Date.parse(next.expected) - Date.now()
  if (next.overdue) return <Badge tone="warn">next cycle overdue by {formatSpan(remaining)}</Badge>
  return <span class="muted">next cycle {remaining > 0 ? `in ${formatSpan(remaining)}` : 'now'}</span>
}

export function IdleRow({ id, ids }: { readonly id: string; readonly ids: readonly string[] }) {
  const [newest, oldest] = [cycles.value.get(ids[0] ?? ''), cycles.value.get(ids.at(-1) ?? '')]
  const time = (cycle: Cycle | undefined) =>
    cycle && <TenantTime at={cycle.started} tenantTime={cycle.tenantStarted} short={!daysDiffer.value} />
  return (
    <GroupRow
      isOpen={unfolded.value.has(id)}
      onToggle={() => toggleFold(id)}
      title={
        <>
          {ids.length} cycles {time(oldest)} to {time(newest)}
        </>
      }
      sums={idle}
    />
  )
}

export function CallsRow({
  id,
  exchanges,
}: {
  readonly id: string
  readonly exchanges: readonly Exchange[]
}) {
  const [newest] = exchanges
  const failed = exchanges.filter(({ status }) => status >= 400).length
  if (!newest) return null
  return (
    <GroupRow
      isOpen={unfolded.value.has(id)}
      onToggle={() => toggleFold(id)}
      title={
        <>
          AWS APIs <TenantTime at={newest.at} tenantTime={newest.tenantTime} short={!daysDiffer.value} />
        </>
      }
      sums={
        <>
          {formatCount(exchanges.length, 'call')}
          {failed > 0 && `, ${failed} failed`} · access key …{newest.accessKey?.slice(-4)}
          {hasSeveralTenants() && `, ${newest.tenant ?? '—'}`}
        </>
      }
    />
  )
}

export function RunRow({ id, exchanges }: { readonly id: string; readonly exchanges: readonly Exchange[] }) {
  const [newest] = exchanges
  const isOpen = unfolded.value.has(id)
  if (!newest) return null
  const none = exchanges.filter(({ results }) => results === 0).length
  const found = exchanges.filter(({ results = 0 }) => results > 0).length
  const sums = [found > 0 && `${found} found`, none > 0 && `${none} none`].filter(Boolean).join(', ')
  const microseconds = exchanges.reduce((sum, exchange) => sum + exchange.microseconds, 0)
  return (
    <div class="exchange-row">
      <span class="time">
        <TenantTime at={newest.at} tenantTime={newest.tenantTime} short={!daysDiffer.value} hasLead={false} />
      </span>
      <span class="what">{newest.action}</span>
      <span class="whom">{exchanges.length.toLocaleString('en')} times</span>
      <span class="result muted">
        {sums === '' ? 'all accepted' : sums}{' '}
        <button type="button" class="link" aria-expanded={isOpen} onClick={() => toggleFold(id)}>
          {isOpen ? 'Show as one' : 'Show all'}
        </button>
      </span>
      <span class="badges" />
      <span class="status">{newest.status}</span>
      <span class="duration">{formatDuration(microseconds)}</span>
    </div>
  )
}
