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
import { daysDiffer, isLoaded, isOpen, isUnfolded, search, toggle } from './activity.ts'
import { cycles, isNewest, isRunning, requestCycle } from './cycles.ts'
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

/** time · what · whom · result · marks · status · duration */
const RowFrame = ({
  exchange,
  what,
  whom,
  result,
  marks,
  microseconds,
}: {
  readonly exchange: Exchange
  readonly what: ComponentChildren
  readonly whom: ComponentChildren
  readonly result: ComponentChildren
  readonly marks?: ComponentChildren
  readonly microseconds: number
}) => (
  <div class={`exchange-row ${exchange.parent === undefined ? '' : 'bulk-part'}`}>
    <span class="time">
      <RowTime {...exchange} />
    </span>
    <span class="what">{what}</span>
    <span class="whom">{whom}</span>
    <span class="result">{result}</span>
    <span class="badges">{marks}</span>
    <span class={`status ${exchange.status >= 400 ? statusTone(exchange.status) : ''}`}>
      {exchange.status}
    </span>
    <span class="duration">{formatDuration(microseconds)}</span>
  </div>
)

export function ExchangeRow({ exchange }: { readonly exchange: Exchange }) {
  const { id, action, target, sought, tenant, fault, replayOf, api } = exchange
  useEffect(() => wantOutcome(exchange), [id])
  return (
    <RowFrame
      exchange={exchange}
      what={
        <a href={pathTo('exchange', { id })} title={action}>
          {action}
        </a>
      }
      whom={
        <ResourceLink
          type={target?.type}
          id={target?.id}
          tenant={tenant}
          text={target?.label ?? target?.id ?? sought}
        />
      }
      result={<Result exchange={exchange} />}
      marks={
        <>
          {fault && (
            <Badge tone="warn" title={fault.summary}>
              fault injected
            </Badge>
          )}
          {replayOf && <Badge>replay</Badge>}
          <FindingBadge exchange={exchange} />
          {api ? search.value !== '' && <ApiBadge api={api} /> : <SenderBadge {...exchange} />}
          {hasSeveralTenants() && <span class="muted">{tenant ?? '—'}</span>}
        </>
      }
      microseconds={exchange.microseconds}
    />
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

const RowTime = ({
  at,
  tenantTime,
  hasLead = false,
}: Pick<Exchange, 'at' | 'tenantTime'> & { readonly hasLead?: boolean }) => (
  <TenantTime at={at} tenantTime={tenantTime} short={!daysDiffer.value} hasLead={hasLead} />
)

/** The heading of a group, which opens and closes it. */
const GroupRow = ({
  id,
  isOpen,
  title,
  sums,
  children,
}: {
  readonly id: string
  readonly isOpen: boolean
  readonly title: ComponentChildren
  readonly sums: ComponentChildren
  readonly children?: ComponentChildren
}) => (
  <div class="cycle-row">
    <button type="button" aria-expanded={isOpen} onClick={() => toggle(id)}>
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
      id={id}
      isOpen={isOpen(id)}
      title={
        cycle ? (
          <>
            {kinds[cycle.kind]} <RowTime at={cycle.started} tenantTime={cycle.tenantStarted} hasLead />
          </>
        ) : (
          'Cycle'
        )
      }
      sums={cycle && <CycleSums cycle={cycle} loaded={loaded} />}
    >
      {cycle && <CycleMarks cycle={cycle} />}
    </GroupRow>
  )
}

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
  const timeOf = (cycle: string | undefined) => {
    const { started, tenantStarted } = cycles.value.get(cycle ?? '') ?? {}
    return started && tenantStarted && <RowTime at={started} tenantTime={tenantStarted} hasLead />
  }
  const title = (
    <>
      {ids.length} cycles {timeOf(ids.at(-1))} to {timeOf(ids[0])}
    </>
  )
  return <GroupRow id={id} isOpen={isUnfolded(id)} title={title} sums={idle} />
}

type ExchangesProps = { readonly id: string; readonly exchanges: readonly Exchange[] }

export function CallsRow({ id, exchanges }: ExchangesProps) {
  const [newest] = exchanges
  const failed = exchanges.filter(({ status }) => status >= 400).length
  if (!newest) return null
  return (
    <GroupRow
      id={id}
      isOpen={isUnfolded(id)}
      title={
        <>
          AWS APIs <RowTime {...newest} hasLead />
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

export function RunRow({ id, exchanges }: ExchangesProps) {
  const [newest] = exchanges
  if (!newest) return null
  const none = exchanges.filter(({ results }) => results === 0).length
  const found = exchanges.filter(({ results = 0 }) => results > 0).length
  const sums = [found > 0 && `${found} found`, none > 0 && `${none} none`].filter(Boolean).join(', ')
  return (
    <RowFrame
      exchange={newest}
      what={newest.action}
      whom={`${exchanges.length.toLocaleString('en')} times`}
      result={
        <span class="muted">
          {sums === '' ? 'all accepted' : sums}{' '}
          <button type="button" class="link" aria-expanded={isUnfolded(id)} onClick={() => toggle(id)}>
            {isUnfolded(id) ? 'Show as one' : 'Show all'}
          </button>
        </span>
      }
      microseconds={exchanges.reduce((sum, exchange) => sum + exchange.microseconds, 0)}
    />
  )
}
