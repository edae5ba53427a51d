import { useEffect } from 'preact/hooks'
import type { Cycle } from '../../../domain/contract/cycles.ts'
import { minute } from '../../../domain/duration.ts'
import { Collection, type Column } from '../../components/collection.tsx'
import { TenantTime } from '../../components/text.tsx'
import { formatDuration, formatSpan } from '../../format.ts'
import { onLive } from '../../live.ts'
import { usePages } from '../../load.ts'
import { pathTo } from '../../router.ts'
import { pageTenant } from '../../state.ts'
import { kinds, senderOf, sumsOf } from '../exchange/texts.ts'
import { hasSeveralTenants } from './rows.tsx'

export function CyclesView() {
  const tenant = pageTenant.value
  const cycles = usePages('GET /cycles', { query: { tenant, limit: 60 } })
  // A running cycle has a new count with each request: only the first of a cycle is news.
  useEffect(
    () =>
      onLive('cycle', ({ id }) => {
        if (cycles.items.peek().length === 0 || id === cycles.items.peek()[0]?.id) cycles.reload()
      }),
    [tenant],
  )
  return (
    <Collection
      noun={['cycle', 'cycles']}
      rows={cycles}
      columns={hasSeveralTenants() ? [...columns, tenantColumn] : columns}
      keyOf={({ id }) => id}
      live={tenant ?? ''}
      file="cycles.csv"
      empty="No cycles yet."
    />
  )
}

const tenantColumn: Column<Cycle> = { name: 'Tenant', text: ({ tenant }) => tenant }

const lasted = ({ started, last }: Cycle): number => Date.parse(last) - Date.parse(started)

const columns: readonly Column<Cycle>[] = [
  {
    name: 'Started',
    kind: 'name',
    text: ({ tenantStarted }) => tenantStarted,
    of: ({ id, started, tenantStarted }) => (
      <a href={pathTo('cycle', { id })}>
        <TenantTime at={started} tenantTime={tenantStarted} short hasLead={false} />
      </a>
    ),
  },
  { name: 'Kind', text: ({ kind }) => kinds[kind] },
  {
    name: 'Result',
    kind: 'rest',
    always: true,
    text: sumsOf,
    tone: ({ failed }) => (failed > 0 ? 'bad' : 'plain'),
  },
  { name: 'Created', kind: 'number', extra: true, text: ({ created }) => created },
  { name: 'Modified', kind: 'number', extra: true, text: ({ modified }) => modified },
  { name: 'Disabled', kind: 'number', extra: true, text: ({ disabled }) => disabled },
  { name: 'Deleted', kind: 'number', extra: true, text: ({ deleted }) => deleted },
  { name: 'Failed', kind: 'number', extra: true, text: ({ failed }) => failed },
  { name: 'Injected faults', kind: 'number', text: ({ faults }) => faults },
  {
    name: 'Client',
    text: cycle => senderOf(cycle) ?? (cycle.client === 'entra' ? 'Entra ID' : cycle.client),
  },
  { name: 'Requests', kind: 'number', always: true, text: ({ requests }) => requests },
  {
    name: 'Duration',
    kind: 'number',
    always: true,
    text: cycle => lasted(cycle) / 1000,
    of: cycle => (lasted(cycle) < minute ? formatDuration(lasted(cycle) * 1000) : formatSpan(lasted(cycle))),
  },
]
