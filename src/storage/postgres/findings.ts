import {
  type Analysis,
  type FindingCount,
  type FindingGroup,
  trendCycles,
} from '../../domain/ports/analysis.ts'
import { type EvidenceRow, maxEvidence, toEvidence } from '../common/analysis-rows.ts'
import type { Reads } from './connect.ts'
import { prepared } from './statement.ts'

const groups = prepared(`
  select id, tenant, origin, count, subjects, first, last, coalesce(trend, '[]') as trend, evidence,
    not exists (
      select 1 from findings f join exchanges e on e.tenant = f.tenant and e.id = f.exchange
      where f.tenant = groups.tenant and f.finding = groups.id and f.origin = groups.origin and e.details -> 'fault' is null
    ) as injected
  from (
    select finding as id, tenant, origin, count(*) as count, count(distinct subject) as subjects, min(at) as first, max(at) as last
    from findings where $1::text is null or tenant = $1
    group by tenant, finding, origin
  ) as groups cross join lateral (
    select jsonb_agg(jsonb_build_object('exchange', exchange, 'at', newest.at,
        'tenantTime', coalesce((exchanges.details ->> 'tenantTime')::bigint, newest.at), 'subject', subject, 'detail', detail,
        'client', notes.client, 'product', notes.product, 'evidence', notes.evidence)
      order by exchange desc, nth desc) as evidence
    from (
      select exchange, nth, at, subject, detail from findings
      where tenant = groups.tenant and finding = groups.id and origin = groups.origin
      order by exchange desc, nth desc limit ${maxEvidence}) as newest
    left join exchange_notes as notes on notes.tenant = groups.tenant and notes.id = newest.exchange
    left join exchanges on exchanges.tenant = groups.tenant and exchanges.id = newest.exchange
  ) as evidence cross join lateral (
    select jsonb_agg(jsonb_build_object('cycle', cycle, 'started', started, 'count', (
        select count(*) from findings
        where tenant = groups.tenant and finding = groups.id and origin = groups.origin
          and exchange >= cycle and (next is null or exchange < next))) order by cycle) as trend
    from (
      select id as cycle, started, lead(id) over (order by id) as next from (
        select id, started from cycles
        where tenant = groups.tenant
          and (summary ->> 'kind') = case groups.origin when 'provisioning' then 'cycle' else groups.origin end
        order by id desc limit ${trendCycles}) as newest) as cycles
  ) as trend
  order by last desc, tenant, id, origin`)
const counts = prepared(`
  select finding as id, tenant, origin, count(*) as count from findings
  group by tenant, finding, origin order by tenant, finding, origin`)

type GroupRow = Omit<FindingGroup, 'evidence' | 'injected'> & {
  readonly evidence: readonly EvidenceRow[]
  readonly injected: boolean
}

export const createFindingReader = (reads: Pick<Reads, 'query'>) =>
  ({
    findingCounts: () => reads.query<FindingCount>(counts),
    async findings(tenant) {
      const rows = await reads.query<GroupRow>(groups, [tenant ?? null])
      return rows.map(({ evidence, injected, ...group }) => ({
        ...group,
        ...(injected && { injected: true as const }),
        evidence: evidence.map(toEvidence),
      }))
    },
  }) satisfies Pick<Analysis, 'findingCounts' | 'findings'>
